-- Move a pending entry to the dead letters, which are bounded in number and age.
-- KEYS: exchanges, dead. ARGV: group, id, data, reason, deliveries, most, seconds to keep.
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 0 then
  return 0
end
redis.call('XDEL', KEYS[1], ARGV[2])
local id = redis.call('XADD', KEYS[2], 'MAXLEN', ARGV[6], '*',
                      'd', ARGV[3], 'reason', ARGV[4], 'deliveries', ARGV[5])
local now = tonumber(string.match(id, '^%d+'))
redis.call('XTRIM', KEYS[2], 'MINID', string.format('%d', now - 1000 * tonumber(ARGV[7])))
redis.call('EXPIRE', KEYS[2], ARGV[7])
return 1
