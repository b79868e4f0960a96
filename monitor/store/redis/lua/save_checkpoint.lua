-- Keep a shard's state while the lease is held; 0 if it is not.
-- KEYS: lease, checkpoint. ARGV: the lease's value, position, state.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
-- Deleting first lets the script write at the server's memory limit: only a saved checkpoint allows
-- the observations behind it to be dropped, which frees memory.
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[2], 'position', ARGV[2], 'state', ARGV[3])
return 1
