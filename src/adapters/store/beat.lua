-- beat: the moment up to which nothing that people wrote was missed.
--
-- Input   KEYS[1] '<app>:beat:{beat}'   ARGV[1] grace ms: only a moment that is no older is moved to now
--         ARGV[2] the moment to set whatever it was (ms), '' for none
-- Output  {now, the moment as it was before or '', how many beats there were, since when there are any}
-- Keys    :at  the moment, Unix ms (string)   :n  beats (string)   :since  the first one (string)

local name = base .. ':at'
local before = redis.call('GET', name)
local current = string.format('%.0f', now)
if ARGV[2] ~= '' then redis.call('SET', name, ARGV[2])
elseif before and now - tonumber(before) <= tonumber(ARGV[1]) then redis.call('SET', name, current) end
redis.call('SET', base .. ':since', time[1] .. '.' .. time[2], 'NX')
return { current, before or '', redis.call('INCR', base .. ':n'), redis.call('GET', base .. ':since') }
