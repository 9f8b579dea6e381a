-- block: nobody gets a token of this lane for so long. A shorter block never shortens a longer one.
--
-- Input   KEYS[1] '<app>:lane:{<lane>}'   ARGV[1] ms
-- Output  1

local ms = tonumber(ARGV[1])
local before = tonumber(redis.call('GET', base .. ':b') or '0')
if now + ms > before and ms > 0 then
  redis.call('SET', base .. ':b', string.format('%.0f', now + ms), 'PX', ms)
end
return 1
