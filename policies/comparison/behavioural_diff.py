"""The difference in behaviour of two versions, as a sum that can be put together from parts."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Any

from pydantic import Field

from domain.decision import Frozen, PolicyRef
from policies.comparison.differences import WORST_FIRST, Harm

WORST_KEPT = 100
Counts = dict[str, dict[str, dict[str, int]]]
"""What is counted, of which one, which number: `tier`, `strategic`, `changed`."""

COUNTED = (
    "What is counted, of which one, which number. `all`, `cases`: `total`, `changed`, `widened`, `forbidden` (routes that the version "
    "before would not have allowed), `unreadable` (records that could not be judged), and `errors` and `overruled` `_before` and `_after`; "
    "`tier`, `region`, `language`: `cases`, `changed`; `guard`: `before`, `after`, `fires_now`, `no_longer`; `field`, `harm`: `changed`; "
    "`sla`, `ack` and `resolve`: `tighter`, `slower`, and the seconds of each, `tighter_s`, `slower_s`; `mode`, such as `ai > human`: "
    "`cases`; `people`, `cases`: `to`, `from`; `pool`: `before`, `after`; `review`, `cases`: these and `added`, `removed`, `looser`."
)


class ChangedCase(Frozen):
    """A case that the two versions treat differently."""

    id: str
    harm: Harm
    tier_before: str
    tier_after: str
    rank: int = Field(description="Rank of the higher of the two tiers.")
    region: str
    language: str
    client_id: str
    at_stake: float
    ack_later_s: int = Field(description="Seconds by which the first word falls due later; negative is sooner.")
    resolve_later_s: int = Field(description="Seconds by which the end falls due later; negative is sooner.")
    differences: tuple[dict[str, Any], ...] = Field(description="Field, value before, value after.")
    fires_now: tuple[str, ...] = Field(description="Guards that fire now and did not before.")
    no_longer: tuple[str, ...] = Field(description="Guards that fired before and do not now.")

    @property
    def place(self) -> tuple[int, int, float, int, str]:
        """Where it stands among changed cases, the worst first."""
        return place(self.harm, self.rank, self.at_stake, max(self.ack_later_s, self.resolve_later_s), self.id)


def place(harm: Harm, rank: int, at_stake: float, later_s: int, case_id: str) -> tuple[int, int, float, int, str]:
    """Sorts the worst first: what may happen to the client, then who the client is, then how much later it is served."""
    return WORST_FIRST[harm], -rank, -at_stake, -later_s, case_id


class BehaviouralDiff(Frozen):
    """What changes, counted, and the worst of the changed cases."""

    before: PolicyRef
    after: PolicyRef
    counts: Counts = Field(description=COUNTED)
    worst: tuple[ChangedCase, ...] = Field(description=f"The worst changed cases, at most {WORST_KEPT}.")

    @property
    def cases(self) -> int:
        """How many cases were judged."""
        return self.count("all", "cases", "total")

    @property
    def judged(self) -> int:
        """How many cases were looked at, those whose records could not be read included."""
        return self.cases + self.count("all", "cases", "unreadable")

    @property
    def changed(self) -> int:
        """How many cases get another outcome."""
        return self.count("all", "cases", "changed")

    def count(self, what: str, name: str, number: str) -> int:
        """One number; 0 for what never happened."""
        return self.counts.get(what, {}).get(name, {}).get(number, 0)

    def plus(self, other: BehaviouralDiff) -> BehaviouralDiff:
        """The diff over the cases of both. Raises ValueError when they compare other versions."""
        if (self.before, self.after) != (other.before, other.after):
            raise ValueError("only diffs between the same two versions can be put together")
        worst = sorted((*self.worst, *other.worst), key=lambda case: case.place)[:WORST_KEPT]
        return BehaviouralDiff(before=self.before, after=self.after, counts=_summed(self.counts, other.counts), worst=tuple(worst))

    def plain(self) -> dict[str, Any]:
        """As JSON data; equal diffs are equal bytes."""
        return self.model_dump(mode="json")


def put_together(diffs: Iterable[BehaviouralDiff], nothing: BehaviouralDiff) -> BehaviouralDiff:
    """The sum of `diffs`; `nothing` is the diff over no case."""
    return reduce(BehaviouralDiff.plus, diffs, nothing)


def in_order(counts: Counts) -> Counts:
    """Sorted by name, so that the order of the cases leaves no trace."""
    return {what: {name: dict(sorted(counts[what][name].items())) for name in sorted(counts[what])} for what in sorted(counts)}


def _summed(one: Counts, other: Counts) -> Counts:
    total: Counts = {}
    for part in (one, other):
        for what, names in part.items():
            for name, numbers in names.items():
                into = total.setdefault(what, {}).setdefault(name, {})
                for number, count in numbers.items():
                    into[number] = into.get(number, 0) + count
    return in_order(total)
