-- Go back to the baseline that was active for a model before: its name, or nothing if none was.
-- Without one of its own the model falls back on the general one or its provisional one.
-- A part of a model's traffic has no other to fall back on: the name is then empty.
-- KEYS: active names by model, provisional names by model, the names before, all names.
-- ARGV: model, 1 for a part of a model's traffic.
local before = redis.call('LINDEX', KEYS[3], 0)
if not before then
  return false
end
local next = before
if before == '' and ARGV[2] == '1' then
  next = ''
elseif before == '' then
  next = ARGV[1] ~= '' and redis.call('HGET', KEYS[1], '')
    or redis.call('HGET', KEYS[2], ARGV[1])
elseif not redis.call('ZSCORE', KEYS[4], before) then
  next = false
end
if not next then
  return false
end
redis.call('LPOP', KEYS[3])
if before == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], before)
end
return next
