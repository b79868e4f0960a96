-- Move scored entries to their shards, each once; the number of new observations.
-- KEYS: exchanges, shards, then for each entry: its seen key, its observation stream.
-- ARGV: group, seconds to remember a key, then for each entry: its id, its observation.
local new = 0
for i = 3, #ARGV, 2 do
  local id, observation = ARGV[i], ARGV[i + 1]
  local seen, stream = KEYS[i], KEYS[i + 1]
  -- Removing comes first: at its memory limit a server lets a script go on writing only then.
  if redis.call('XACK', KEYS[1], ARGV[1], id) == 1 then
    redis.call('XDEL', KEYS[1], id)
    if redis.call('SET', seen, '1', 'NX', 'EX', ARGV[2]) then
      redis.call('XADD', stream, '*', 'd', observation)
      redis.call('SADD', KEYS[2], stream)
      new = new + 1
    end
  end
end
return new
