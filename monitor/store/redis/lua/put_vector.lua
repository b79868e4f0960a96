-- Append a vector as the next row, unless it is there already. Rows are never changed.
-- KEYS: base, ids, places of all ids' vectors, epoch. ARGV: id, vector, rows in a segment, a random epoch.
local size = tonumber(ARGV[3])
local place = redis.call('HGET', KEYS[3], ARGV[1]) or ''
local row, width, base = string.match(place, '^(%d+) (%d+) (.*)$')
if base == KEYS[1] then
  local first = row % size * #ARGV[2]
  local segment = KEYS[1] .. ':' .. math.floor(row / size)
  if redis.call('GETRANGE', segment, first, first + #ARGV[2] - 1) == ARGV[2] then
    return 0
  end
end
local next_row = redis.call('LLEN', KEYS[2])
redis.call('APPEND', KEYS[1] .. ':' .. math.floor(next_row / size), ARGV[2])
redis.call('RPUSH', KEYS[2], ARGV[1])
redis.call('HSET', KEYS[3], ARGV[1], next_row .. ' ' .. #ARGV[2] .. ' ' .. KEYS[1])
redis.call('SET', KEYS[4], ARGV[4], 'NX')
return 1
