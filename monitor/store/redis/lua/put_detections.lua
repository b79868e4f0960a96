-- Keep detections, and let go of those that have had their time or do not fit.
-- KEYS: index of all by time. ARGV: prefix of records, milliseconds to keep, how many to keep at
--       most, id, record (JSON)...
-- Of the others at most some hundred go at a time: whoever puts one removes more than one.
local most_removed = 500

local function places_of(detection)
  local places = {KEYS[1]}
  for _, facet in ipairs({'incident_id', 'exchange_id', 'detector', 'kind', 'rule', 'severity',
                          'model', 'route', 'tenant'}) do
    places[#places + 1] = KEYS[1] .. ':' .. facet .. ':' .. detection[facet]
  end
  return places
end

local function remove(id)
  local stored = redis.call('GET', ARGV[1] .. id)
  if stored then
    redis.call('DEL', ARGV[1] .. id)
    for _, index in ipairs(places_of(cjson.decode(stored))) do
      redis.call('ZREM', index, id)
    end
  end
end

local ends = KEYS[1] .. '-end'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 4, #ARGV, 2 do
  remove(ARGV[i])
  redis.call('SET', ARGV[1] .. ARGV[i], ARGV[i + 1])
  local detection = cjson.decode(ARGV[i + 1])
  for _, index in ipairs(places_of(detection)) do
    redis.call('ZADD', index, detection.at, ARGV[i])
  end
  redis.call('ZADD', ends, now + ARGV[2], ARGV[i])
end

local due = redis.call('ZCOUNT', ends, '-inf', now)
local beyond = redis.call('ZCARD', ends) - tonumber(ARGV[3])
local gone = math.min(most_removed, math.max(due, beyond))
if gone > 0 then
  for _, id in ipairs(redis.call('ZRANGE', ends, 0, gone - 1)) do
    remove(id)
    redis.call('ZREM', ends, id)
  end
end
