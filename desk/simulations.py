"""Two versions of a policy side by side: what differs in their texts, and what they do differently over cases. Nothing has an effect."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from desk.cases import stamp
from domain.access import ApiKey
from domain.errors import InvalidInput, NotFound, TooBusy
from domain.examination import Examination, Examiner
from domain.facts import Region
from domain.policy_life import PolicyVersion
from domain.policy_views import PolicyViews
from domain.simulation import (
    Progress,
    RecordedDecisions,
    RecordedPage,
    Replayer,
    SampleStream,
    Simulated,
    Source,
    Span,
    VersionText,
    untold,
)
from policies.comparison.behaviour import recorded_tests
from policies.comparison.recorded import record_of_case
from policies.comparison.structural_diff import structural_changes, text_diff
from policies.engine import CompiledPolicy, compile_policy

PAGE = 250
INSTANT = timedelta(microseconds=1)
"""Decisions of the moment where a simulation stopped are judged once more by who goes on: better twice than never."""
WITHIN_S = 25.0
"""How long one simulation may take; what was judged by then is the answer."""
PROVED_WITHIN_S = 30.0
"""How long a diff waits for the prover, which goes on meanwhile: who asks again gets its answer."""


@dataclass(frozen=True)
class Question:
    """What to compare a version with, and over what."""

    against: int | None = None
    source: Source = Source.RECORDED
    limit: int = 1_000
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Cases:
    """What is to be judged."""

    pages: AsyncIterator[RecordedPage]
    total: int


@dataclass(frozen=True)
class Simulations:
    """Diffs and simulations of the versions of a policy. Each raises NotFound for what the key does not see."""

    views: PolicyViews
    recorded: RecordedDecisions
    sample: SampleStream
    replayer: Replayer
    examiner: Examiner
    region: Region
    within_s: float = WITHIN_S
    proved_within_s: float = PROVED_WITHIN_S

    async def diff(self, name: str, one: int, other: int, key: ApiKey, *, widenings: bool = False) -> dict[str, Any]:
        """What changed from one version to another: as text, part by part, and, when asked for, where more is allowed. Raises TooBusy."""
        before, after = await self._version(name, one, key), await self._version(name, other, key)
        found = await asyncio.to_thread(_differences, before, after)
        if widenings:
            examined = await self._examined(after, before)
            found["widenings"] = [remark.model_dump(mode="json") for remark in examined.widenings]
            # A text that fails its tests says nothing safe, whatever was proved of it.
            found["unproved"] = [remark.model_dump(mode="json") for remark in (*examined.unproved, *examined.faults)]
        return {"policy": name, "before": _ref(before), "after": _ref(after), **found}

    async def simulate(self, name: str, number: int, asked: Question, key: ApiKey, progress: Progress = untold) -> dict[str, Any]:
        """What a version would do otherwise than another (the active one). Raises InvalidInput when none is, TooBusy while others run.

        What ended early says under `go_on_before` before which moment the decisions lie that were not judged.
        """
        after = await self._version(name, number, key)
        before = await self._version(name, asked.against, key) if asked.against is not None else await self._active(name)
        cases = await self._cases(before, after, asked, key)
        came: Simulated = await self.replayer.replay(_text(before), _text(after), cases.pages, cases.total, self.within_s, progress)
        diff = came.diff
        return {
            "policy": name,
            "before": _ref(before),
            "after": _ref(after),
            "source": asked.source,
            "cases": came.cases,
            "total": came.total,
            "complete": came.complete,
            "go_on_before": stamp(came.last[0] + INSTANT) if came.last and not came.complete else None,
            "changed": diff["counts"].get("all", {}).get("cases", {}).get("changed", 0),
            "counts": diff["counts"],
            "worst": diff["worst"],
        }

    async def cases_behind(self, simulated: dict[str, Any]) -> dict[str, str]:
        """The cases of the decisions that a simulation lists, by the decision."""
        if simulated["source"] != Source.RECORDED:
            return {}
        return await self.recorded.cases([one["id"] for one in simulated["worst"]])

    async def _examined(self, after: PolicyVersion, before: PolicyVersion) -> Examination:
        try:
            async with asyncio.timeout(self.proved_within_s):
                return await self.examiner.examine(after.text, before.text)
        except TimeoutError as error:
            raise TooBusy("The prover is still at work; ask again for its answer.", retry_after_s=10, limit=1) from error

    async def _cases(self, before: PolicyVersion, after: PolicyVersion, asked: Question, key: ApiKey) -> Cases:
        if asked.source is Source.RECORDED:
            span = Span(since=asked.since, until=asked.until, limit=asked.limit, region=key.region, client_id=key.client_id)
            return Cases(self._recorded(span), await self.recorded.count(span))
        if asked.source is Source.SAMPLE:
            pages = await self.sample.pages(asked.limit)
        else:
            pages = await asyncio.to_thread(_tests, before, after, asked.limit)
        return Cases(_each(pages), sum(len(page.rows) for page in pages))

    async def _recorded(self, span: Span) -> AsyncIterator[RecordedPage]:
        after, left = None, span.limit
        while left > 0:
            page = await self.recorded.page(span, after, min(PAGE, left))
            if page.last is None:
                return
            yield page
            after, left = page.last, left - len(page.rows)

    async def _version(self, name: str, number: int, key: ApiKey) -> PolicyVersion:
        found = await self.views.version(name, number) if key.sees(self.region, None) else None
        if found is None:
            raise NotFound(f"There is no version {number} of policy {name}.")
        return found[0]

    async def _active(self, name: str) -> PolicyVersion:
        active = await self.views.active(name)
        if active is None:
            raise InvalidInput(f"No version of {name} is active: say which one to compare with.", [("/against", "is needed here")])
        return active


def _differences(before: PolicyVersion, after: PolicyVersion) -> dict[str, Any]:
    was, now = _compiled(before), _compiled(after)
    changes = [change.model_dump(mode="json") for change in structural_changes(was, now)]
    return {
        "identical": before.digest == after.digest,
        "text": text_diff(was, now),
        "structure": changes,
        "widenings": None,
        "unproved": None,
    }


def _tests(before: PolicyVersion, after: PolicyVersion, limit: int) -> list[RecordedPage]:
    """The tests of both versions; of two with one name, the later version's."""
    cases = {case.id: case for version in (before, after) for case in recorded_tests(_compiled(version))}
    rows = [(case.id, record_of_case(case)) for case in list(cases.values())[:limit]]
    return [RecordedPage(rows[first : first + PAGE]) for first in range(0, len(rows), PAGE)]


async def _each(pages: list[RecordedPage]) -> AsyncIterator[RecordedPage]:
    for page in pages:
        yield page


def _compiled(version: PolicyVersion) -> CompiledPolicy:
    return compile_policy(version.text, version=version.version, stage=version.stage)


def _text(version: PolicyVersion) -> VersionText:
    return VersionText(name=version.name, version=version.version, digest=version.digest, text=version.text, stage=version.stage)


def _ref(version: PolicyVersion) -> dict[str, Any]:
    return {"name": version.name, "version": version.version, "digest": version.digest, "stage": version.stage}
