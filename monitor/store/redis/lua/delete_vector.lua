-- Blank an id's row and free it: 1 done, 0 there is none.
-- KEYS: rows by id. ARGV: id, rows in a segment, prefix of places, most changes, a random epoch.
local row, place = string.match(redis.call('HGET', KEYS[1], ARGV[1]) or '', '^(%d+) (.*)$')
if not row then
  return 0
end
local base, size = ARGV[3] .. place, tonumber(ARGV[2])
local width = 4 * string.match(place, '%d+$')
local segment = base .. ':' .. math.floor(row / size)
redis.call('SETRANGE', segment, row % size * width, string.rep('\0', width))
redis.call('LSET', base .. ':rows', row, 'null')
redis.call('RPUSH', base .. ':free', row)
redis.call('HDEL', KEYS[1], ARGV[1])
if redis.call('RPUSH', base .. ':changes', row) > tonumber(ARGV[4]) then
  redis.call('DEL', base .. ':changes')
  redis.call('SET', base .. ':epoch', ARGV[5])
end
return 1
