-- take: one token of a lane's sliding window. A log of grants, so that no window ever holds more.
--
-- Input   KEYS[1] '<app>:lane:{<lane>}'   ARGV[1] how many grants this caller may see in a window
--         ARGV[2] window ms
-- Output  -1 where granted, else milliseconds until it is worth asking again
-- Keys    :w grants by when (sorted set)   :b until when nobody gets one (string)

local allowed, windowMs = tonumber(ARGV[1]), tonumber(ARGV[2])
local grants = base .. ':w'

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
