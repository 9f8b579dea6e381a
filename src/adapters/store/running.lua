-- running: mark a member of a group as running for a while, or as done, and count those that run.
--
-- Input   KEYS[1] '<app>:run:{<group>}'   ARGV[1] member   ARGV[2] ms, 0 for done
-- Output  how many run
-- Keys    :m members by when their mark ends (sorted set)

local members, ms = base .. ':m', tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', members, '-inf', now)
if ms > 0 then
  redis.call('ZADD', members, now + ms, ARGV[1])
  local last = redis.call('ZRANGE', members, -1, -1, 'WITHSCORES')
  redis.call('PEXPIREAT', members, last[2])
else
  redis.call('ZREM', members, ARGV[1])
end
return redis.call('ZCARD', members)
