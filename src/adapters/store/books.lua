-- books: what today's books of one shard say.
--
-- Input   ARGV[1] workspace   ARGV[2..] fields
-- Output  {day since the epoch, value or false, ...}

local day = string.format('%d', math.floor(now / 86400000))
local values = redis.call('HMGET', key('b', ARGV[1] .. ':' .. day), unpack(ARGV, 2))
table.insert(values, 1, day)
return values
