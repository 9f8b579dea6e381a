-- audit: an entry at the end of a workspace's audit; what is too old goes.
--
-- Input   KEYS[1] '<app>:audit:{<team>}'   ARGV[1] nonce   ARGV[2] the entry as JSON   ARGV[3] how long it is kept (ms)
-- Output  1
-- Keys    :e  entries (stream of 'n' nonce and 'e' JSON)

local entries, keepMs = base .. ':e', tonumber(ARGV[3])
redis.call('XADD', entries, 'MINID', '~', string.format('%.0f', now - keepMs), '*', 'n', ARGV[1], 'e', ARGV[2])
redis.call('PEXPIRE', entries, keepMs)
return 1
