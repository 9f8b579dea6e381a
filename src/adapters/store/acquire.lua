-- acquire: the lease of a thread, if nobody else has a live one (I3). Our own is given again.
--
-- Input   ARGV[1] thread   ARGV[2] process   ARGV[3] lease ms
-- Output  false | {fence, state or false, {seq, '<at>|<json>', ...}}

local thread, process, leaseMs = ARGV[1], ARGV[2], tonumber(ARGV[3])

local token = holder(thread)
local fence
if token then
  local owner
  owner, fence = string.match(token, '^(.*)#(%d+)$')
  if owner ~= process then return false end
else
  fence = number()
  redis.call('HSET', base .. ':holders', thread, process .. '#' .. fence)
end
redis.call('ZADD', base .. ':leases', now + leaseMs, thread)
redis.call('ZREM', base .. ':ready', thread)
return { fence, redis.call('GET', key('s', thread)), waiting(thread) }
