-- Make a baseline the active one for a model; 0 if there is no such baseline.
-- KEYS: the baseline, active names by model. ARGV: name, model.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return 0
end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[1])
return 1
