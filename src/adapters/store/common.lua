-- common: stands in front of every other script. Not a script of its own.
--
-- Input   KEYS[1]  what every key of the script begins with, and whose braces name their slot:
--                  a shard, '<app>:{sNN}', or what the script's own header says
-- Output  names for the scripts below it: base, now, key, number, holder, put, call, ended, waiting
--
-- Keys of a shard (<thread> is 'T:C:ts'):
--   :c:<claim>           a delivery that was taken                       string, ends after a day
--   :i:<thread>          inbox: seq -> '<at>|<json>'                     hash
--   :e:<thread>          early replies: claim -> [order, until, json, claims...]   hash, ends after a minute
--   :s:<thread>          state                                           string, ends after keepMs
--   :m:<team>:<channel>:<ts>  bot message -> its thread                  string, ends after an hour
--   :n:<thread>#<token>  last commit of a lease: '<turn>|<released>|<nonce>'   string, ends after a minute
--   :leases              thread by the end of its lease                  sorted set
--   :holders             thread -> '<process>#<fence>'                   hash
--   :ready               threads with something to do and no holder      sorted set by when
--   :due                 '<thread> <timer>' by when                      sorted set
--   :timers              '<thread> <timer>' -> id of the arming          hash
--   :last                the last number given out                       string
--   :q:<member>          how much of a quota is used up                   string, ends with its window
--   :tries               thread -> acquired without a commit: '<tries>|<at>|<process>'   hash
--   :parked              seq -> [thread, '<at>|<json>', why]              hash
--   :a:<team>            what was done in threads: 'n' nonce, 'e' JSON     stream, ends after a year
--   :b:<team>:<day>      what a day cost, and by how much its limits were raised, millionths of a dollar   hash, ends after 3 days
--   :filled              stands where everything that could be found is in   string

local base = KEYS[1]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local function key(kind, name)
  return base .. ':' .. kind .. ':' .. name
end

-- Grows, and never below the clock's microseconds: a server that lost its last writes, or all of them,
-- does not give a fence or a seq out twice. Below 2^53, so Lua and JavaScript keep it whole.
local function number()
  local last = tonumber(redis.call('GET', base .. ':last') or '0')
  local next = math.max(last + 1, tonumber(time[1]) * 1000000 + tonumber(time[2]))
  local text = string.format('%.0f', next)
  redis.call('SET', base .. ':last', text)
  return text
end

-- The token that holds a thread now, or nil.
local function holder(thread)
  local ends = redis.call('ZSCORE', base .. ':leases', thread)
  if ends and tonumber(ends) > now then
    return redis.call('HGET', base .. ':holders', thread)
  end
  return nil
end

local function put(thread, json)
  redis.call('HSET', key('i', thread), number(), string.format('%.0f', now) .. '|' .. json)
end

local function waiting(thread)
  return redis.call('HGETALL', key('i', thread))
end

-- Publishes to '<app>:wake:<process>' or '<app>:ready'.
local function publish(channel, thread)
  redis.call('PUBLISH', string.match(base, '^(.*):{') .. ':' .. channel, thread)
end

-- Wakes who holds the thread, else marks it as ready. Answers 1 where somebody holds it.
local function call(thread)
  local token = holder(thread)
  if token then
    publish('wake:' .. string.match(token, '^(.*)#'), thread)
    return 1
  end
  redis.call('ZADD', base .. ':ready', 'NX', now, thread)
  return 0
end
