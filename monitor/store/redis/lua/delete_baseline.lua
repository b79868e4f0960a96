-- Remove a baseline: 1 removed, 0 there is none, -1 it is in use.
-- KEYS: the baseline, active names by model, provisional names by model, all names. ARGV: name.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return 0
end
for _, name in ipairs(redis.call('HVALS', KEYS[2])) do
  if name == ARGV[1] then
    return -1
  end
end
local general = redis.call('HEXISTS', KEYS[2], '') == 1
local provisional = redis.call('HGETALL', KEYS[3])
local unused = {}
for i = 1, #provisional, 2 do
  if provisional[i + 1] == ARGV[1] then
    if not general and redis.call('HEXISTS', KEYS[2], provisional[i]) == 0 then
      return -1
    end
    unused[#unused + 1] = provisional[i]
  end
end
for _, model in ipairs(unused) do
  redis.call('HDEL', KEYS[3], model)
end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[4], ARGV[1])
return 1
