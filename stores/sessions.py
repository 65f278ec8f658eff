"""Sessions in Redis: found by the hash of their cookie's secret, so that whoever reads Redis cannot use one."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from domain.account import Session, Visit
from stores.redis import Redis

PREFIX = "maitred:session:"
OF_PERSON = "maitred:sessions-of:"
TRIED = "maitred:sign-in-tried:"
ID_LENGTH = 32
SECRET_BYTES = 32
AGENT_KEPT = 200
LOCKED = "maitred:sign-in-locked:"
TRIED_FOR_S = 900
MOST_LOCKS = 20
"""Addresses that one e-mail is remembered to wait from: whoever guesses from very many is not to fill the ledger."""
SEEN_EVERY_S, SEEN_EVERY_PART = 30, 10
"""How exact `seen_at` is, at most that part of the idle time: a page that is read needs no write each time."""


class RedisSessions:
    """Sessions that end `idle_s` after they were last seen, and `longest_s` after they began."""

    def __init__(self, redis: Redis, *, idle_s: int, longest_s: int) -> None:
        self._redis = redis
        self._idle_s = idle_s
        self._longest = timedelta(seconds=longest_s)
        self._seen_every = timedelta(seconds=min(SEEN_EVERY_S, idle_s / SEEN_EVERY_PART))

    async def begin(self, person_id: str, visit: Visit, now: datetime) -> str:
        """A new session; returns the secret that its cookie carries."""
        secret = secrets.token_urlsafe(SECRET_BYTES)
        visit = visit.model_copy(update={"agent": visit.agent[:AGENT_KEPT]})
        session = Session(id=_id_of(secret), person_id=person_id, began_at=now, seen_at=now, visit=visit)
        await self._keep(session)
        await self._redis.call("SADD", OF_PERSON + person_id, session.id)
        await self._redis.call("EXPIRE", OF_PERSON + person_id, int(self._longest.total_seconds()))
        return secret

    async def find(self, secret: str, now: datetime, *, by_hand: bool = True) -> Session | None:
        """The live session behind a cookie, seen now; what a page asks by itself (not `by_hand`) keeps no session alive."""
        session = await self._read(_id_of(secret))
        if session is None or now - session.began_at > self._longest:
            return None
        if by_hand and now - session.seen_at >= self._seen_every:
            session = session.model_copy(update={"seen_at": now})
            await self._keep(session, only_if_there=True)
        return session

    async def of(self, person_id: str) -> list[Session]:
        """A person's live sessions, newest first."""
        ids: list[bytes] = await self._redis.call("SMEMBERS", OF_PERSON + person_id)
        found = [await self._read(one.decode()) for one in ids]
        return sorted((one for one in found if one is not None), key=lambda one: one.began_at, reverse=True)

    async def end(self, person_id: str, session_id: str) -> bool:
        """End one session; False when there is none. It is forgotten last, so that one whose end broke off is found again."""
        if not await self._redis.call("SISMEMBER", OF_PERSON + person_id, session_id):
            return False
        was_live = bool(await self._redis.call("DEL", PREFIX + session_id))
        await self._redis.call("SREM", OF_PERSON + person_id, session_id)
        return was_live

    async def end_all(self, person_id: str) -> int:
        """End every session of a person; returns how many."""
        return sum([await self.end(person_id, one.id) for one in await self.of(person_id)])

    async def attempt(self, who: str) -> int:
        """Count a try to sign in, before it is looked at; returns how many there were within a quarter of an hour."""
        key = TRIED + _id_of(who)
        count: int = await self._redis.call("INCR", key)
        await self._redis.call("EXPIRE", key, TRIED_FOR_S, "NX")
        return count

    async def forgive(self, who: str) -> None:
        """Forget somebody's tries."""
        await self._redis.call("DEL", TRIED + _id_of(who))

    async def lock(self, email: str, address: str, now: datetime) -> datetime | None:
        """Remember that an e-mail waits at an address (anywhere for an empty one); until when, None when that is known or very many do."""
        key, who = LOCKED + _id_of(email), f"{email} {address}" if address else email
        known: bytes | None = await self._redis.call("HGET", key, address)
        if int(await self._redis.call("HLEN", key)) >= MOST_LOCKS or (known and datetime.fromisoformat(known.decode()) > now):
            return None
        until = now + timedelta(seconds=max(int(await self._redis.call("TTL", TRIED + _id_of(who))), 1))
        await self._redis.call("HSET", key, address, until.isoformat())
        await self._redis.call("EXPIRE", key, TRIED_FOR_S)
        return until

    async def locks(self, email: str, now: datetime) -> dict[str, datetime]:
        """Addresses from which an e-mail waits, and until when."""
        raw: list[bytes] = await self._redis.call("HGETALL", LOCKED + _id_of(email))
        found = {address.decode(): datetime.fromisoformat(until.decode()) for address, until in zip(raw[::2], raw[1::2], strict=True)}
        return {address: until for address, until in found.items() if until > now}

    async def unlock(self, email: str) -> int:
        """Forget what made an e-mail wait; returns from how many addresses it waited."""
        raw: list[bytes] = await self._redis.call("HKEYS", LOCKED + _id_of(email))
        for address in raw:
            await self.forgive(f"{email} {address.decode()}")
        await self.forgive(email)
        await self._redis.call("DEL", LOCKED + _id_of(email))
        return len(raw)

    async def _read(self, session_id: str) -> Session | None:
        raw: bytes | None = await self._redis.call("GET", PREFIX + session_id)
        return Session.model_validate_json(raw) if raw else None

    async def _keep(self, session: Session, *, only_if_there: bool = False) -> None:
        """With `only_if_there`, a session that was ended meanwhile stays ended."""
        more: list[Any] = ["XX"] if only_if_there else []
        await self._redis.call("SET", PREFIX + session.id, session.model_dump_json(), "EX", self._idle_s, *more)


def _id_of(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()[:ID_LENGTH]
