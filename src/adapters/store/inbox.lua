-- inbox: what waits in a held thread. Only reads.
--
-- Input   ARGV[1] thread   ARGV[2] token
-- Output  {seq, '<at>|<json>', ...}, empty where the token does not hold the thread

if holder(ARGV[1]) ~= ARGV[2] then return {} end
return waiting(ARGV[1])
