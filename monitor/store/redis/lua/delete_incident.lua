-- Remove an incident from its key, every index, the numbers and the log of events: 1 removed, 0 there is none.
-- KEYS: the incident, how many there are of each status, severity and detector, the log of events,
--       the incident's events.
-- ARGV: prefix of indexes, id.
for _, event in ipairs(redis.call('LRANGE', KEYS[4], 0, -1)) do
  redis.call('XDEL', KEYS[3], event:match('^%S+'))
end
redis.call('DEL', KEYS[4])
local stored = redis.call('GET', KEYS[1])
if not stored then
  return 0
end
local old = cjson.decode(stored)
redis.call('DEL', KEYS[1])
redis.call('ZREM', ARGV[1], ARGV[2])
for _, facet in ipairs({'status', 'severity', 'detector', 'kind', 'model', 'route', 'tenant',
                        'fingerprint'}) do
  if old[facet] and old[facet] ~= '' then
    redis.call('ZREM', ARGV[1] .. ':' .. facet .. ':' .. old[facet], ARGV[2])
  end
end
redis.call('HINCRBY', KEYS[2], old.status .. ':' .. old.severity .. ':' .. old.detector, -1)
return 1
