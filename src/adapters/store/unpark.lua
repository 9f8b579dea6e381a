-- unpark: take a parked input away, and put it into its thread's inbox again where that is wanted.
--
-- Input   ARGV[1] seq   ARGV[2] 'resume' or 'drop'
-- Output  1 where it was there, else 0

local shelf = base .. ':parked'
local entry = redis.call('HGET', shelf, ARGV[1])
if not entry then return 0 end
redis.call('HDEL', shelf, ARGV[1])
if ARGV[2] == 'resume' then
  local parked = cjson.decode(entry)
  put(parked[1], string.match(parked[2], '^%d+|(.*)$'))
  call(parked[1])
end
return 1
