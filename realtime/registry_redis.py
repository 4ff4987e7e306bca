"""The registry over all processes, in Redis.

Each process owns a hash of its users' counts and a place in a sorted set of beats. Only processes whose last beat is
recent count, so one that dies takes its sockets out of the sums by itself: nothing leaks and nothing has to be cleaned.
What a process wrote is rewritten on each beat, so that a Redis that lost its data is right again within five seconds.

Requests that wait are decided together, in one script, because a storm of connects would otherwise be one round trip
each; so are places that are given back. One of these, or a beat, is under way at a time, and only an admission adds:
everything else writes the counts as they are, so that no two of them can undo each other.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

from redis import asyncio as redis
from redis.exceptions import RedisError

from realtime.registry import DEAD_SECONDS, GRANTED, Counts, Quota, Request, Verdict, process_name
from realtime.registry_memory import MemoryRegistry

logger = logging.getLogger(__name__)

PREFIX = "presence:ws"
TROUBLE = (RedisError, OSError, RuntimeError)
"""uvloop raises ``RuntimeError`` when a connection is used that broke a moment before."""
MAX_BATCH = 200

ADMIT = """
-- KEYS: beats. ARGV: prefix, process, ordinary, per user, dead after (s), then endpoint, user, admin (0/1) in turn.
local now = tonumber(redis.call('TIME')[1])
redis.call('ZADD', KEYS[1], now, ARGV[2])
for _, dead in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[5]))) do
  redis.call('ZREM', KEYS[1], dead)
  redis.call('HDEL', ARGV[1] .. ':figures', dead)
