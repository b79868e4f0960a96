-- Give up a lease that is still held. KEYS: lease. ARGV: its value.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
