-- Remove records and their places in time: how many there were.
-- KEYS: records (hash), times. ARGV: id...
redis.call('ZREM', KEYS[2], unpack(ARGV))
return redis.call('HDEL', KEYS[1], unpack(ARGV))
