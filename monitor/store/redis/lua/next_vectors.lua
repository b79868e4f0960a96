-- What the caller lacks, in part: epoch, changes it then has seen, and JSON of row numbers and of
-- whose they are, and vectors. New rows come first, a segment at most; then those that changed.
-- KEYS: base, rows, changed rows, epoch.
-- ARGV: rows the caller has, changes it has seen, its epoch, bytes of a row, rows in a segment.
local epoch = redis.call('GET', KEYS[4]) or ''
local have, seen = 0, redis.call('LLEN', KEYS[3])
if epoch == ARGV[3] then
  have, seen = tonumber(ARGV[1]), tonumber(ARGV[2])
end
local width, size = tonumber(ARGV[4]), tonumber(ARGV[5])
local numbers = {}

local segment = math.floor(have / size)
local owners = redis.call('LRANGE', KEYS[2], have, (segment + 1) * size - 1)
local vectors = ''
if #owners > 0 then
  local first = have % size
  vectors = redis.call('GETRANGE', KEYS[1] .. ':' .. segment, first * width,
                       (first + #owners) * width - 1)
  for i = 1, #owners do
    numbers[i] = have + i - 1
  end
else
  local parts = {}
  numbers = redis.call('LRANGE', KEYS[3], seen, seen + size - 1)
  for i, row in ipairs(numbers) do
    local first = row % size * width
    owners[i] = redis.call('LINDEX', KEYS[2], row)
    parts[i] = redis.call('GETRANGE', KEYS[1] .. ':' .. math.floor(row / size), first,
                          first + width - 1)
  end
  seen, vectors = seen + #numbers, table.concat(parts)
end
return {epoch, seen, '[' .. table.concat(numbers, ',') .. ']',
        '[' .. table.concat(owners, ',') .. ']', vectors}
