-- Remove entries of a stream, whoever holds them: how many there were.
-- KEYS: the stream. ARGV: group ('' for none), id...
local gone = 0
for i = 2, #ARGV do
  if ARGV[1] ~= '' then
    redis.pcall('XACK', KEYS[1], ARGV[1], ARGV[i])
  end
  gone = gone + redis.call('XDEL', KEYS[1], ARGV[i])
end
return gone
