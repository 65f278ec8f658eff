"""Drift: what comes in, what is proposed, how often people change it and how far confidence can be believed, then and now."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from pydantic import Field

from domain.decision import Frozen
from domain.eval_window import WindowSample
from evals.production.distributions import Apart, numbers_apart, shares_apart, statistic_apart, words_apart
from evals.statistics.calibration import calibration_error
from evals.statistics.chances import LEVEL, holm
from evals.statistics.intervals import Floats, share_figure
from policies.rollouts.proportions import NORMAL

LEAST_CASES, LEAST_CLIENTS, LEAST_RULED = 200, 20, 100
INDEX_MATTERS, INDEX_LARGE = 0.1, 0.25
"""Of the population stability index, as it is used since Siddiqi (Credit Risk Scorecards, 2006): moved, and moved a lot."""
SHARE_MATTERS, ERROR_MATTERS = 0.03, 0.05
FEW_BINS = 5
INPUTS = frozenset(
    (
        "language",
        "channel",
        "intent",
        "tier",
        "severity",
        "signals",
        "sender",
        "value score",
        "at stake",
        "urgency",
        "sentiment",
        "knowledge score",
    )
)


class Finding(Frozen):
    """One feature in both windows."""

    feature: str
    about: str = Field(description="inputs, proposals, overruling or calibration.")
    measure: str = Field(description="What `apart` is: the population stability index, or a difference.")
    apart: float
    chance: float | None = Field(
        description="If nothing had changed, corrected for all that was asked at once; None when it was not tested."
    )
    drifted: bool = False
    says: str = Field(description="What changed, in a sentence.")

    @property
    def size(self) -> float:
        """How large it is, as a multiple of what matters."""
        return abs(self.apart) / {"index": INDEX_MATTERS, "share": SHARE_MATTERS}.get(self.measure, ERROR_MATTERS)


class DriftReport(Frozen):
    """Everything that was compared, worst first."""

    cases_before: int
    cases_after: int
    clients_before: int
    clients_after: int
    findings: tuple[Finding, ...]
    untested: tuple[str, ...] = Field(description="What could not be tested, with the number that it needs.")
    smallest: float = Field(description="The smallest change of a share of 10 % that so many cases would show four times of five.")

    @property
    def drifted(self) -> tuple[Finding, ...]:
        """What has drifted."""
        return tuple(one for one in self.findings if one.drifted)


def drift(before: WindowSample, after: WindowSample) -> DriftReport:
    """Compare two windows. All questions together raise a false alarm in at most 5 of 100 pairs of equal windows (Holm)."""
    untested = list(_too_small(before, after))
    findings = [] if untested else [*_features(before, after), *_overruled(before, after)]
    if not untested:
        findings += _ruled(before, after, untested)
    corrected = holm({one.feature: one.chance for one in findings if one.chance is not None})
    judged = [_judged(one, corrected.get(one.feature)) for one in findings]
    return DriftReport(
        cases_before=before.cases,
        cases_after=after.cases,
        clients_before=len(set(before.clients)),
        clients_after=len(set(after.clients)),
        findings=tuple(sorted(judged, key=lambda one: (not one.drifted, -one.size, one.feature))),
        untested=tuple(untested),
        smallest=_smallest(before.cases, after.cases),
    )


def _too_small(before: WindowSample, after: WindowSample) -> Sequence[str]:
    said: list[str] = []
    for name, window in (("accepted", before), ("new", after)):
        clients = len(set(window.clients))
        if window.cases < LEAST_CASES or clients < LEAST_CLIENTS:
            said.append(
                f"The {name} window has {window.cases} decisions of {clients} clients; nothing can be said below {LEAST_CASES} of "
                f"{LEAST_CLIENTS}. Take a longer one."
            )
    return said


def _features(before: WindowSample, after: WindowSample) -> list[Finding]:
    found: list[Finding] = []
    for name in before.words.keys() & after.words.keys():
        (one, those), (other, these) = _words(before, name), _words(after, name)
        if one and other:
            apart, shares = words_apart(one, other, those, these)
            found.append(_finding(name, apart, _shift(name, shares)))
    for name in before.numbers.keys() & after.numbers.keys():
        (one, those), (other, these) = _numbers(before, name), _numbers(after, name)
        if len(one) and len(other):
            middle = f"{name}: the middle value went from {np.median(one):g} to {np.median(other):g}"
            found.append(_finding(name, numbers_apart(one, other, those, these), middle))
    return sorted(found, key=lambda one: one.feature)


def _finding(name: str, apart: Apart, says: str) -> Finding:
    about = "inputs" if name in INPUTS else "proposals"
    return Finding(feature=name, about=about, measure="index", apart=apart.index, chance=apart.chance, says=says)


def _overruled(before: WindowSample, after: WindowSample) -> list[Finding]:
    return [_share("overruled", before.overruled, after.overruled, before.clients, after.clients, "decisions went elsewhere than proposed")]


def _ruled(before: WindowSample, after: WindowSample, untested: list[str]) -> list[Finding]:
    """What leads changed, and how far the router's confidence could be believed where they ruled."""
    one, other = _judgements(before), _judgements(after)
    if min(len(one[2]), len(other[2])) < LEAST_RULED:
        untested.append(
            f"Leads ruled on {len(one[2])} proposals in the accepted window and on {len(other[2])} in the new one; what they change and "
            f"calibration need {LEAST_RULED} in each."
        )
        return []
    changed = [[not right for right in side[1]] for side in (one, other)]
    share = _share("changed by a lead", changed[0], changed[1], one[2], other[2], "proposals that a lead ruled on were changed")
    return [share, *(_calibration(name, statistic, told, one, other) for name, statistic, told in STATISTICS)]


