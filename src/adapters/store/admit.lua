-- admit: claim a delivery and put its content into the thread's inbox, in one write (I1).
--
-- Input   ARGV[1] thread   ARGV[2] input as JSON   ARGV[3] 'any' or 'followed'
--         ARGV[4] what an early reply is sorted by ('' for its arrival)
--         ARGV[5] '1' for a message, which takes up the replies remembered after its ts
--         ARGV[6] inbox cap   ARGV[7] claim ms   ARGV[8] early ms
--         ARGV[9] quota member ('' for none)   ARGV[10] its limit   ARGV[11] its window (ms)
--         ARGV[12...] claims
-- Output  {'duplicate'} | {'unfollowed'} | {'full'} | {'flooded'} | {'admitted', 1 if held else 0}

local thread, json, when, order = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local cap, claimMs, earlyMs = tonumber(ARGV[6]), ARGV[7], tonumber(ARGV[8])

local claims = {}
for i = 12, #ARGV do claims[#claims + 1] = ARGV[i] end

-- Claims are the thread's channel's own, as team and channel choose the shard but do not fill it.
local channel = string.match(thread, '^(.*):[^:]*$')
local function claimKey(claim) return key('c', channel .. ':' .. claim) end

local function known(names)
  for _, claim in ipairs(names) do
    if redis.call('EXISTS', claimKey(claim)) == 1 then return true end
  end
  return false
end

local function take(names, content)
  for _, claim in ipairs(names) do redis.call('SET', claimKey(claim), '', 'PX', claimMs) end
  put(thread, content)
end

local function byOrder(a, b) return a[1] < b[1] end

-- Only what comes after a start is taken up, so where it is full the earlier half goes.
local function makeRoom(early)
  local entries = {}
  local flat = redis.call('HGETALL', early)
  for i = 1, #flat, 2 do entries[#entries + 1] = { cjson.decode(flat[i + 1])[1], flat[i] } end
  table.sort(entries, byOrder)
  for i = 1, math.ceil(#entries / 2) do redis.call('HDEL', early, entries[i][2]) end
end

local function remember()
  local early = key('e', thread)
  if redis.call('HLEN', early) >= cap then makeRoom(early) end
  -- A click has no ts: the store's clock stands in, in the same form and width, so that both compare as text.
  if order == '' then order = string.format('%d.%06d', tonumber(time[1]), tonumber(time[2])) end
  local entry = { order, string.format('%.0f', now + earlyMs), json }
  for _, claim in ipairs(claims) do entry[#entry + 1] = claim end
  redis.call('HSET', early, claims[1] or number(), cjson.encode(entry))
  redis.call('PEXPIRE', early, earlyMs)
end

-- What came before the start was said to people, and is read as the thread's history: it is let go.
local function takeEarly()
  local early = key('e', thread)
  local entries = redis.call('HVALS', early)
  if #entries == 0 then return end
  redis.call('DEL', early)
  for i, entry in ipairs(entries) do entries[i] = cjson.decode(entry) end
  table.sort(entries, byOrder)
  for _, entry in ipairs(entries) do
    local names = { unpack(entry, 4) }
    if entry[1] > order and tonumber(entry[2]) > now and not known(names) then take(names, entry[3]) end
  end
end

if known(claims) then return { 'duplicate' } end
local count = redis.call('HLEN', key('i', thread))
if when == 'followed' and count == 0 and redis.call('EXISTS', key('s', thread)) == 0 then
  remember()
  return { 'unfollowed' }
end
if count >= cap then return { 'full' } end
if ARGV[9] ~= '' then
  local used = redis.call('INCR', key('q', ARGV[9]))
  if used == 1 then redis.call('PEXPIRE', key('q', ARGV[9]), ARGV[11]) end
  if used > tonumber(ARGV[10]) then return { 'flooded' } end
end
take(claims, json)
if ARGV[5] == '1' then takeEarly() end
return { 'admitted', call(thread) }
