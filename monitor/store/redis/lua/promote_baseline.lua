-- Make a baseline the active one for a model; 0 if there is no such baseline.
-- What was before is remembered, unless it is the same, for the way back.
-- KEYS: the baseline, active names by model, the names before. ARGV: name, model, how many to
--       remember (0 for none).
if redis.call('EXISTS', KEYS[1]) == 0 then
  return 0
end
local before = redis.call('HGET', KEYS[2], ARGV[2]) or ''
if before == ARGV[1] then
  return 1
end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[1])
if tonumber(ARGV[3]) > 0 then
  redis.call('LPUSH', KEYS[3], before)
  redis.call('LTRIM', KEYS[3], 0, tonumber(ARGV[3]) - 1)
end
return 1
