-- Keep records that expire, and drop the oldest of the time indexes that have expired.
-- KEYS: times. ARGV: prefix of record keys, milliseconds to keep, then id, time, data, tenant of each.
local added = {[KEYS[1]] = (#ARGV - 2) / 4}
for i = 3, #ARGV, 4 do
  redis.call('SET', ARGV[1] .. ARGV[i], ARGV[i + 2], 'PX', ARGV[2])
  redis.call('ZADD', KEYS[1], ARGV[i + 1], ARGV[i])
  if ARGV[i + 3] ~= '' then
    local theirs = KEYS[1] .. ':' .. ARGV[i + 3]
    redis.call('ZADD', theirs, ARGV[i + 1], ARGV[i])
    redis.call('PEXPIRE', theirs, ARGV[2])
    added[theirs] = (added[theirs] or 0) + 1
  end
end
-- Twice as many are looked at as were added, so no index outgrows its records.
for times, number in pairs(added) do
  for _, id in ipairs(redis.call('ZRANGE', times, 0, number * 2)) do
    if redis.call('EXISTS', ARGV[1] .. id) == 0 then
      redis.call('ZREM', times, id)
    end
  end
end
