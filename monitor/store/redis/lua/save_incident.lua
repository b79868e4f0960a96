-- Write an incident as the next version: 1 written, 0 all counted before, -1 a conflict.
-- KEYS: the incident, the counted detections, how many there are of each status, severity and
--       detector, the log of events, the incident's events.
-- ARGV: prefix of indexes, expected version, last seen, record (JSON), seconds to remember what
--       was counted, how many events are kept of all incidents, of one, how many detections are
--       counted, counted detection..., event as the log and as the incident keeps it (JSON)...
local stored = redis.call('GET', KEYS[1])
local old = stored and cjson.decode(stored) or {version = 0}

local counted, known = tonumber(ARGV[8]), 0
for i = 9, 8 + counted do
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
-- Deleting first lets the script write at the server's memory limit, where the watch stage must go
-- on, or nothing would ever be freed.
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[4])
redis.call('ZADD', ARGV[1], ARGV[3], new.id)
for _, facet in ipairs({'status', 'severity', 'detector', 'kind', 'model', 'route', 'tenant',
                        'fingerprint'}) do
  local before, after = old[facet], new[facet]
  if before and before ~= '' and before ~= after then
    redis.call('ZREM', ARGV[1] .. ':' .. facet .. ':' .. before, new.id)
  end
  if after and after ~= '' then
    redis.call('ZADD', ARGV[1] .. ':' .. facet .. ':' .. after, ARGV[3], new.id)
  end
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
  for i = 9, 8 + counted do
    redis.call('ZADD', KEYS[2], now, ARGV[i])
  end
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - tonumber(ARGV[5]))
end

for i = 9 + counted, #ARGV, 2 do
  local id = redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[6], '*', 'event', ARGV[i])
  redis.call('RPUSH', KEYS[5], id .. ' ' .. ARGV[i + 1])
  redis.call('LTRIM', KEYS[5], -ARGV[7], -1)
end
return 1
