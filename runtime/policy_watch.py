"""Each worker follows the release: told by Postgres, and looking twice a second, it serves a change within two seconds.

What cannot be compiled here is never served here: the worker keeps its last good version, and says so where people look.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import structlog
from prometheus_client import Counter, Gauge

from desk.policy_journal import policy_happening
from domain.errors import PolicyInvalid, StoreUnavailable
from domain.events import Kind
from domain.policy_life import PolicyVersion, Release
from domain.ports import Clock
from domain.unit_of_work import Store
from policies.engine import CompiledPolicy
from policies.rollouts.release import LiveRelease
from policies.shelf import PolicyShelf
from runtime.policy_archive import Texts, compiled
from stores.policy_feed import PgPolicyFeed

log = structlog.get_logger("maitred.policies")

POLL_S = 0.5
TRY_AGAIN_S = 0.25
SERVED = Gauge("maitred_policy_version", "The version that a worker serves, 0 for none.", ("policy", "role"), multiprocess_mode="liveall")
REFUSED = Counter("maitred_policy_refused_total", "Versions that a worker could not use.", ("policy",))


@dataclass(frozen=True)
class Refusal:
    """A version that this process does not serve although the release says so."""

    version: PolicyVersion
    revision: int
    because: str


class PolicyWatch:
    """Keeps the shelf of one process as the release says."""

    def __init__(self, shelf: PolicyShelf, feed: PgPolicyFeed, texts: Texts, store: Store, clock: Clock) -> None:
        self._name = shelf.live.active.ref.name
        self._shelf = shelf
        self._feed = feed
        self._texts = texts
        self._store = store
        self._clock = clock
        self._follows = True
        self._refused: dict[str, Refusal] = {}
        self._untold: list[Refusal] = []

    async def follow(self) -> None:
        """Look once, then wait until there may be news. While the store is away, what is served stays as it is."""
        heard = self._feed.heard
        try:
            await self.look()
        except StoreUnavailable as error:
            if self._follows:
                log.warning("the policy store is away; the last good version decides", reason=error.message)
            self._follows = False
            await asyncio.sleep(TRY_AGAIN_S)
            return
        self._follows = True
        await self._feed.wait(POLL_S, heard)

    async def look(self) -> None:
        """Serve what the release says, as far as it can be had here. Raises StoreUnavailable."""
        release = await self._feed.release(self._name)
        known = self._shelf.release
        if release is not None and (known is None or release.revision != known.revision):
            await self._take(release)
        else:
            self._shelf.stand(await self._feed.standings(self._shelf.digests))
        while self._untold:
            await self._alarm(self._untold[0])
            self._untold.pop(0)

    async def close(self) -> None:
        """Stop listening."""
        await self._feed.close()

    def report(self) -> dict[str, Any]:
        """What this process serves and what it refused, for /readyz."""
        live, release = self._shelf.live, self._shelf.release
        candidate = {**_named(live.candidate), "stage": live.stage, "percent": live.percent} if live.candidate is not None else None
        refused = [{"version": one.version.version, "digest": one.version.digest, "because": one.because} for one in self._refused.values()]
        return {
            "name": self._name,
            "active": _named(live.active),
            "candidate": candidate,
            "release": release.revision if release else None,
            "refused": refused,
        }

    async def _take(self, release: Release) -> None:
        refused: dict[str, Refusal] = {}
        active = await self._had(release.active, release, refused)
        candidate = await self._had(release.candidate, release, refused) if release.candidate and release.started_at else None
        news = [one for digest, one in refused.items() if digest not in self._refused]
        live = LiveRelease.of(release, active, candidate) if active is not None else LiveRelease(self._shelf.live.active)
        standings = await self._feed.standings({*self._shelf.digests, release.active, release.candidate or ""})
        self._shelf.serve(live, release)
        self._shelf.stand(standings)
        self._refused = refused
        self._untold += news
        self._tell(release, news)

    async def _had(self, digest: str, release: Release, refused: dict[str, Refusal]) -> CompiledPolicy | None:
        if digest in self._shelf.digests:
            return self._shelf.pinned(digest)
        version = await self._texts.by_digest(digest)
        if version is None:
            log.error("a released version is not in the store", policy=release.name, digest=digest)
            return None
        try:
            return await compiled(version)
        except PolicyInvalid as error:
            reasons = " ".join(str(fault.get("reason", "")) for fault in error.faults[:3])
            refused[digest] = Refusal(version, release.revision, reasons or error.message)
            return None

    def _tell(self, release: Release, news: list[Refusal]) -> None:
        live = self._shelf.live
        SERVED.labels(release.name, "active").set(live.active.ref.version)
        SERVED.labels(release.name, "candidate").set(live.candidate.ref.version if live.candidate else 0)
        for one in news:
            REFUSED.labels(release.name).inc()
            log.error("policy version refused", policy=release.name, version=one.version.version, reason=one.because)
        candidate = live.candidate.ref.version if live.candidate else None
        log.info(
            "policy served",
            policy=release.name,
            version=live.active.ref.version,
            candidate=candidate,
            percent=live.percent,
            release=release.revision,
        )

    async def _alarm(self, refusal: Refusal) -> None:
        """Ledger and event, once however many workers refuse: their id is that of the version and the release."""
        facts = {"reason": refusal.because, "release": refusal.revision, "serves": self._shelf.live.active.digest}
        region, at = self._shelf.home_region, self._clock.now()
        happening = policy_happening(
            Kind.POLICY_REFUSED,
            refusal.version,
            refusal.revision,
            actor="maitred:worker",
            at=at,
            region=region,
            request_id="",
            facts=facts,
        )
        async with self._store.transaction() as tx:
            await tx.journal.write(happening)


def _named(policy: CompiledPolicy) -> dict[str, Any]:
    return {"version": policy.ref.version, "digest": policy.digest}
