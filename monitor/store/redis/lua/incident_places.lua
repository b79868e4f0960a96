-- Where an incident stands in lists: its score in each index, by the index's name.
local function places_of(prefix, incident)
  local seen = incident.last_seen
  local places = {[prefix] = seen}
  for _, facet in ipairs({'status', 'severity', 'detector', 'kind', 'model', 'route', 'tenant',
                          'owner', 'rule', 'verdict', 'story', 'fingerprint'}) do
    local value = incident[facet]
    places[prefix .. ':' .. facet .. ':' .. (type(value) == 'string' and value or '')] = seen
  end
  for _, field in ipairs({'first_seen', 'updated', 'score', 'count'}) do
    places[prefix .. ':by:' .. field] = incident[field]
  end
  local rank = ({info = 0, warning = 1e11, critical = 2e11})[incident.severity]
  places[prefix .. ':by:severity'] = rank + seen
  return places
end

