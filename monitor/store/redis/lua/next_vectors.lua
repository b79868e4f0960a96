-- Rows that the caller does not have yet, one segment at most: epoch, ids (JSON), vectors.
-- KEYS: base, ids, epoch. ARGV: rows the caller has, its epoch, bytes of a row, rows in a segment.
local epoch = redis.call('GET', KEYS[3]) or ''
local have = epoch == ARGV[2] and tonumber(ARGV[1]) or 0
local size, width = tonumber(ARGV[4]), tonumber(ARGV[3])
local segment = math.floor(have / size)
local ids = redis.call('LRANGE', KEYS[2], have, (segment + 1) * size - 1)
local first = have % size * width
if #ids == 0 then
  return {epoch, '[]', ''}
end
return {epoch, cjson.encode(ids), redis.call('GETRANGE', KEYS[1] .. ':' .. segment, first, -1)}
