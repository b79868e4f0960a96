-- Records of a time range, the latest first.
-- KEYS: records (hash), times. ARGV: since, until, how many.
local ids = redis.call('ZREVRANGEBYSCORE', KEYS[2], ARGV[2], ARGV[1], 'LIMIT', 0, ARGV[3])
local found = {}
for _, id in ipairs(ids) do
  found[#found + 1] = redis.call('HGET', KEYS[1], id) or nil
end
return found
