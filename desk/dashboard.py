"""The dashboard: what the desk came to within a window of time, for everybody or for one tier and region."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from domain.access import ApiKey
from domain.facts import Mode
from domain.figures import CountedWork, DecisionCount, GuardCount, InboxDepth, PromiseCount, StageTime, VersionName, Volume, Waits, Window
from domain.policy_life import Release
from domain.ports import Clock
from domain.unit_of_work import Store

GUARDS_SHOWN = 10
TIMED = 20_000
"""Decisions and cases that times are told from: of more, one in so many is taken."""


class Span(StrEnum):
    """How far back a dashboard looks."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"


LENGTHS = {Span.DAY: timedelta(hours=24), Span.WEEK: timedelta(days=7), Span.MONTH: timedelta(days=30)}
PIECES = {Span.DAY: 24, Span.WEEK: 28, Span.MONTH: 30}
"""Into how many pieces a window is cut where something is told over time."""


@dataclass(frozen=True)
class Tally:
    """Decisions, added up."""

    decisions: int = 0
    proposed: int = 0
    overruled: int = 0
    degraded: int = 0
    escalated: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0
    unpriced: int = 0

    def share(self, count: int) -> float | None:
        """A part of all decisions; None without any."""
        return count / self.decisions if self.decisions else None

    @property
    def overrule_rate(self) -> float | None:
        """Of the decisions with a proposal, those that went elsewhere."""
        return self.overruled / self.proposed if self.proposed else None


@dataclass(frozen=True)
class VersionShare:
    """One version's part of the decisions."""

    digest: str
    named: VersionName | None
    tally: Tally


@dataclass(frozen=True)
class Trial:
    """A rollout that runs now, and what each of its versions came to within the window."""

    release: Release
    active: VersionShare
    candidate: VersionShare


@dataclass(frozen=True)
class Figures:
    """All that the dashboard shows."""

    window: Window
    tally: Tally
    modes: dict[str, int]
    promises: list[PromiseCount]
    waits: Waits
    waits_one_in: int
    """Waits are told from one in so many cases, ..."""
    stage_times: list[StageTime]
    stages_one_in: int
    """... and stage times from one in so many decisions."""
    versions: list[VersionShare]
    guards: list[GuardCount]
    trials: list[Trial]
    volume: list[Volume]
    inbox: InboxDepth

    @property
    def empty(self) -> bool:
        """Nothing came in and nothing was decided."""
        return not self.tally.decisions and not self.promises


@dataclass(frozen=True)
class Dashboard:
    """Counts, names and adds up."""

    work: CountedWork
    store: Store
    clock: Clock

    async def figures(self, span: Span, tier: str | None, region: str | None, key: ApiKey) -> Figures:
        """Everything at once; a key of one region counts that region alone."""
        now = self.clock.now()
        window = Window(since=now - LENGTHS[span], now=now, region=key.region or region, tier=tier)
        (counts, stages_one_in, stage_times, volume), (promises, waits_one_in, waits, guards, inbox) = await asyncio.gather(
            self._decided(window, PIECES[span]), self._promised(window)
        )
        digests = Counter[str]()
        for one in counts:
            digests[one.policy] += one.decisions
        names = {one.digest: one for one in await self.work.versions(list(digests))} if digests else {}
        versions = [VersionShare(digest, names.get(digest), _tally(counts, digest)) for digest, _ in digests.most_common()]
        modes = Counter[str]()
        for one in counts:
            modes[one.mode] += one.decisions
        return Figures(
            window=window,
            tally=_added(counts),
            modes=dict(modes),
            promises=promises,
            waits=waits,
            waits_one_in=waits_one_in,
            stage_times=stage_times,
            stages_one_in=stages_one_in,
            versions=versions,
            guards=guards,
            trials=await self._trials(counts, sorted({one.name for one in names.values()})),
            volume=volume,
            inbox=inbox,
        )

    async def _decided(self, window: Window, pieces: int) -> tuple[list[DecisionCount], int, list[StageTime], list[Volume]]:
        """One question after the other: two connections are enough for a page, cases need the rest."""
        counts = await self.work.decisions(window)
        one_in = _one_in(one.decisions for one in counts)
        return counts, one_in, await self.work.stage_times(window, one_in), await self.work.volume(window, pieces)

    async def _promised(self, window: Window) -> tuple[list[PromiseCount], int, Waits, list[GuardCount], InboxDepth]:
        promises = await self.work.promises(window)
        one_in = _one_in(one.cases for one in promises)
        waits, guards = await self.work.waits(window, one_in), await self.work.guards(window, GUARDS_SHOWN)
        return promises, one_in, waits, guards, await self.work.inbox(window)

    async def _trials(self, counts: list[DecisionCount], policies: list[str]) -> list[Trial]:
        """Rollouts of the policies that decided."""
        async with self.store.transaction() as tx:
            releases = [release for name in policies if (release := await tx.releases.get(name))]
        running = [(one, one.candidate) for one in releases if one.candidate and one.started_at]
        names = {one.digest: one for one in await self.work.versions([d for one, c in running for d in (one.active, c)])}

        def share(digest: str) -> VersionShare:
            return VersionShare(digest, names.get(digest), _tally(counts, digest))

        return [Trial(release, share(release.active), share(candidate)) for release, candidate in running]


def _one_in(counts: Iterable[int]) -> int:
    return max(1, sum(counts) // TIMED)


def _tally(counts: Iterable[DecisionCount], digest: str) -> Tally:
    return _added(one for one in counts if one.policy == digest)


def _added(counts: Iterable[DecisionCount]) -> Tally:
    found = list(counts)
    return Tally(
        decisions=sum(one.decisions for one in found),
        proposed=sum(one.proposed for one in found),
        overruled=sum(one.overruled for one in found),
        degraded=sum(one.degraded for one in found),
        escalated=sum(one.decisions for one in found if one.mode == Mode.HUMAN),
        prompt_tokens=sum(one.prompt_tokens for one in found),
        completion_tokens=sum(one.completion_tokens for one in found),
        cost_usd=sum(one.cost_usd for one in found),
        unpriced=sum(one.unpriced for one in found),
    )
