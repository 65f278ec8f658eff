"""Counts what two versions of a policy do differently, verdict by verdict."""

from __future__ import annotations

from bisect import insort

from domain.decision import Verdict
from domain.facts import Facts, Mode
from policies.comparison.behavioural_diff import WORST_KEPT, BehaviouralDiff, ChangedCase, Counts, in_order, place
from policies.comparison.differences import (
    Harm,
    changed_fields,
    differences,
    forbidden,
    harm_of,
    looser_review,
    same_outcome,
    slower_s,
    widened,
)
from policies.comparison.recorded import RecordedCase
from policies.engine import CompiledPolicy


class Tally:
    """Counts as verdicts come in."""

    def __init__(self, before: CompiledPolicy, after: CompiledPolicy) -> None:
        self._before, self._after = before, after
        self._top = max(tier.rank for tier in before.tiers), max(tier.rank for tier in after.tiers)
        self._counts: dict[tuple[str, str, str], int] = {}
        self._worst: list[tuple[tuple[int, int, float, int, str], ChangedCase]] = []

    def judge(self, case: RecordedCase) -> None:
        """Judge a case by both versions."""
        facts, proposal = case.facts, case.proposal
        self.add(case.id, facts, self._before.evaluate(facts, proposal), self._after.evaluate(facts, proposal))

    def skip(self) -> None:
        """Count a case whose record holds nothing that could be judged."""
        self._plus("all", "cases", "unreadable")

    def strategic(self, before: Verdict, after: Verdict) -> bool:
        """Whether the case is in the highest tier of either version."""
        return before.tier.rank >= self._top[0] or after.tier.rank >= self._top[1]

    def add(self, case_id: str, facts: Facts, before: Verdict, after: Verdict) -> None:
        """Count one case."""
        same = same_outcome(before, after)
        wider = before.envelope != after.envelope and widened(before, after)
        self._count_case(facts, before, after, same, wider)
        self._count_guards(before, after)
        self._count_work(before, after)
        if same and not wider:
            return
        harm = harm_of(before, after, strategic=self.strategic(before, after))
        self._plus("harm", harm, "changed")
        later = slower_s(before, after)
        if not same:
            for field in changed_fields(before, after):
                self._plus("field", field, "changed")
            for promise, seconds in zip(("ack", "resolve"), later, strict=True):
                if seconds:
                    way = "slower" if seconds > 0 else "tighter"
                    self._plus("sla", promise, way)
                    self._plus("sla", promise, f"{way}_s", abs(seconds))
        self._list(case_id, facts, before, after, harm, later)

    def diff(self) -> BehaviouralDiff:
        """All that was counted."""
        counts: Counts = {}
        for (what, name, number), count in self._counts.items():
            counts.setdefault(what, {}).setdefault(name, {})[number] = count
        worst = tuple(case for _, case in self._worst)
        return BehaviouralDiff(before=self._before.ref, after=self._after.ref, counts=in_order(counts), worst=worst)

    def _plus(self, what: str, name: str, number: str, count: int = 1) -> None:
        key = (what, name, number)
        self._counts[key] = self._counts.get(key, 0) + count

    def _count_case(self, facts: Facts, before: Verdict, after: Verdict, same: bool, wider: bool) -> None:
        groups = (("tier", before.tier.id), ("region", facts.client.region.value), ("language", facts.message.language))
        self._plus("all", "cases", "total")
        for what, name in groups:
            self._plus(what, name, "cases")
        if not same:
            self._plus("all", "cases", "changed")
            for what, name in groups:
                self._plus(what, name, "changed")
        for told, number in (
            (wider, "widened"),
            (not same and forbidden(before, after), "forbidden"),
            (bool(before.errors), "errors_before"),
            (bool(after.errors), "errors_after"),
            (before.overruled, "overruled_before"),
            (after.overruled, "overruled_after"),
        ):
            if told:
                self._plus("all", "cases", number)

    def _count_guards(self, before: Verdict, after: Verdict) -> None:
        was, now = [guard.id for guard in before.guards], [guard.id for guard in after.guards]
        for guard in was:
            self._plus("guard", guard, "before")
        for guard in now:
            self._plus("guard", guard, "after")
        if was != now:
            for guard in set(now) - set(was):
                self._plus("guard", guard, "fires_now")
            for guard in set(was) - set(now):
                self._plus("guard", guard, "no_longer")

    def _count_work(self, before: Verdict, after: Verdict) -> None:
        """A case is work for a pool when a person of it answers, alone or with a draft."""
        for verdict, when in ((before, "before"), (after, "after")):
            if verdict.route.mode is not Mode.AI:
                self._plus("pool", verdict.route.pool, when)
            if verdict.review is not None:
                self._plus("review", "cases", when)
        if before.route.mode is not after.route.mode:
            self._plus("mode", f"{before.route.mode} > {after.route.mode}", "cases")
            if Mode.AI in (before.route.mode, after.route.mode):
                self._plus("people", "cases", "to" if before.route.mode is Mode.AI else "from")
        if (before.review is None) is not (after.review is None):
            self._plus("review", "cases", "added" if before.review is None else "removed")
        elif looser_review(before, after):
            self._plus("review", "cases", "looser")

    def _list(self, case_id: str, facts: Facts, before: Verdict, after: Verdict, harm: Harm, later: tuple[int, int]) -> None:
        """Only what gets a place on the list is written out."""
        rank = max(before.tier.rank, after.tier.rank)
        where = place(harm, rank, facts.value.at_stake, max(later), case_id)
        if len(self._worst) >= WORST_KEPT and where >= self._worst[-1][0]:
            return
        was, now = [guard.id for guard in before.guards], [guard.id for guard in after.guards]
        case = ChangedCase(
            id=case_id,
            harm=harm,
            tier_before=before.tier.id,
            tier_after=after.tier.id,
            rank=rank,
            region=facts.client.region.value,
            language=facts.message.language,
            client_id=facts.client.id,
            at_stake=facts.value.at_stake,
            ack_later_s=later[0],
            resolve_later_s=later[1],
            differences=tuple(differences(before, after)),
            fires_now=tuple(guard for guard in now if guard not in was),
            no_longer=tuple(guard for guard in was if guard not in now),
        )
        insort(self._worst, (where, case), key=lambda placed: placed[0])
        del self._worst[WORST_KEPT:]
