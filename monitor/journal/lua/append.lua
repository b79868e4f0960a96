-- Append records while there is room; the number appended.
-- KEYS: exchanges, shards (the set of observation streams).
-- ARGV: limit, group, record...
local waiting = redis.call('XLEN', KEYS[1])
if waiting == 0 then
  -- Founded before the first entry: at its memory limit a server would not let a reader found it.
  redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[2], '0', 'MKSTREAM')
end
local room = tonumber(ARGV[1]) - waiting
for _, stream in ipairs(redis.call('SMEMBERS', KEYS[2])) do
  room = room - redis.call('XLEN', stream)
end
local added = 0
for i = 3, #ARGV do
  if added >= room then
    break
  end
  local answer = redis.pcall('XADD', KEYS[1], '*', 'd', ARGV[i])
  if type(answer) == 'table' and answer.err then
    -- A server at its memory limit is a full journal, not a broken one.
    if string.find(answer.err, 'OOM', 1, true) then
      break
    end
    return answer
  end
  added = added + 1
end
return added
