-- Incidents that are in every index, newest first: whether there are more, id and time of the
-- last, and a JSON array of the records.
-- The smallest index is walked from the cursor and its ids looked up in the others. Where matches
-- are so rare that a page is not full after a thousand, the server intersects the indexes.
-- KEYS: indexes. ARGV: prefix of records, since, until, how many, id and time to go on behind.
local most_walked, slice_size = #KEYS > 1 and 1000 or math.huge, 100
local since, wanted = ARGV[2], tonumber(ARGV[4])
local cursor, cursor_time = ARGV[5], tonumber(ARGV[6])

local indexes = {}
for i, key in ipairs(KEYS) do
  indexes[i] = {key = key, size = redis.call('ZCARD', key)}
end
table.sort(indexes, function(a, b) return a.size < b.size end)
local smallest = indexes[1].key

local function is_behind_cursor(id, time)
  return cursor == '' or time < cursor_time or (time == cursor_time and id < cursor)
end

local function in_every_index(ids)
  for i = 2, #indexes do
    if #ids > 0 then
      local kept = {}
      for n, score in ipairs(redis.call('ZMSCORE', indexes[i].key, unpack(ids))) do
        if score then
          kept[#kept + 1] = ids[n]
        end
      end
      ids = kept
    end
  end
  return ids
end

local first = redis.call('ZCOUNT', smallest, '(' .. ARGV[3], '+inf')
if cursor ~= '' then
  local behind = redis.call('ZCOUNT', smallest, '(' .. ARGV[6], '+inf')
  if tonumber(redis.call('ZSCORE', smallest, cursor) or 'nan') == cursor_time then
    behind = redis.call('ZREVRANK', smallest, cursor) + 1
  end
  first = math.max(first, behind)
end
local stop = redis.call('ZCOUNT', smallest, since, '+inf')

local found, times, walked = {}, {}, 0
local last_id, last_time = cursor, cursor_time
while first < stop and #found <= wanted and walked < most_walked do
  local slice = redis.call('ZREVRANGE', smallest, first, math.min(stop, first + slice_size) - 1,
                           'WITHSCORES')
  local ids = {}
  for i = 1, #slice, 2 do
    last_id, last_time = slice[i], tonumber(slice[i + 1])
    if is_behind_cursor(last_id, last_time) then
      ids[#ids + 1] = last_id
      times[last_id] = slice[i + 1]
    end
  end
  for _, id in ipairs(in_every_index(ids)) do
    found[#found + 1] = id
  end
  first, walked = first + #slice / 2, walked + #slice / 2
end

if first < stop and #found <= wanted then
  cursor, cursor_time = last_id, last_time
  local intersection = {'ZINTER', #KEYS}
  for i = 1, #KEYS do
    intersection[i + 2] = KEYS[i]
  end
  for _, word in ipairs({'AGGREGATE', 'MAX', 'WITHSCORES'}) do
    intersection[#intersection + 1] = word
  end
  local all = redis.call(unpack(intersection))
  for i = #all - 1, 1, -2 do
    local time = tonumber(all[i + 1])
    if #found > wanted or (since ~= '-inf' and time < tonumber(since)) then
      break
    end
    if is_behind_cursor(all[i], time) then
      found[#found + 1] = all[i]
      times[all[i]] = all[i + 1]
    end
  end
end

local more = #found > wanted
local records = {}
for i = 1, math.min(wanted, #found) do
  records[#records + 1] = redis.call('GET', ARGV[1] .. found[i]) or nil
end
local last = found[math.min(wanted, #found)] or ''
return {more and 1 or 0, last, times[last] or '', '[' .. table.concat(records, ',') .. ']'}
