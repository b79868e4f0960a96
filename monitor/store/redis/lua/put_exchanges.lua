-- Keep records that expire, and drop the oldest of the time index that have expired.
-- KEYS: times. ARGV: prefix of record keys, milliseconds to keep, then id, time, data of each.
for i = 3, #ARGV, 3 do
  redis.call('SET', ARGV[1] .. ARGV[i], ARGV[i + 2], 'PX', ARGV[2])
  redis.call('ZADD', KEYS[1], ARGV[i + 1], ARGV[i])
end
-- Twice as many are looked at as were added, so the index does not outgrow the records.
local oldest = redis.call('ZRANGE', KEYS[1], 0, math.floor((#ARGV - 2) / 3) * 2)
for _, id in ipairs(oldest) do
  if redis.call('EXISTS', ARGV[1] .. id) == 0 then
    redis.call('ZREM', KEYS[1], id)
  end
end
