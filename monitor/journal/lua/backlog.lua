-- What is waiting: exchanges, pending, observations, dead.
-- KEYS: exchanges, shards, dead. ARGV: group.
local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1])
local observations = 0
for _, stream in ipairs(redis.call('SMEMBERS', KEYS[2])) do
  observations = observations + redis.call('XLEN', stream)
end
return {
  redis.call('XLEN', KEYS[1]),
  pending.err and 0 or pending[1],
  observations,
  redis.call('XLEN', KEYS[3]),
}
