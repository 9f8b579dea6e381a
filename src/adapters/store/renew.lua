-- renew: extend the leases that a process holds in one shard by their full time.
--
-- Input   ARGV[1] lease ms   ARGV[2...] thread, token, thread, token, ...
-- Output  {{threads that are not ours any more}, {held threads whose inbox is not empty}}

local lost, busy = {}, {}
for i = 2, #ARGV, 2 do
  local thread = ARGV[i]
  if holder(thread) ~= ARGV[i + 1] then
    lost[#lost + 1] = thread
  else
    redis.call('ZADD', base .. ':leases', now + tonumber(ARGV[1]), thread)
    if redis.call('EXISTS', key('i', thread)) == 1 then busy[#busy + 1] = thread end
  end
end
return { lost, busy }
