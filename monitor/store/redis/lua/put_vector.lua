-- Keep a vector in its id's row, or in a free or new one: 1 done, 0 the id has one elsewhere.
-- A segment is made whole with its first row: a string that grows is given up to twice its room.
-- KEYS: base, rows (whose each is, JSON), free rows, changed rows, epoch, rows by id.
-- ARGV: id, whose (JSON), vector, rows in a segment, place (detector:width), most changes,
--       a random epoch.
local size, width = tonumber(ARGV[4]), #ARGV[3]
local row, place = string.match(redis.call('HGET', KEYS[6], ARGV[1]) or '', '^(%d+) (.*)$')
if place and place ~= ARGV[5] then
  return 0
end
row = row or redis.call('LPOP', KEYS[3])
if row then
  redis.call('LSET', KEYS[2], row, ARGV[2])
  if redis.call('RPUSH', KEYS[4], row) > tonumber(ARGV[6]) then
    redis.call('DEL', KEYS[4], KEYS[5])
  end
else
  row = redis.call('RPUSH', KEYS[2], ARGV[2]) - 1
end
row = math.floor(tonumber(row))
local segment = KEYS[1] .. ':' .. math.floor(row / size)
if redis.call('EXISTS', segment) == 0 then
  redis.call('SETRANGE', segment, size * width - 1, '\0')
end
redis.call('SETRANGE', segment, row % size * width, ARGV[3])
redis.call('HSET', KEYS[6], ARGV[1], row .. ' ' .. ARGV[5])
redis.call('SET', KEYS[5], ARGV[7], 'NX')
return 1
