-- Keep records of exchanges still under way, unless a finished one is there already.
-- A finished one is told by not being what the last notice left there.
-- KEYS: times. ARGV: prefixes of record and notice keys, milliseconds to keep, then id, time, data and
--       tenant of each.
for i = 4, #ARGV, 4 do
  local record, notice = ARGV[1] .. ARGV[i], ARGV[2] .. ARGV[i]
  local kept = redis.call('GET', record)
  if not kept or redis.sha1hex(kept) == redis.call('GET', notice) then
    redis.call('SET', record, ARGV[i + 2], 'PX', ARGV[3])
    redis.call('SET', notice, redis.sha1hex(ARGV[i + 2]), 'PX', ARGV[3])
    redis.call('ZADD', KEYS[1], ARGV[i + 1], ARGV[i])
    if ARGV[i + 3] ~= '' then
      redis.call('ZADD', KEYS[1] .. ':' .. ARGV[i + 3], ARGV[i + 1], ARGV[i])
      redis.call('PEXPIRE', KEYS[1] .. ':' .. ARGV[i + 3], ARGV[3])
    end
  end
end
