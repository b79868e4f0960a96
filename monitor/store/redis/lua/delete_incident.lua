-- Remove an incident from its key, every index, its words, the numbers and the log of events:
-- 1 removed, 0 there is none.
-- KEYS: the incident, how many there are of each status, severity and detector, the log of events,
--       the incident's events.
-- ARGV: prefix of indexes, id, prefix of the keys of words.
for _, event in ipairs(redis.call('LRANGE', KEYS[4], 0, -1)) do
  redis.call('XDEL', KEYS[3], event:match('^%S+'))
end
redis.call('DEL', KEYS[4])
for _, source in ipairs({'incident', 'notes', 'bundle'}) do
  index_words(ARGV[3], ARGV[2], source, '')
end
local stored = redis.call('GET', KEYS[1])
if not stored then
  return 0
end
local old = cjson.decode(stored)
redis.call('DEL', KEYS[1])
for index in pairs(places_of(ARGV[1], old)) do
  redis.call('ZREM', index, ARGV[2])
end
redis.call('HINCRBY', KEYS[2], old.status .. ':' .. old.severity .. ':' .. old.detector, -1)
return 1
