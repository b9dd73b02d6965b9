-- Exchanges two databases and empties the second, all in one moment, if that holds no more and no
-- less than was looked at. ARGV: both numbers, the key that marks the copy, how many keys with it.
redis.call('SELECT', ARGV[2])
local there = redis.call('DBSIZE')
if redis.call('EXISTS', ARGV[3]) == 0 or there ~= tonumber(ARGV[4]) then
  return there
end
redis.call('DEL', ARGV[3])
redis.call('SWAPDB', ARGV[1], ARGV[2])
redis.call('FLUSHDB', 'ASYNC')
return 'exchanged'
