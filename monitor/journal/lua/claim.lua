-- Take over entries that were handed out long ago; the next start and {id, data, deliveries}...
-- KEYS: exchanges. ARGV: group, consumer, idle in ms, start, count.
local claimed = redis.call('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4],
                           'COUNT', ARGV[5])
local entries = {}
for _, entry in ipairs(claimed[2]) do
  if entry and entry[2] then
    local pending = redis.call('XPENDING', KEYS[1], ARGV[1], entry[1], entry[1], 1)
    entries[#entries + 1] = {entry[1], entry[2][2], pending[1] and pending[1][4] or 1}
  end
end
return {claimed[1], entries}
