-- block: nobody gets a token of this lane for so long. A shorter block never shortens a longer one.
-- What was learnt is halved: Slack has said that it is too much (`lib/rate.ts`, T4).
--
-- Input   KEYS[1] '<app>:lane:{<lane>}'   ARGV[1] ms   ARGV[2] window ms   ARGV[3] ms what was learnt is kept
-- Output  1

local ms = tonumber(ARGV[1])
local before = tonumber(redis.call('GET', base .. ':b') or '0')

-- Calls that were under way together meet the same limit: the first of them tells.
if before <= now then
  local used = redis.call('ZCOUNT', base .. ':w', now - tonumber(ARGV[2]), '+inf')
  local proven = tonumber(redis.call('HGET', base .. ':l', 'p') or '0')
  redis.call('HSET', base .. ':l', 'p', math.floor(proven / 2), 'c', used, 'ca', now, 'g', 0, 'z', 0)
  redis.call('PEXPIRE', base .. ':l', ARGV[3])
end
if now + ms > before and ms > 0 then
  redis.call('SET', base .. ':b', string.format('%.0f', now + ms), 'PX', ms)
end
return 1
