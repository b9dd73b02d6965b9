-- Copies every key of this database to another server: ARGV is its host, port, database, user and
-- password. Whatever is there under the same name is replaced.
local to = {'MIGRATE', ARGV[1], ARGV[2], '', ARGV[3], 60000, 'COPY', 'REPLACE'}
if ARGV[4] ~= '' then
  to[#to + 1] = 'AUTH2'
  to[#to + 1] = ARGV[4]
  to[#to + 1] = ARGV[5]
elseif ARGV[5] ~= '' then
  to[#to + 1] = 'AUTH'
  to[#to + 1] = ARGV[5]
end
to[#to + 1] = 'KEYS'
local cursor, copied = '0', 0
repeat
  local page = redis.call('SCAN', cursor, 'COUNT', 200)
  cursor = page[1]
  if #page[2] > 0 then
    local call = {unpack(to)}
    for _, key in ipairs(page[2]) do
      call[#call + 1] = key
    end
    redis.call(unpack(call))
    copied = copied + #page[2]
  end
until cursor == '0'
return copied
