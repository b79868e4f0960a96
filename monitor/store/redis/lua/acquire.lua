-- Become or stay the owner of a shard: the token, or nothing while another owns it.
-- KEYS: lease, last token. ARGV: owner, milliseconds.
local held = redis.call('GET', KEYS[1])
if not held then
  redis.call('DEL', KEYS[1]) -- as a first write, lets the next ones pass at the memory limit
  local token = redis.call('INCR', KEYS[2])
  redis.call('SET', KEYS[1], string.format('%d:%s', token, ARGV[1]), 'PX', ARGV[2])
  return token
end
local token, owner = string.match(held, '^(%d+):(.*)$')
if owner ~= ARGV[1] then
  return false
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return tonumber(token)
