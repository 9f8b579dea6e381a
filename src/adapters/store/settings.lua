-- settings: what was set for a workspace and its channels, unless that is known already.
--
-- Input   KEYS[1] '<app>:settings:{<team>}'   ARGV[1] the version that is known, or ''
-- Output  {} where it is still that, else {version, place, '<version>|<json>', ...}
-- Keys    :last  version of the whole (string)   :l  channel, or '' for the workspace -> '<version>|<json>' (hash)

local version = redis.call('GET', base .. ':last') or '0'
if version == ARGV[1] then return {} end
local answer = redis.call('HGETALL', base .. ':l')
table.insert(answer, 1, version)
return answer
