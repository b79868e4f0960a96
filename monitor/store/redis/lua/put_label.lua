-- Keep a label and its place in time.
-- KEYS: labels of the incident, times. ARGV: exchange, label, time, member of times.
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[4])
