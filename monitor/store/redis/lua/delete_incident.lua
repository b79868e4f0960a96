-- Remove an incident from its key, every index and the numbers: 1 removed, 0 there is none.
-- KEYS: the incident, how many there are of each status, severity and detector.
-- ARGV: prefix of indexes, id.
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
