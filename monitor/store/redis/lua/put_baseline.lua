-- Keep a baseline: 1 written, 0 the same is there, -1 the name has other data.
-- KEYS: the baseline, all names by creation. ARGV: name, created, record (JSON), data.
local data = redis.call('HGET', KEYS[1], 'data')
if data then
  return data == ARGV[4] and 0 or -1
end
redis.call('HSET', KEYS[1], 'record', ARGV[3], 'data', ARGV[4])
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
return 1
