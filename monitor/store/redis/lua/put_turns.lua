-- Keep which exchanges belong to a conversation.
-- KEYS: one of them. ARGV: prefix of keys, milliseconds to keep, how many of each, then conversation, time, id of each.
for i = 4, #ARGV, 3 do
  local turns = ARGV[1] .. ARGV[i]
  redis.call('ZADD', turns, ARGV[i + 1], ARGV[i + 2])
  redis.call('ZREMRANGEBYRANK', turns, 0, -1 - ARGV[3])
  redis.call('PEXPIRE', turns, ARGV[2])
end