end
local processes = redis.call('ZRANGE', KEYS[1], 0, -1)
local totals, verdicts = {}, {}
for i = 6, #ARGV, 3 do
  local endpoint, user, admin = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  if not totals[endpoint] then
    local sum = 0
    for _, p in ipairs(processes) do
      sum = sum + tonumber(redis.call('HGET', ARGV[1] .. ':' .. endpoint .. ':' .. p, '#') or '0')
    end
    totals[endpoint] = sum
  end
  local mine = 0
  for _, p in ipairs(processes) do
    mine = mine + tonumber(redis.call('HGET', ARGV[1] .. ':' .. endpoint .. ':' .. p, user) or '0')
  end
  local verdict = 'admitted'
  if mine >= tonumber(ARGV[4]) then verdict = 'user'
  elseif totals[endpoint] >= tonumber(ARGV[3]) then
    if admin == '1' then verdict = 'evict' else verdict = 'full' end
  end
  if verdict == 'admitted' or verdict == 'evict' then
    local key = ARGV[1] .. ':' .. endpoint .. ':' .. ARGV[2]
    redis.call('HINCRBY', key, user, 1)
    redis.call('HINCRBY', key, '#', 1)
    redis.call('EXPIRE', key, 60)
    totals[endpoint] = totals[endpoint] + 1
  end
  verdicts[#verdicts + 1] = verdict
end
return verdicts
"""


class RedisRegistry:
    """Counts in Redis; while that does not answer, the process's own counts decide."""

    def __init__(self, url: str, quota: Quota) -> None:
        self.process = process_name()
        self.counts = Counts()
        self._quota = quota
        self._redis = redis.Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3, decode_responses=True)
        self._script = self._redis.register_script(ADMIT)
        self._waiting: list[tuple[Request, asyncio.Future[Verdict]]] = []
        self._worker: asyncio.Task[None] | None = None
        self._given_back: dict[Request, None] = {}
        self._releaser: asyncio.Task[None] | None = None
        self._one_at_a_time = asyncio.Lock()
        self._closed = False
        self._answers = True

    async def admit(self, request: Request) -> Verdict:
        """Wait for the next batch to be decided."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Verdict] = loop.create_future()
        self._waiting.append((request, future))
        if self._worker is None:
            self._worker = loop.create_task(self._work())
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and future.result() in GRANTED:
                self.release(request)  # whoever asked was cancelled between the decision and hearing of it
            raise

    def release(self, request: Request) -> None:
        """Give a place back; Redis learns of it with the next batch or beat."""
        self.counts.give_back(request)
        self._given_back[request] = None
        if self._releaser is None and not self._closed:
            self._releaser = asyncio.get_running_loop().create_task(self._release())

    async def beat(self, figures: Callable[[], dict[str, Any]]) -> None:
        """Write this process's counts and figures anew."""
        async with self._one_at_a_time:
            await self._guard(self._beat(figures()))

    async def _beat(self, figures: dict[str, Any]) -> None:
        seconds, _ = await self._redis.time()
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.zadd(f"{PREFIX}:beats", {self.process: seconds})
            for endpoint, users in self.counts.by_endpoint.items():
                key = self._key(endpoint)
                pipe.delete(key)
                counts: dict[Any, Any] = {"#": sum(users.values()), **users}
                pipe.hset(key, mapping=counts)
                pipe.expire(key, 60)
            pipe.hset(f"{PREFIX}:figures", self.process, json.dumps(figures))
            await pipe.execute()

    async def all_figures(self) -> list[dict[str, Any]]:
        """Return what the other living processes wrote last."""
        try:
            seconds, _ = await self._redis.time()
            alive = set(await self._redis.zrangebyscore(f"{PREFIX}:beats", seconds - DEAD_SECONDS, "+inf"))
            written = await self._redis.hgetall(f"{PREFIX}:figures")
        except TROUBLE as error:
            self._tell(error)
            return []
        return [json.loads(text) for name, text in written.items() if name in alive and name != self.process]

    async def close(self) -> None:
        """Take this process out of the sums at once; what is given back later changes nothing any more."""
        self._closed = True
        async with self._one_at_a_time, self._redis.pipeline(transaction=True) as pipe:
            pipe.zrem(f"{PREFIX}:beats", self.process)
            pipe.hdel(f"{PREFIX}:figures", self.process)
            for endpoint in self.counts.by_endpoint:
                pipe.delete(self._key(endpoint))
            await self._guard(pipe.execute())
        await self._redis.aclose()

    def _key(self, endpoint: str) -> str:
        return f"{PREFIX}:{endpoint}:{self.process}"

    async def _work(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
                requests = [request for request, _ in batch]
                if not self._answers:  # a storm must not wait three seconds a batch; the next beat asks again
                    self._answer(batch, self._decide_alone(requests))
                    continue
                async with self._one_at_a_time:
                    self._answer(batch, await self._decide(requests))
        finally:
            self._worker = None

    def _answer(self, batch: list[tuple[Request, asyncio.Future[Verdict]]], verdicts: list[Verdict]) -> None:
        for (request, future), verdict in zip(batch, verdicts, strict=True):
            if verdict in GRANTED:
                self.counts.take(request)
                if future.done():  # whoever asked has gone meanwhile
                    self.release(request)
                    continue
            if not future.done():
                future.set_result(verdict)

    async def _decide(self, requests: list[Request]) -> list[Verdict]:
        if self._closed:
            return self._decide_alone(requests)
        arguments: list[str | int | float] = [
            PREFIX,
            self.process,
            self._quota.ordinary,
            self._quota.per_user,
            DEAD_SECONDS,
        ]
        for request in requests:
            arguments += [request.endpoint, request.user, int(request.is_admin)]
        try:
            found = await self._script(keys=[f"{PREFIX}:beats"], args=arguments)
        except TROUBLE as error:
            self._tell(error)
            return self._decide_alone(requests)
        self._tell(None)
        return [Verdict(text) for text in found]

    def _decide_alone(self, requests: list[Request]) -> list[Verdict]:
        alone = MemoryRegistry(self._quota)
        alone.counts = self.counts.copy()
        return [alone.admit_now(request) for request in requests]

    async def _release(self) -> None:
        try:
            while self._given_back and not self._closed:
                async with self._one_at_a_time:
                    if not self._closed:
                        await self._guard(self._write_given_back())
        finally:
            self._releaser = None

    async def _write_given_back(self) -> None:
        requests, self._given_back = list(self._given_back), {}
        async with self._redis.pipeline(transaction=True) as pipe:
            for request in requests:
                key, count = self._key(request.endpoint), self.counts.of_user(request.endpoint, request.user)
                if count:
                    pipe.hset(key, request.user, str(count))
                else:
                    pipe.hdel(key, request.user)
            for endpoint in {request.endpoint for request in requests}:
                pipe.hset(self._key(endpoint), "#", str(self.counts.total(endpoint)))
                pipe.expire(self._key(endpoint), 60)
            await pipe.execute()

    async def _guard(self, call: Any) -> None:
        try:
            await call
            self._tell(None)
        except TROUBLE as error:  # the next beat writes everything anew
            self._tell(error)

    def _tell(self, error: Exception | None) -> None:
        if error is not None and self._answers:
            logger.error("Connections can't be counted over all processes, Redis does not answer: %s", error)
        elif error is None and not self._answers:
            logger.info("Redis answers again; connections are counted over all processes.")
        self._answers = error is None
