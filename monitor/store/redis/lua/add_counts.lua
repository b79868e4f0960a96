-- Add to totals. KEYS: totals. ARGV: name, amount...
for i = 1, #ARGV, 2 do
  redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1])
end
