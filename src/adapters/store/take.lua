-- take: one token of a lane, and how many replies write through the lane. A log of grants, so that no window ever
-- holds more. What holds of it is written at the top of `lib/rate.ts` (T1 to T4), which does the same in memory.
--
-- Input   KEYS[1] '<app>:lane:{<lane>}'   ARGV[1] grants a window   ARGV[2] window ms   ARGV[3] share
--         ARGV[4] 1: leaves as many grants as replies run   ARGV[5] 1: the token was taken before
--         ARGV[6] ms a token and ARGV[7] lag of a bucket, 0 for a window
--         ARGV[8] '' nothing is learnt, 'on', or 'tries'   ARGV[9] ms before more is tried
--         ARGV[10] ms a 429 is remembered   ARGV[11] ms what was learnt is kept
--         ARGV[12...] marks: member, ms (0 for done), member, ...
-- Output  {0 where granted, else milliseconds until it is worth asking again, how many replies run,
--         grants in the window, what the window may hold, 1 where growth may use all of it to try something out},
--         the last three 0 where that was not looked at
-- Keys    :w grants by when (sorted set)   :b until when nobody gets one (string)
--         :m running replies by when their mark ends (sorted set)
--         :t a bucket's '<tokens>|<from when they grow>' (string)
--         :l learnt: p proven, pa when; c grants at the last 429, ca when; g tried out, u until, k its peak;
--            s, z since when and when last the limit was in the way (hash)

local stated, windowMs, share = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local everyMs, lagMs = tonumber(ARGV[6]), tonumber(ARGV[7])
local tries = ARGV[8] == 'tries'
local afterMs, warnedMs, keptMs = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
local grants, members, learnt = base .. ':w', base .. ':m', base .. ':l'

-- Marks count also where the token is refused: who waits for one is running.
local function mark()
  for i = 12, #ARGV, 2 do
    local ms = tonumber(ARGV[i + 1])
    if ms > 0 then redis.call('ZADD', members, now + ms, ARGV[i])
    else redis.call('ZREM', members, ARGV[i]) end
  end
  redis.call('ZREMRANGEBYSCORE', members, '-inf', now)
  local last = redis.call('ZRANGE', members, -1, -1, 'WITHSCORES')
  if last[2] then redis.call('PEXPIREAT', members, last[2]) end
  return redis.call('ZCARD', members)
end

local running = mark()

local function allowance(limit)
  local allowed = math.max(1, math.floor(limit * math.min(1, share)))
  if ARGV[4] == '1' then return math.min(allowed, limit - running) end
  return allowed
end

local function fewRun(limit)
  return running <= limit - math.floor(limit * share)
end

local function learn(...)
  redis.call('HSET', learnt, ...)
  redis.call('PEXPIRE', learnt, keptMs)
end

-- The limit that holds now, what is tried out or 0, and the trial's peak. Ends a trial whose time is over.
local function limitNow(used)
  if ARGV[8] == '' then return stated, 0, 0 end
  local known = redis.call('HMGET', learnt, 'p', 'pa', 'c', 'ca', 'g', 'u', 'k', 's', 'z')
  for i = 1, 9 do known[i] = tonumber(known[i] or '0') end
  local p, pa, c, ca, g, u, k, s, z = unpack(known)
  if now - pa >= keptMs then p = 0 end
  local limit = math.max(stated, p)
  if g > 0 and now >= u then
    if k > limit then
      limit = k
      learn('p', k, 'pa', now, 'g', 0)
    else
      s = now
      learn('s', s, 'g', 0)
    end
    g = 0
  end
  if not tries or used < 0.9 * allowance(limit) then return limit, g, k end
  if now - z > windowMs then s = now end
  learn('s', s, 'z', now)
  if g > 0 or now - s < afterMs or not fewRun(limit) then return limit, g, k end
  local target = math.max(limit + 1, math.floor(limit * 1.05))
  if now - ca < warnedMs then target = math.min(target, math.floor(c * 0.9)) end
  if target <= limit then return limit, 0, 0 end
  learn('g', target, 'u', now + windowMs, 'k', 0)
  return limit, target, 0
end

local function fromWindow()
  redis.call('ZREMRANGEBYSCORE', grants, '-inf', now - windowMs)
  local used = redis.call('ZCARD', grants)
  local limit, target, peak = limitNow(used)
  local most = target > 0 and target or limit
  local allowed = allowance(most)
  local trial = target > 0 and tries and fewRun(limit)
  if trial then allowed = most end
  trial = trial and 1 or 0
  if allowed < 1 then return { 2000, running, used, most, trial } end
  if used >= allowed then
    local oldest = redis.call('ZRANGE', grants, used - allowed, used - allowed, 'WITHSCORES')
    return { tonumber(oldest[2]) + windowMs - now, running, used, most, trial }
  end
  redis.call('ZADD', grants, now, time[1] .. '.' .. time[2] .. '/' .. used)
  redis.call('PEXPIRE', grants, windowMs)
  if target > 0 and used + 1 > peak then learn('k', used + 1) end
  return { 0, running, used + 1, most, trial }
end

local function fromBucket()
  local known = redis.call('GET', base .. ':t') or (stated .. '|0')
  local tokens, from = string.match(known, '^(.*)|(.*)$')
  tokens = tonumber(tokens) + math.max(0, now - tonumber(from)) / everyMs
  from = math.max(tonumber(from), now)
  if tokens >= stated then tokens, from = stated, now + lagMs end
  if tokens < 1 then return { math.ceil(from - now + (1 - tokens) * everyMs), running, 0, 0, 0 } end
  local kept = string.format('%.6f|%.0f', tokens - 1, from)
  redis.call('SET', base .. ':t', kept, 'PX', math.ceil(lagMs + (stated + 1) * everyMs))
  return { 0, running, 0, 0, 0 }
end

local blocked = tonumber(redis.call('GET', base .. ':b') or '0') - now
if blocked > 0 then return { blocked, running, 0, 0, 0 } end
if ARGV[5] == '1' then return { 0, running, 0, 0, 0 } end
if stated < 1 then return { windowMs, running, 0, 0, 0 } end
if everyMs > 0 then return fromBucket() end
return fromWindow()
