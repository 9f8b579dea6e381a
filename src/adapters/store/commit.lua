-- commit: state, consumed inputs and timers in one write (I4), refused for a stale token (I3).
--
-- Input   ARGV[1] thread   ARGV[2] token   ARGV[3] nonce   ARGV[4] turn   ARGV[5] nonce ms
--         ARGV[6] 'keep', 'release' or 'handover'   ARGV[7] keep ms of the state
--         ARGV[8] 'set', 'delete' or 'leave'   ARGV[9] state
--         ARGV[10] JSON array of consumed seqs   ARGV[11] JSON array of message ts
--         ARGV[12] JSON array of timers: name, ms from now ('' clears), id, name, ...
--         ARGV[13] JSON array of inputs to set aside: seq, why, seq, ...   ARGV[14] how many are kept
--         ARGV[15] how long messages are kept (ms)
--         ARGV[16] JSON array of what was done, each as JSON
--         ARGV[17] how long that is kept (ms)   ARGV[18] how much of it
--         ARGV[19] JSON array of what today's books gain: field, by, field, by, ...   ARGV[20] how long they are kept (ms)
-- Output  {'stale'} | {'ok', 1 if released else 0, {seq, '<at>|<json>', ...}}
--
-- `turn` grows with each commit of a process. A commit that was given up and arrives after a later one of
-- the same lease is refused, whatever its nonce.

local thread, token, nonce, turn = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local after, keepMs, op, state = ARGV[6], ARGV[7], ARGV[8], ARGV[9]

local memory = key('n', thread .. '#' .. token)
local last = redis.call('GET', memory)
if last then
  local lastTurn, released, lastNonce = string.match(last, '^(%d+)|(%d)|(.*)$')
  if lastNonce == nonce then return { 'ok', tonumber(released), waiting(thread) } end
  if tonumber(lastTurn) > turn then return { 'stale' } end
end
if holder(thread) ~= token then return { 'stale' } end

-- '<seq>' -> {thread, '<at>|<json>', why}: seqs grow, so the oldest are those with the smallest.
local function park(entries)
  local shelf = base .. ':parked'
  for i = 1, #entries, 2 do
    local cell = redis.call('HGET', key('i', thread), entries[i])
    if cell then redis.call('HSET', shelf, entries[i], cjson.encode({ thread, cell, entries[i + 1] })) end
  end
  if #entries == 0 or redis.call('HLEN', shelf) <= tonumber(ARGV[14]) then return end
  local seqs = redis.call('HKEYS', shelf)
  table.sort(seqs, function(a, b) return tonumber(a) < tonumber(b) end)
  for i = 1, #seqs - tonumber(ARGV[14]) do redis.call('HDEL', shelf, seqs[i]) end
end

local function write()
  if op == 'set' then redis.call('SET', key('s', thread), state, 'PX', keepMs)
  elseif op == 'delete' then redis.call('DEL', key('s', thread))
  else redis.call('PEXPIRE', key('s', thread), keepMs) end
  redis.call('HDEL', base .. ':tries', thread)
  park(cjson.decode(ARGV[13]))
  local consumed = cjson.decode(ARGV[10])
  for _, seq in ipairs(consumed) do redis.call('HDEL', key('i', thread), seq) end
  local channel = string.match(thread, '^(.*):[^:]*$')
  for _, ts in ipairs(cjson.decode(ARGV[11])) do
    redis.call('SET', key('m', channel .. ':' .. ts), thread, 'PX', ARGV[15])
  end
end

-- In the same write as the doing of it, and so exactly as often.
local function note(entries)
  if #entries == 0 then return end
  local trail, kept = key('a', string.match(thread, '^[^:]*')), tonumber(ARGV[17])
  local oldest = string.format('%.0f', now - kept)
  for i, entry in ipairs(entries) do
    redis.call('XADD', trail, 'MINID', '~', oldest, '*', 'n', nonce .. '.' .. i, 'e', entry)
  end
  redis.call('XTRIM', trail, 'MAXLEN', '~', ARGV[18])
  redis.call('PEXPIRE', trail, kept)
end

-- Counted in the same write as well: a crash before it counts nothing, a repeat after it nothing again.
local function book(gains)
  if #gains == 0 then return end
  local day = string.format('%d', math.floor(now / 86400000))
  local books = key('b', string.match(thread, '^[^:]*') .. ':' .. day)
  for i = 1, #gains, 2 do redis.call('HINCRBY', books, gains[i], gains[i + 1]) end
  redis.call('PEXPIRE', books, ARGV[20])
end

local function arm()
  local timers = cjson.decode(ARGV[12])
  for i = 1, #timers, 3 do
    local slot = thread .. ' ' .. timers[i]
    if timers[i + 1] == '' then
      redis.call('ZREM', base .. ':due', slot)
      redis.call('HDEL', base .. ':timers', slot)
    else
      redis.call('ZADD', base .. ':due', now + tonumber(timers[i + 1]), slot)
      redis.call('HSET', base .. ':timers', slot, timers[i + 2])
    end
  end
end

local function conclude()
  if after == 'keep' then return 0 end
  if after == 'release' and redis.call('EXISTS', key('i', thread)) == 1 then return 0 end
  redis.call('ZREM', base .. ':leases', thread)
  redis.call('HDEL', base .. ':holders', thread)
  if after == 'handover' then
    redis.call('ZADD', base .. ':ready', 'NX', now, thread)
    publish('ready', thread)
  end
  return 1
end

write()
note(cjson.decode(ARGV[16]))
book(cjson.decode(ARGV[19]))
arm()
local released = conclude()
redis.call('SET', memory, string.format('%.0f', turn) .. '|' .. released .. '|' .. nonce, 'PX', ARGV[5])
return { 'ok', released, waiting(thread) }
