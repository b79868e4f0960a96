-- Blank every row of an id: the number of rows. A new epoch makes every reader fetch all anew.
-- KEYS: places of all ids' vectors. ARGV: id, rows in a segment, a random epoch.
local place = redis.call('HGET', KEYS[1], ARGV[1]) or ''
local _, width, base = string.match(place, '^(%d+) (%d+) (.*)$')
if not base then
  return 0
end
local size, blank = tonumber(ARGV[2]), string.rep('\0', tonumber(width))
local rows = redis.call('LPOS', base .. ':ids', ARGV[1], 'COUNT', 0)
for _, row in ipairs(rows) do
  redis.call('SETRANGE', base .. ':' .. math.floor(row / size), row % size * width, blank)
  redis.call('LSET', base .. ':ids', row, '')
end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('SET', base .. ':epoch', ARGV[3])
return #rows
