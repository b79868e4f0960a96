-- Add an entry to the audit log: 1 added, 0 if the last entry is another than thought.
-- KEYS: the log. ARGV: id of the last entry ('' for none), the new one (JSON).
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
if (last[1] and last[1][1] or '') ~= ARGV[1] then
  return 0
end
redis.call('XADD', KEYS[1], '*', 'entry', ARGV[2])
return 1
