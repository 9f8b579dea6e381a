-- share: what this process has at work, told to the others, and what they have.
--
-- Input   KEYS[1] '<app>:load:{load}'   ARGV[1] process   ARGV[2] its load as JSON   ARGV[3] for how long (ms)
-- Output  {load as JSON, ...} of every other process
-- Keys    :p process -> '<until>|<json>' (hash)

local loads, others = base .. ':p', {}
redis.call('HSET', loads, ARGV[1], string.format('%.0f', now + tonumber(ARGV[3])) .. '|' .. ARGV[2])
redis.call('PEXPIRE', loads, ARGV[3])
local flat = redis.call('HGETALL', loads)
for i = 1, #flat, 2 do
  local untilMs, json = string.match(flat[i + 1], '^(%d+)|(.*)$')
  if tonumber(untilMs) <= now then redis.call('HDEL', loads, flat[i])
  elseif flat[i] ~= ARGV[1] then others[#others + 1] = json end
end
return others
