-- tune: one layer of settings, where nobody has changed it since it was read.
--
-- Input   KEYS[1] '<app>:settings:{<team>}'   ARGV[1] channel, or '' for the workspace
--         ARGV[2] the version it was read with   ARGV[3] the layer as JSON
-- Output  {'ok', version} or {'stale', '<version>|<json>' or ''}
-- Keys    as of settings

local layers, place = base .. ':l', ARGV[1]
local cell = redis.call('HGET', layers, place) or ''
if (string.match(cell, '^(%d+)|') or '0') ~= ARGV[2] then return {'stale', cell} end
local version = number()
redis.call('HSET', layers, place, version .. '|' .. ARGV[3])
return {'ok', version}
