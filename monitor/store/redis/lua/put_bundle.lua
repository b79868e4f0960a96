-- Keep a bundle, and the words of it.
-- KEYS: the bundle. ARGV: record (JSON), prefix of the keys of words, id of the incident, words.
redis.call('SET', KEYS[1], ARGV[1])
index_words(ARGV[2], ARGV[3], 'bundle', ARGV[4])
