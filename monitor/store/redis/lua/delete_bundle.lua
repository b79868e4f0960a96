-- Remove a bundle and the words of it: 1 removed, 0 there is none.
-- KEYS: the bundle. ARGV: prefix of the keys of words, id of the incident.
index_words(ARGV[1], ARGV[2], 'bundle', '')
return redis.call('DEL', KEYS[1])
