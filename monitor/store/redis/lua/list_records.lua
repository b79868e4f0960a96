-- Records that pass every filter, in an order: whether there are more, id and value of the last,
-- and a JSON array of the records.
-- KEYS: the index of the order. ARGV: the plan (JSON), as `listing.Plan` documents it.
-- Where few records can match, all of these are looked at. Otherwise the index of the order, or a
-- filter's that has the same order, is walked from the cursor on and its ids looked up in the
-- others; where matches are so rare that the page is not full after some thousand, the server
-- intersects the indexes.
local slice_size, few, least_walked = 200, 2000, 2000
local plan, order = cjson.decode(ARGV[1]), KEYS[1]

-- Lua itself would write a number with 14 digits.
local function exact(number, otherwise)
  return type(number) == 'number' and string.format('%.17g', number) or otherwise
end

local low, high = exact(plan.low, '-inf'), exact(plan.high, '+inf')
local filter_low, filter_high = exact(plan.filter_low, '-inf'), exact(plan.filter_high, '+inf')
local at_cursor = plan.cursor_id ~= ''

local function is_ahead(value, id, other_value, other_id)
  if value == other_value then
    if plan.descending then
      return id > other_id
    end
    return id < other_id
  end
  if plan.descending then
    return value > other_value
  end
  return value < other_value
end

local function is_within(value, range)
  return value and (type(range.low) ~= 'number' or value >= range.low)
    and (type(range.high) ~= 'number' or value <= range.high)
end

local function size_of(filter)
  if not filter.keys then
    return redis.call('ZCOUNT', filter.key, exact(filter.low, '-inf'), exact(filter.high, '+inf'))
  end
  local size = 0
  for _, key in ipairs(filter.keys) do
    if filter.sets then
      size = size + redis.call('SCARD', key)
    else
      size = size + redis.call('ZCOUNT', key, filter_low, filter_high)
    end
  end
  return size
end

