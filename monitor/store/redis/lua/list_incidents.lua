-- Ids and times of the incidents that are in every index, newest first.
-- The smallest index is walked and its ids looked up in the others. One call walks a bounded
-- number, so that no other client waits long: it returns whether the end was reached, the id and
-- time to go on behind, then id and time of each incident found.
-- KEYS: indexes. ARGV: since, until, how many, id and time to go on behind, most to walk.
local wanted, walk = tonumber(ARGV[3]), tonumber(ARGV[6])
local cursor, cursor_time = ARGV[4], ARGV[5]

local smallest, size = 1, math.huge
for i, key in ipairs(KEYS) do
  local length = redis.call('ZCARD', key)
  if length < size then
    smallest, size = i, length
  end
end
local index = table.remove(KEYS, smallest)

local start = 0
if cursor ~= '' then
  if tonumber(redis.call('ZSCORE', index, cursor) or 'nan') == tonumber(cursor_time) then
    start = redis.call('ZREVRANK', index, cursor) + 1
  else
    -- It has moved since: go on where it was, among those of the same time below its id.
    start = redis.call('ZCOUNT', index, '(' .. cursor_time, '+inf')
  end
end
start = math.max(start, redis.call('ZCOUNT', index, '(' .. ARGV[2], '+inf'))
local stop = math.min(redis.call('ZCOUNT', index, ARGV[1], '+inf'), start + walk)
local found = {0, cursor, cursor_time}

while start < stop and #found < 3 + 2 * wanted do
  local slice = redis.call('ZREVRANGE', index, start, math.min(stop, start + 200) - 1, 'WITHSCORES')
  local ids = {}
  for i = 1, #slice, 2 do
    ids[#ids + 1] = slice[i]
  end
  local inside = {}
  for i, key in ipairs(KEYS) do
    inside[i] = redis.call('ZMSCORE', key, unpack(ids))
  end
  for n, id in ipairs(ids) do
    local time = slice[2 * n]
    local passes = cursor == '' or tonumber(time) < tonumber(cursor_time) or id < cursor
    for i = 1, #KEYS do
      passes = passes and inside[i][n]
    end
    if passes and #found < 3 + 2 * wanted then
      found[#found + 1] = id
      found[#found + 1] = time
    end
    found[2], found[3] = id, time
  end
  start = start + #ids
end
if start >= redis.call('ZCOUNT', index, ARGV[1], '+inf') then
  found[1] = 1
end
return found
