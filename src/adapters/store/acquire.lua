-- acquire: the lease of a thread, if nobody else has a live one (I3). Our own is given again.
--
-- Input   ARGV[1] thread   ARGV[2] process   ARGV[3] lease ms   ARGV[4] how long tries are remembered (ms)
-- Output  false | {fence, state or false, {seq, '<at>|<json>', ...}, tries, 1 if filled else 0, ms of the server's clock}

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

-- How often in a row it was acquired without a commit, each time by another process: '<tries>|<at>|<process>'.
local function tried()
  local before = redis.call('HGET', base .. ':tries', thread) or ''
  local count, at, by = string.match(before, '^(%d+)|(%d+)|(.*)$')
  count = tonumber(count or '0')
  if at and now - tonumber(at) > tonumber(ARGV[4]) then count = 0 end
  if count == 0 or by ~= process then count = count + 1 end
  redis.call('HSET', base .. ':tries', thread, count .. '|' .. string.format('%.0f', now) .. '|' .. process)
  return count
end

redis.call('ZADD', base .. ':leases', now + leaseMs, thread)
redis.call('ZREM', base .. ':ready', thread)
return { fence, redis.call('GET', key('s', thread)), waiting(thread), tried(), redis.call('EXISTS', base .. ':filled'), now }