local function ids_of(filter)
  if not filter.keys then
    return redis.call('ZRANGEBYSCORE', filter.key, exact(filter.low, '-inf'),
                      exact(filter.high, '+inf'))
  end
  local ids = {}
  for _, key in ipairs(filter.keys) do
    local some = filter.sets and redis.call('SMEMBERS', key)
      or redis.call('ZRANGEBYSCORE', key, filter_low, filter_high)
    for _, id in ipairs(some) do
      ids[#ids + 1] = id
    end
  end
  return ids
end

-- Those of some ids that pass a filter or are within a range, in their order.
local function passing(filter, ids)
  local left, inside = {}, {}
  if not filter.keys then
    for n, value in ipairs(redis.call('ZMSCORE', filter.key, unpack(ids))) do
      if is_within(tonumber(value or nil), filter) then
        left[#left + 1] = ids[n]
      end
    end
    return left
  end
  local asked = ids
  for _, key in ipairs(filter.keys) do
    local answers = redis.call(filter.sets and 'SMISMEMBER' or 'ZMSCORE', key, unpack(asked))
    if #filter.keys == 1 then
      for n, answer in ipairs(answers) do
        if answer and answer ~= 0 then
          left[#left + 1] = asked[n]
        end
      end
      return left
    end
    local others = {}
    for n, answer in ipairs(answers) do
      if answer and answer ~= 0 then
        inside[asked[n]] = true
      else
        others[#others + 1] = asked[n]
      end
    end
    asked = others
    if #asked == 0 then
      break
    end
  end
  for _, id in ipairs(ids) do
    if inside[id] then
      left[#left + 1] = id
    end
  end
  return left
end

local tests = {}
for _, filter in ipairs(plan.filters) do
  tests[#tests + 1] = filter
end
for _, range in ipairs(plan.ranges) do
  tests[#tests + 1] = range
end
local smallest, size = nil, math.huge
for _, test in ipairs(tests) do
  local found = size_of(test)
  if found < size then
    smallest, size = test, found
  end
end
if size == 0 then
  return {0, '', '', '[]'}
end

local found, known = {}, {}

-- Takes those of some ids, each with its value or without, that belong to the list. What they were
-- tested for is not looked at again.
local function consider(ids, values, tested)
  for _, test in ipairs(tests) do
    if #ids > 0 and not tested[test] then
      ids = passing(test, ids)
    end
  end
  if #ids == 0 then
    return
  end
  local looked_up = values or redis.call('ZMSCORE', order, unpack(ids))
  for n, id in ipairs(ids) do
    local value = values and values[id] or tonumber(looked_up[n] or nil)
    if not known[id] and is_within(value, plan)
      and (not at_cursor or is_ahead(plan.cursor_value, plan.cursor_id, value, id)) then
      known[id] = true
      found[#found + 1] = {id = id, value = value}
    end
  end
end

local function consider_all(ids, tested)
  for start = 1, #ids, slice_size do
    consider({unpack(ids, start, math.min(#ids, start + slice_size - 1))}, nil, tested)
  end
end

-- Whether the walk came to the end of the index or of the page.
local function walk(index, tested)
  local first, stop, behind
  if plan.descending then
    first = redis.call('ZCOUNT', index, '(' .. high, '+inf')
    stop = redis.call('ZCOUNT', index, low, '+inf')
  else
    first = redis.call('ZCOUNT', index, '-inf', '(' .. low)
    stop = redis.call('ZCOUNT', index, '-inf', high)
  end
  if at_cursor then
    local value = '(' .. exact(plan.cursor_value)
    if tonumber(redis.call('ZSCORE', index, plan.cursor_id) or nil) == plan.cursor_value then
      local rank = plan.descending and 'ZREVRANK' or 'ZRANK'
      behind = redis.call(rank, index, plan.cursor_id) + 1
    elseif plan.descending then
      behind = redis.call('ZCOUNT', index, value, '+inf')
    else
      behind = redis.call('ZCOUNT', index, '-inf', value)
    end
    first = math.max(first, behind)
  end
  -- To walk past one costs about three times as much as to intersect one.
  local budget = #plan.filters > 0 and math.max(least_walked, size / 3) or math.huge
  local range = plan.descending and 'ZREVRANGE' or 'ZRANGE'
  while first < stop and #found <= plan.limit do
    if budget <= 0 then
      return false
    end
    local slice = redis.call(range, index, first, math.min(stop, first + slice_size) - 1,
                             'WITHSCORES')
    local ids, values = {}, {}
    for i = 1, #slice, 2 do
      ids[#ids + 1] = slice[i]
      values[slice[i]] = tonumber(slice[i + 1])
    end
    consider(ids, values, tested)
    first, budget = first + #ids, budget - #ids
  end
  return true
end

local function intersect()
  local narrow, least = nil, math.huge
  for _, filter in ipairs(plan.filters) do
    local its_size = size_of(filter)
    if its_size < least then
      narrow, least = filter, its_size
    end
  end
  local tested, others = {[narrow] = true}, {}
  for _, filter in ipairs(plan.filters) do
    if filter ~= narrow and #filter.keys == 1 then
      tested[filter] = true
      others[#others + 1] = filter.keys[1]
    end
  end
  for _, key in ipairs(narrow.keys) do
    -- Whose values are summed with the weight 1 comes first; those of the others count for nothing.
    local keys = {key, unpack(others)}
    if not plan.aligned or narrow.sets then
      table.insert(keys, 1, order)
    end
    local command = {'ZINTER', #keys}
    for _, name in ipairs(keys) do
      command[#command + 1] = name
    end
    command[#command + 1] = 'WEIGHTS'
    for n = 1, #keys do
      command[#command + 1] = n == 1 and 1 or 0
    end
    command[#command + 1] = 'WITHSCORES'
    -- In the order of the values: once there are enough, those behind them need no look.
    local all = redis.call(unpack(command))
    local first, last, step = 1, #all - 1, 2
    if plan.descending then
      first, last, step = last, first, -step
    end
    local before, ids, values = #found, {}, {}
    for i = first, last, step do
      ids[#ids + 1] = all[i]
      values[all[i]] = tonumber(all[i + 1])
      if #ids == slice_size or i == last then
        consider(ids, values, tested)
        ids, values = {}, {}
        if #found - before > plan.limit then
          break
        end
      end
    end
  end
end

local same_order = smallest and plan.aligned and smallest.keys and not smallest.sets
  and #smallest.keys == 1
if smallest and size <= few and not same_order then
  consider_all(ids_of(smallest), {[smallest] = true})
elseif not walk(same_order and smallest.keys[1] or order, same_order and {[smallest] = true} or {}) then
  intersect()
end

table.sort(found, function(a, b) return is_ahead(a.value, a.id, b.value, b.id) end)
local records, wanted = {}, math.min(plan.limit, #found)
for start = 1, wanted, slice_size do
  local names = {}
  for n = start, math.min(wanted, start + slice_size - 1) do
    names[#names + 1] = plan.records .. found[n].id
  end
  for _, record in ipairs(redis.call('MGET', unpack(names))) do
    records[#records + 1] = record or nil
  end
end
local last = found[wanted] or {id = '', value = 0}
return {#found > wanted and 1 or 0, last.id, exact(last.value),
        '[' .. table.concat(records, ',') .. ']'}
