"""Lua of the checkpoint saver. Each runs whole or not at all, and each write compares the fencing token inside itself.

One hash per namespace of a thread: `c:<id>` the checkpoint without its values, `m:<id>` the blob fields it uses (one a line),
`b:<channel>\\x1f<version>` one value, `latest` the newest id. Pending writes lie in a hash of their own per checkpoint.
"""

from __future__ import annotations

from stores.redis import Script

FENCED = "FENCED"

_FENCE = f"""
if ARGV[1] ~= '' and redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return redis.error_reply('{FENCED} this writer no longer holds the lease')
end
"""

PUT = Script(
    _FENCE
    + """
for i = 5, #ARGV, 1000 do redis.call('HSET', KEYS[1], unpack(ARGV, i, math.min(i + 999, #ARGV))) end
local latest = redis.call('HGET', KEYS[1], 'latest')
if not latest or latest < ARGV[4] then redis.call('HSET', KEYS[1], 'latest', ARGV[4]) end
redis.call('SADD', KEYS[3], ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('EXPIRE', KEYS[3], ARGV[2])
return 1
"""
)

PUT_WRITES = Script(
    _FENCE
    + """
local put = 'HSET'
if ARGV[3] == 'once' then put = 'HSETNX' end
for i = 4, #ARGV, 2 do redis.call(put, KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
"""
)

GET = Script("""
local id = ARGV[1]
if id == '' then
  id = redis.call('HGET', KEYS[1], 'latest')
  if not id then return false end
end
local head = redis.call('HMGET', KEYS[1], 'c:' .. id, 'm:' .. id)
if not head[1] then return false end
local names, values = {}, {}
for name in string.gmatch(head[2], '[^\\n]+') do
  names[#names + 1] = name
  values[#values + 1] = redis.call('HGET', KEYS[1], name)
end
return {id, head[1], names, values, redis.call('HGETALL', KEYS[1] .. ':w:' .. id)}
""")

IDS = Script("""
local ids = {}
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, 2) == 'c:' then ids[#ids + 1] = string.sub(field, 3) end
end
return ids
""")

DROP = Script("""
for i = 1, #ARGV do
  redis.call('HDEL', KEYS[1], 'c:' .. ARGV[i], 'm:' .. ARGV[i])
  redis.call('DEL', KEYS[1] .. ':w:' .. ARGV[i])
end
local used, newest = {}, ''
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, 2) == 'c:' then
    local id = string.sub(field, 3)
    if id > newest then newest = id end
    for name in string.gmatch(redis.call('HGET', KEYS[1], 'm:' .. id) or '', '[^\\n]+') do used[name] = true end
  end
end
if newest == '' then
  redis.call('DEL', KEYS[1])
  return 0
end
redis.call('HSET', KEYS[1], 'latest', newest)
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, 2) == 'b:' and not used[field] then redis.call('HDEL', KEYS[1], field) end
end
return 1
""")

DELETE = Script("""
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, 2) == 'c:' then redis.call('DEL', KEYS[1] .. ':w:' .. string.sub(field, 3)) end
end
redis.call('DEL', KEYS[1])
redis.call('SREM', KEYS[2], ARGV[1])
return redis.call('SMEMBERS', KEYS[2])
""")
