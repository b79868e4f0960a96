-- Keeps the words, with a space between, by which an incident is found; each source (the incident,
-- its notes, its bundle) is replaced on its own. Words that no incident has any more are forgotten.
local function index_words(prefix, id, source, text)
  local of_incident = prefix .. ':words-of:' .. id
  local before = redis.call('HGET', of_incident, source) or ''
  if before == text then
    return
  end
  if text == '' then
    redis.call('HDEL', of_incident, source)
  else
    redis.call('HSET', of_incident, source, text)
  end
  local now = {}
  for _, words in ipairs(redis.call('HVALS', of_incident)) do
    for word in words:gmatch('[^ ]+') do
      now[word] = true
    end
  end
  for word in before:gmatch('[^ ]+') do
    if not now[word] then
      redis.call('SREM', prefix .. ':word:' .. word, id)
      if redis.call('EXISTS', prefix .. ':word:' .. word) == 0 then
        redis.call('ZREM', prefix .. ':words', word)
      end
    end
  end
  for word in text:gmatch('[^ ]+') do
    if redis.call('SADD', prefix .. ':word:' .. word, id) == 1 then
      redis.call('ZADD', prefix .. ':words', 0, word)
    end
  end
end

