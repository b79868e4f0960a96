-- Write an incident as the next version: 1 written, 0 all counted before, -1 a conflict.
-- KEYS: the incident, the counted detections, how many there are of each status, severity and
--       detector, the log of events, the incident's events.
-- ARGV: prefix of indexes, expected version, id, record (JSON), seconds to remember what
--       was counted, how many events are kept of all incidents, of one, prefix of the keys of
--       words, words of the incident, of the notes of the events, how many detections are counted,
--       which incident of its fingerprint a new one comes after (* whichever),
--       counted detection..., event as the log and as the incident keeps it (JSON)...
local most_noted = 4000
local stored = redis.call('GET', KEYS[1])
local old = stored and cjson.decode(stored) or {version = 0}

local counted, known = tonumber(ARGV[11]), 0
for i = 13, 12 + counted do
  if redis.call('ZSCORE', KEYS[2], ARGV[i]) then
    known = known + 1
  end
end
if known > 0 and known == counted then
  return 0
end
if known > 0 or old.version ~= tonumber(ARGV[2]) then
  return -1
end

local new = cjson.decode(ARGV[4])
if not stored and ARGV[12] ~= '*' then
  local same = redis.call('ZREVRANGE', ARGV[1] .. ':fingerprint:' .. new.fingerprint, 0, 0)
  if (same[1] or '') ~= ARGV[12] then
    return -1
  end
end
-- Deleting first lets the script write at the server's memory limit, where the watch stage must go
-- on, or nothing would ever be freed.
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[4])
local before, after = stored and places_of(ARGV[1], old) or {}, places_of(ARGV[1], new)
for index in pairs(before) do
  if not after[index] then
    redis.call('ZREM', index, new.id)
  end
end
for index, score in pairs(after) do
  redis.call('ZADD', index, score, new.id)
end
index_words(ARGV[8], new.id, 'incident', ARGV[9])
if ARGV[10] ~= '' then
  local noted = redis.call('HGET', ARGV[8] .. ':words-of:' .. new.id, 'notes') or ''
  local words = noted .. ' ' .. ARGV[10]
  if #words > most_noted then
    words = words:sub(-most_noted):match(' (.*)') or ''
  end
  index_words(ARGV[8], new.id, 'notes', words)
end
local function group(incident)
  return incident.status .. ':' .. incident.severity .. ':' .. incident.detector
end
if stored then
  redis.call('HINCRBY', KEYS[3], group(old), -1)
end
redis.call('HINCRBY', KEYS[3], group(new), 1)

if counted > 0 then
  local now = tonumber(redis.call('TIME')[1])
  for i = 13, 12 + counted do
    redis.call('ZADD', KEYS[2], now, ARGV[i])
  end
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - tonumber(ARGV[5]))
end

for i = 13 + counted, #ARGV, 2 do
  local id = redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[6], '*', 'event', ARGV[i])
  redis.call('RPUSH', KEYS[5], id .. ' ' .. ARGV[i + 1])
  redis.call('LTRIM', KEYS[5], -ARGV[7], -1)
end
return 1
