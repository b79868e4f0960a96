-- The vector last put for an id, nil if there is none.
-- KEYS: rows by id. ARGV: id, rows in a segment, prefix of places.
local row, place = string.match(redis.call('HGET', KEYS[1], ARGV[1]) or '', '^(%d+) (.*)$')
if not row then
  return nil
end
local size, width = tonumber(ARGV[2]), 4 * string.match(place, '%d+$')
local first = row % size * width
local segment = ARGV[3] .. place .. ':' .. math.floor(row / size)
return redis.call('GETRANGE', segment, first, first + width - 1)
