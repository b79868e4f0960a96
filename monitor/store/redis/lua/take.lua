-- Count once under a name: 0 if that may be, or else seconds until it may (text, for its decimals).
-- KEYS: what is left, and as of when. ARGV: how much comes a second, most at once.
local rate, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local kept = redis.call('HMGET', KEYS[1], 'left', 'at')
local left, at = tonumber(kept[1] or most), tonumber(kept[2] or now)
left = math.min(most, left + math.max(0, now - at) * rate)
if left < 1 then
  return string.format('%.6f', (1 - left) / rate)
end
redis.call('HSET', KEYS[1], 'left', string.format('%.17g', left - 1), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil((most - left + 1) / rate * 1000))
return '0'
