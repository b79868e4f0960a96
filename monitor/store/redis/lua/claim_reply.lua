-- Keep a reply unless there is one already: that one, or nothing.
-- KEYS: the reply. ARGV: record, milliseconds to keep.
local there = redis.call('GET', KEYS[1])
if not there then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return there
