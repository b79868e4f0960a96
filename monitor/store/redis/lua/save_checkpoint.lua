-- Keep a shard's state while the lease is held; 0 if it is not.
-- KEYS: lease, checkpoint. ARGV: the lease's value, position, state.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[2], 'position', ARGV[2], 'state', ARGV[3])
return 1
