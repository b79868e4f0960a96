-- Keep a report that expires, and drop the oldest beyond the room for all.
-- KEYS: ages. ARGV: prefix of report keys, id, time, milliseconds to keep, bytes of room for all,
--       then name, data of each part.
local report = ARGV[1] .. ARGV[2]
-- Nothing is deleted before: at its memory limit the server shall refuse this.
local new = {}
for i = 6, #ARGV, 2 do
  redis.call('HSET', report, ARGV[i], ARGV[i + 1])
  new[ARGV[i]] = true
end
for _, part in ipairs(redis.call('HKEYS', report)) do
  if not new[part] then
    redis.call('HDEL', report, part)
  end
end
redis.call('PEXPIRE', report, ARGV[4])
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[2])

local taken = 0
for _, id in ipairs(redis.call('ZREVRANGE', KEYS[1], 0, -1)) do
  local size = 0
  for _, part in ipairs(redis.call('HKEYS', ARGV[1] .. id)) do
    size = size + redis.call('HSTRLEN', ARGV[1] .. id, part)
  end
  if size == 0 or taken + size > tonumber(ARGV[5]) then
    redis.call('DEL', ARGV[1] .. id)
    redis.call('ZREM', KEYS[1], id)
  else
    taken = taken + size
  end
end
