-- take: one token of a lane's sliding window, and how many replies write through the lane.
-- A log of grants, so that no window ever holds more.
--
-- Input   KEYS[1] '<app>:lane:{<lane>}'   ARGV[1] how many grants this caller may see in a window
--         ARGV[2] window ms   ARGV[3...] marks: member, ms (0 for done), member, ...
-- Output  {-1 where granted, else milliseconds until it is worth asking again, how many replies run}
-- Keys    :w grants by when (sorted set)   :b until when nobody gets one (string)
--         :m running replies by when their mark ends (sorted set)

local allowed, windowMs = tonumber(ARGV[1]), tonumber(ARGV[2])
local grants, members = base .. ':w', base .. ':m'

-- Marks count also where the token is refused: who waits for one is running.
local function mark()
  for i = 3, #ARGV, 2 do
    local ms = tonumber(ARGV[i + 1])
    if ms > 0 then redis.call('ZADD', members, now + ms, ARGV[i])
    else redis.call('ZREM', members, ARGV[i]) end
  end
  redis.call('ZREMRANGEBYSCORE', members, '-inf', now)
  local last = redis.call('ZRANGE', members, -1, -1, 'WITHSCORES')
  if last[2] then redis.call('PEXPIREAT', members, last[2]) end
  return redis.call('ZCARD', members)
end

-- Milliseconds until there is room, or -1.
local function wait()
  redis.call('ZREMRANGEBYSCORE', grants, '-inf', now - windowMs)
  local blocked = tonumber(redis.call('GET', base .. ':b') or '0') - now
  local count = redis.call('ZCARD', grants)
  local full = 0
  if count >= allowed then
    local oldest = redis.call('ZRANGE', grants, count - allowed, count - allowed, 'WITHSCORES')
    full = tonumber(oldest[2]) + windowMs - now
  end
  if blocked > 0 or full > 0 then return math.max(blocked, full) end
  redis.call('ZADD', grants, now, time[1] .. '.' .. time[2] .. '/' .. count)
  redis.call('PEXPIRE', grants, windowMs)
  return -1
end

local running = mark()
return { wait(), running }
