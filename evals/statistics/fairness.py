"""Whether clients of another region, language or size are treated differently at equal severity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import Field

from domain.decision import Frozen
from domain.views import part
from evals.result import CaseResult
from evals.statistics.chances import LEVEL, chance_of_difference, holm
from evals.statistics.intervals import SEED, Floats, accelerated
from evals.statistics.stratified import design_of, mantel_haenszel, tables_of

ATTRIBUTES = ("region", "language", "size")
WAIT = "wait"
OUTCOMES = {
    "human": "goes to a person alone",
    "ai": "is answered by the AI alone",
    "needless": "is escalated needlessly",
    "missed": "is not escalated where it should be",
    WAIT: "is promised a first response",
}
RANKS = {"ai": 0, "hybrid": 1, "human": 2}
FEWEST = 10
"""Cases on each side, below which nothing is asked: an answer would say nothing."""
RESAMPLES = 1000


@dataclass(frozen=True)
class Treatment:
    """How one case was treated, who wrote it, and what it is compared at."""

    unit: str
    severity: str
    tier: str
    groups: dict[str, str]
    """By attribute: `region` `eu`."""
    outcomes: dict[str, float]
    """By name in OUTCOMES: 0 or 1, `wait` in seconds. What is not known is left out."""


class Effect(Frozen):
    """A difference among like cases: of shares, or of seconds."""

    difference: float = Field(description="The group minus all others, pooled over strata by Mantel-Haenszel weights.")
    low: float
    high: float
    chance: float = Field(description="Of so large a difference if there were none.")


class Contrast(Frozen):
    """One outcome of one group against all other cases."""

    attribute: str
    value: str
    outcome: str
    cases: int
    others: int
    average: float = Field(description="Share or mean seconds of the group, as it stands.")
    others_average: float
    at_severity: Effect = Field(description="Its chance is corrected for all contrasts (Holm).")
    at_tier: Effect | None = Field(description="At equal severity and contract tier; None when no stratum has both groups. Not corrected.")

    @property
    def unequal(self) -> bool:
        """A difference beyond chance at equal severity."""
        return self.at_severity.chance <= LEVEL

    @property
    def contractual(self) -> bool:
        """It is not seen among cases of one tier: what was bought explains it, as far as these cases can tell."""
        return self.at_tier is not None and self.at_tier.chance > LEVEL

    @property
    def words(self) -> str:
        """What it says, for a reader who knows no statistics."""
        said = f"At equal severity, a case with {self.attribute} {self.value} {_more(self.outcome, self.at_severity)}."
        if self.at_tier is None:
            return f"{said} No contract tier has both, so what was bought may explain it."
        if self.contractual:
            return f"{said} At equal contract tier the difference is within chance ({_interval(self.outcome, self.at_tier)})."
        return f"{said} At equal contract tier it remains ({_interval(self.outcome, self.at_tier)})."


class Fairness(Frozen):
    """All contrasts, the surest differences first."""

    cases: int
    contrasts: tuple[Contrast, ...]

    @property
    def unequal(self) -> tuple[Contrast, ...]:
        """Those beyond chance."""
        return tuple(one for one in self.contrasts if one.unequal)

    @property
    def words(self) -> str:
        """The conclusion."""
        if not self.contrasts:
            return f"Nothing could be compared: no two groups have {FEWEST} cases each."
        if not self.unequal:
            return f"No difference beyond chance in {len(self.contrasts)} comparisons at equal severity."
        left = sum(not one.contractual for one in self.unequal)
        return (
            f"{len(self.unequal)} of {len(self.contrasts)} comparisons differ by more than chance at equal severity; "
            f"{left or 'none'} of them also at equal contract tier, or where no tier has both."
        )


def fairness_of(results: Sequence[CaseResult]) -> Fairness | None:
    """From every result whose output holds the facts and a route; None when none does."""
    treated = [found for found in map(treatment_of, results) if found]
    return fairness(treated) if treated else None


def fairness(treated: Sequence[Treatment]) -> Fairness:
    """Each group of each attribute against all others, by each outcome. Of two groups only the first: the other says the same."""
    found = [
        contrast
        for attribute in ATTRIBUTES
        for value in _compared(treated, attribute)
        for outcome in OUTCOMES
        if (contrast := _contrast(treated, attribute, value, outcome))
    ]
    chances = holm({at: one.at_severity.chance for at, one in enumerate(found)})
    corrected = [
        one.model_copy(update={"at_severity": one.at_severity.model_copy(update={"chance": chances[at]})}) for at, one in enumerate(found)
    ]
    ordered = sorted(corrected, key=lambda one: (one.at_severity.chance, one.attribute, one.value, one.outcome))
    return Fairness(cases=len(treated), contrasts=tuple(ordered))


def treatment_of(result: CaseResult) -> Treatment | None:
    """Read from the slices, which are gold, so that a misread severity is no excuse; where they are silent, from a turn's output.

    None where no route or no severity is known.
    """
    output, slices = result.output or {}, result.slices
    facts = part(output, "facts")
    client, message = part(facts, "client"), part(facts, "message")
    mode = output.get("mode") or part(output, "route").get("mode")
    severity = slices.get("severity") or message.get("severity")
    if mode not in RANKS or not severity:
        return None
    outcomes = {"human": float(mode == "human"), "ai": float(mode == "ai"), **_escalated(result, RANKS[mode])}
    wait = output.get("acknowledged_s", part(output, "verdict", "sla").get("ack_within_s"))
    return Treatment(
        unit=result.group or result.case_id,
        severity=str(severity),
        tier=slices.get("tier") or str(part(client, "contract").get("tier", "")),
        groups={
            "region": slices.get("region") or str(client.get("region", "")),
            "language": slices.get("language") or str(message.get("language", "")),
            "size": slices.get("segment") or str(client.get("segment", "")),
        },
        outcomes=outcomes if wait is None else {**outcomes, WAIT: float(wait)},
    )


def _escalated(result: CaseResult, rank: int) -> dict[str, float]:
    """As the suite judged it; where it does not, by the golden mode of a case that did not pass."""
    judgement = result.judgement
    gold = judgement.expected.get("mode", "")
    apart = rank - RANKS[gold] if gold in RANKS and not judgement.passed else 0
    by_mode = {"needless": float(apart > 0), "missed": float(apart < 0)} if gold in RANKS else {}
    judged = {name: judgement.values.get(f"{name}_escalation") for name in ("needless", "missed")}
    return (
        by_mode if all(value is None for value in judged.values()) else {name: value for name, value in judged.items() if value is not None}
    )


def _compared(treated: Sequence[Treatment], attribute: str) -> list[str]:
    values = sorted({one.groups.get(attribute, "") for one in treated} - {""})
    return values[: len(values) - 1] if len(values) == 2 else values


def _contrast(treated: Sequence[Treatment], attribute: str, value: str, outcome: str) -> Contrast | None:
    known = [one for one in treated if outcome in one.outcomes and one.groups.get(attribute)]
    inside = [one.groups[attribute] == value for one in known]
    values = np.asarray([one.outcomes[outcome] for one in known])
    within = np.asarray(inside, dtype=bool)
    if min(within.sum(), (~within).sum()) < FEWEST:
        return None
    units = [one.unit for one in known]
    effect = _effect(outcome, values, inside, [one.severity for one in known], units)
    if effect is None:
        return None
    return Contrast(
        attribute=attribute,
        value=value,
        outcome=outcome,
        cases=int(within.sum()),
        others=int((~within).sum()),
        average=float(values[within].mean()),
        others_average=float(values[~within].mean()),
        at_severity=effect,
        at_tier=_effect(outcome, values, inside, [f"{one.severity} {one.tier}" for one in known], units),
    )


def _effect(outcome: str, values: Floats, inside: Sequence[bool], strata: Sequence[str], units: Sequence[str]) -> Effect | None:
    if outcome == WAIT:
        return _wait_effect(values, inside, strata, units)
    found = mantel_haenszel(tables_of(values, inside, strata), design_of(values, inside, strata, units))
    return found and Effect(difference=found.difference, low=found.low, high=found.high, chance=found.chance)


def _wait_effect(values: Floats, inside: Sequence[bool], strata: Sequence[str], units: Sequence[str]) -> Effect | None:
    """Permutation within strata of the means of each unit; interval by a bootstrap of units, all resamples at once."""
    cells: dict[tuple[str, bool, str], list[float]] = {}
    for value, within, stratum, unit in zip(values.tolist(), inside, strata, units, strict=True):
        cells.setdefault((unit, within, stratum), []).append(value)
    means = np.asarray([float(np.mean(found)) for found in cells.values()])
    sums = _sums(list(cells), means)
    difference = float(_pooled(sums.sum(axis=0)))
    if np.isnan(difference):
        return None
    drawn = np.random.default_rng(SEED).multinomial(len(sums), np.full(len(sums), 1 / len(sums)), RESAMPLES)
    resampled = _pooled(np.tensordot(drawn.astype(np.float64), sums, 1))
    without = _pooled(sums.sum(axis=0) - sums)
    low, high = accelerated(difference, resampled[~np.isnan(resampled)], without[~np.isnan(without)])
    chance = chance_of_difference(means, [cell[1] for cell in cells], [cell[2] for cell in cells])
    return Effect(difference=difference, low=low, high=high, chance=chance)


def _sums(cells: Sequence[tuple[str, bool, str]], means: Floats) -> Floats:
    """By unit, stratum, and inside or outside: the sum of the means, and how many there are."""
    units: dict[str, int] = {}
    strata: dict[str, int] = {}
    at = [(units.setdefault(unit, len(units)), strata.setdefault(stratum, len(strata)), int(within)) for unit, within, stratum in cells]
    sums = np.zeros((len(units), len(strata), 2, 2))
    for place, mean in zip(at, means, strict=True):
        sums[place] = mean, 1.0
    return sums


def _pooled(sums: Floats) -> Floats:
    """Difference of means over strata that have both sides, weighted by inside x outside / all; nan when none has."""
    totals, counts = sums[..., 0], sums[..., 1]
    weight = counts[..., 0] * counts[..., 1] / np.maximum(counts.sum(axis=-1), 1)
    means = totals / np.maximum(counts, 1)
    whole = weight.sum(axis=-1)
    return np.where(whole > 0, ((means[..., 1] - means[..., 0]) * weight).sum(axis=-1) / np.where(whole > 0, whole, 1), np.nan)


def _more(outcome: str, effect: Effect) -> str:
    if outcome == WAIT:
        way = "later" if effect.difference > 0 else "sooner"
        return f"{OUTCOMES[outcome]} {abs(effect.difference) / 60:,.0f} minutes {way} than others ({_interval(outcome, effect)})"
    way = "more" if effect.difference > 0 else "less"
    return f"{OUTCOMES[outcome]} {abs(effect.difference) * 100:.1f} points {way} often than others ({_interval(outcome, effect)})"


def _interval(outcome: str, effect: Effect) -> str:
    scale, unit = (1 / 60, "minutes") if outcome == WAIT else (100, "points")
    digits = 0 if outcome == WAIT else 1
    return f"{effect.low * scale:+,.{digits}f} to {effect.high * scale:+,.{digits}f} {unit}"