def _share(name: str, before: Sequence[bool], after: Sequence[bool], those: Sequence[int], these: Sequence[int], told: str) -> Finding:
    apart = shares_apart(before, after, those, these)
    one, other = (share_figure([float(hit) for hit in hits], units) for hits, units in ((before, those), (after, these)))
    says = (
        f"{name}: {one.value:.1%} ({one.low:.1%} to {one.high:.1%}) of {told} before, {other.value:.1%} ({other.low:.1%} to "
        f"{other.high:.1%}) now"
    )
    return Finding(feature=name, about="overruling", measure="share", apart=apart.index, chance=apart.chance, says=says)


def _calibration(
    name: str,
    statistic: Callable[[Floats, Floats], float],
    told: str,
    one: tuple[list[float], list[bool], list[int]],
    other: tuple[list[float], list[bool], list[int]],
) -> Finding:
    sides = [(np.asarray(side[0]), np.asarray(side[1], dtype=float)) for side in (one, other)]
    apart = statistic_apart(statistic, sides[0], sides[1], one[2], other[2])
    was, now = (statistic(*side) for side in sides)
    says = f"{name}: {told} {was:.3f} before, {now:.3f} now"
    return Finding(feature=name, about="calibration", measure="error", apart=apart.index, chance=apart.chance, says=says)


STATISTICS: tuple[tuple[str, Callable[[Floats, Floats], float], str], ...] = (
    ("calibration error", lambda sure, right: calibration_error(sure, right, FEW_BINS), "expected calibration error against rulings"),
    ("overconfidence", lambda sure, right: float((sure - right).mean()), "mean confidence above the share that leads left as it was"),
)


def _judged(one: Finding, corrected: float | None) -> Finding:
    """A drift is what chance would hardly do and what matters."""
    return one.model_copy(update={"chance": corrected, "drifted": corrected is not None and corrected <= LEVEL and one.size >= 1})


def _words(window: WindowSample, name: str) -> tuple[list[str], list[int]]:
    known = [(word, client) for word, client in zip(window.words[name], window.clients, strict=True) if word is not None]
    return [word for word, _ in known], [client for _, client in known]


def _numbers(window: WindowSample, name: str) -> tuple[Floats, list[int]]:
    known = [(number, client) for number, client in zip(window.numbers[name], window.clients, strict=True) if number is not None]
    return np.asarray([number for number, _ in known], dtype=float), [client for _, client in known]


def _judgements(window: WindowSample) -> tuple[list[float], list[bool], list[int]]:
    """Confidence, whether the ruling left the proposal, and client, of all that leads ruled on."""
    rows = zip(window.confidence, window.kept, window.clients, strict=True)
    known = [(sure, kept, client) for sure, kept, client in rows if sure is not None and kept is not None]
    return [one[0] for one in known], [one[1] for one in known], [one[2] for one in known]


def _shift(name: str, shares: Mapping[str, tuple[float, float]]) -> str:
    """The words whose shares moved most."""
    moved = sorted(shares.items(), key=lambda one: -abs(one[1][1] - one[1][0]))[:3]
    return f"{name}: " + ", ".join(f"{word} {was:.1%} → {now:.1%}" for word, (was, now) in moved)


def _smallest(before: int, after: int, share: float = 0.1, power: float = 0.8) -> float:
    """The change of a share that independent cases in such numbers show with this power (Fleiss 1981, ch. 3)."""
    if not before or not after:
        return 1.0
    return (NORMAL.inv_cdf(1 - LEVEL / 2) + NORMAL.inv_cdf(power)) * math.sqrt(share * (1 - share) * (1 / before + 1 / after))
