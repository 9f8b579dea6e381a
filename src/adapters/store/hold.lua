-- hold: one owner at a time of something that one process does for all.
--
-- Input   KEYS[1] '<app>:hold:{<name>}'   ARGV[1] owner   ARGV[2] ms, 0 to give it back
-- Output  1 where it is the owner's now, else 0
-- Keys    :o  the owner (string, ends after ms)

local name, owner, ms = base .. ':o', ARGV[1], tonumber(ARGV[2])
local holder = redis.call('GET', name)
if holder and holder ~= owner then return 0 end
if ms > 0 then
  redis.call('SET', name, owner, 'PX', ms)
  return 1
end
redis.call('DEL', name)
return 0
