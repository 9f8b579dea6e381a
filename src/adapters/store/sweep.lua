-- sweep: move due timers of one shard into their inboxes, and name the threads that want a holder.
--
-- Input   ARGV[1] how many timers to move and threads to name at most
-- Output  {thread, ...}: ready ones, oldest first, then those whose lease has run out

local limit = tonumber(ARGV[1])

for _, slot in ipairs(redis.call('ZRANGEBYSCORE', base .. ':due', '-inf', now, 'LIMIT', 0, limit)) do
  local thread, name = string.match(slot, '^(.*) (.*)$')
  local id = redis.call('HGET', base .. ':timers', slot) or '0'
  redis.call('ZREM', base .. ':due', slot)
  redis.call('HDEL', base .. ':timers', slot)
  put(thread, '{"kind":"timer","name":"' .. name .. '","id":' .. id .. '}')
  call(thread)
end

local found = redis.call('ZRANGE', base .. ':ready', 0, limit - 1)
local seen = {}
for _, thread in ipairs(found) do seen[thread] = true end
for _, thread in ipairs(redis.call('ZRANGEBYSCORE', base .. ':leases', '-inf', now, 'LIMIT', 0, limit)) do
  if not seen[thread] and #found < limit then found[#found + 1] = thread end
end
return found
