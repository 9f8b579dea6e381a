-- fill: the mark that a shard holds everything that could be found; a server that came back empty has none.
--
-- Input   ARGV[1] '1' to set it, '' to ask
-- Output  1 where it stands now, else 0
-- Keys    :filled  the mark

if ARGV[1] == '1' then redis.call('SET', base .. ':filled', '1') end
return redis.call('EXISTS', base .. ':filled')
