-- Labels of a time range, the latest first.
-- KEYS: times. ARGV: prefix of the keys of labels, since, until, how many to pass over, how many.
local members = redis.call('ZREVRANGEBYSCORE', KEYS[1], ARGV[3], ARGV[2], 'LIMIT', ARGV[4], ARGV[5])
local found = {}
for _, member in ipairs(members) do
  local ids = cjson.decode(member)
  found[#found + 1] = redis.call('HGET', ARGV[1] .. ids[1], ids[2])
end
return found
