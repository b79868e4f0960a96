-- Remove detections: how many there were.
-- KEYS: index of all by time. ARGV: prefix of records, id...
local gone = 0
for i = 2, #ARGV do
  local stored = redis.call('GET', ARGV[1] .. ARGV[i])
  if stored then
    local detection = cjson.decode(stored)
    redis.call('DEL', ARGV[1] .. ARGV[i])
    redis.call('ZREM', KEYS[1], ARGV[i])
    redis.call('ZREM', KEYS[1] .. '-end', ARGV[i])
    for _, facet in ipairs({'incident_id', 'exchange_id', 'detector', 'kind', 'rule', 'severity',
                            'model', 'route', 'tenant'}) do
      redis.call('ZREM', KEYS[1] .. ':' .. facet .. ':' .. detection[facet], ARGV[i])
    end
    gone = gone + 1
  end
end
return gone
