-- The vector last put for an id, nil if there is none.
-- KEYS: places of all ids' vectors. ARGV: id, rows in a segment.
local place = redis.call('HGET', KEYS[1], ARGV[1]) or ''
local row, width, base = string.match(place, '^(%d+) (%d+) (.*)$')
if not base then
  return nil
end
local size = tonumber(ARGV[2])
local first = row % size * width
return redis.call('GETRANGE', base .. ':' .. math.floor(row / size), first, first + width - 1)
