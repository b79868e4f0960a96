-- The next records of a time range, oldest first: last id and time seen, then those still kept.
-- KEYS: times. ARGV: prefix of record keys, since, until, count, id and time to go on behind.
local since, id, time = ARGV[2], ARGV[5], ARGV[6]
local start
if id == '' then
  start = redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. since)
else
  local rank = redis.call('ZSCORE', KEYS[1], id) == time and redis.call('ZRANK', KEYS[1], id)
  start = rank and rank + 1 or redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. time)
end
local stop = redis.call('ZCOUNT', KEYS[1], '-inf', ARGV[3])
local found = {'', ''}
if start < stop then
  local last = math.min(stop, start + tonumber(ARGV[4])) - 1
  for _, each in ipairs(redis.call('ZRANGE', KEYS[1], start, last)) do
    local data = redis.call('GET', ARGV[1] .. each)
    if data then
      found[#found + 1] = data
    end
    found[1] = each
  end
  found[2] = redis.call('ZSCORE', KEYS[1], found[1])
end
return found
