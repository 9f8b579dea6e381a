-- note: remember that a person took part in a thread.
--
-- Input   KEYS[1] '<app>:user:{<team>:<user>}'   ARGV[1] thread   ARGV[2] when (ms)
--         ARGV[3] how long it is kept (ms)   ARGV[4] how many are kept
-- Output  1
-- Keys    :t threads by when (sorted set)

local threads, keepMs = base .. ':t', tonumber(ARGV[3])
redis.call('ZADD', threads, 'GT', ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', threads, '-inf', now - keepMs)
redis.call('ZREMRANGEBYRANK', threads, 0, -tonumber(ARGV[4]) - 1)
redis.call('PEXPIRE', threads, keepMs)
return 1
