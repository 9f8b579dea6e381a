-- backlog: what of one shard waits for somebody. Only reads.
--
-- Input   none
-- Output  {threads without a holder, ms that the oldest of them waits, timers overdue, inputs set aside}

local ready = redis.call('ZRANGE', base .. ':ready', 0, 0, 'WITHSCORES')
local oldest = ready[2] and now - tonumber(ready[2]) or 0
local orphans = redis.call('ZRANGEBYSCORE', base .. ':leases', '-inf', now, 'WITHSCORES', 'LIMIT', 0, 1)
if orphans[2] then oldest = math.max(oldest, now - tonumber(orphans[2])) end
return {
  redis.call('ZCARD', base .. ':ready') + redis.call('ZCOUNT', base .. ':leases', '-inf', now),
  math.floor(oldest),
  redis.call('ZCOUNT', base .. ':due', '-inf', now),
  redis.call('HLEN', base .. ':parked'),
}
