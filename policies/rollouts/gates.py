"""Gates: whether a candidate may get more traffic, must wait, or must go, told from counted cases and never from raw shares.

A gate is read every second, so a fixed level would trip by chance sooner or later. A trip therefore needs a lower bound that holds at any
number of looks (`proportions.z_at_any_look`), by an interval for large counts and by an exact test for rare ones, both of them. A pass
needs a plain bound of 95 %: it is read anew at every step, and a wrong one costs a larger canary under the same watch.
"""

from __future__ import annotations

from enum import StrEnum, auto

from pydantic import Field

from domain.decision import Frozen
from domain.policy_life import Metric, RolloutGate
from policies.rollouts.proportions import Interval, Share, chance_of_as_many, difference, of_a_kind, tail_of, weight_of, z_at_any_look

FALSE_TRIPS = 0.01
"""How often one gate may trip over a whole step when nothing is worse."""
PASS_Z = 1.644854
"""95 %, one-sided."""
LEAST_WEIGHT = 4.0
"""Cases below which nothing but a forbidden outcome is evidence."""


def _default(metric: Metric, most_worse: float, minimum: int) -> RolloutGate:
    return RolloutGate(metric=metric, most_worse=most_worse, minimum=minimum)


FOR_EVERYBODY = (
    _default(Metric.FORBIDDEN, 0.0, 50),
    _default(Metric.ERRORS, 0.02, 50),
    _default(Metric.SLA_BREACHES, 0.05, 50),
    _default(Metric.ESCALATIONS, 0.10, 50),
    _default(Metric.OVERRULED, 0.10, 50),
    _default(Metric.REVIEWS, 0.10, 50),
)
FOR_THE_FEW = (
    _default(Metric.FORBIDDEN, 0.0, 10),
    _default(Metric.ERRORS, 0.10, 10),
    _default(Metric.SLA_BREACHES, 0.10, 10),
    _default(Metric.ESCALATIONS, 0.25, 10),
    _default(Metric.OVERRULED, 0.25, 10),
    _default(Metric.REVIEWS, 0.25, 10),
)
"""Few cases are of the highest tier, so what is proved of them is wider; the first harm trips as ever."""


def default_gates(highest_tier: str) -> tuple[RolloutGate, ...]:
    """What guards a rollout that names no gates: everybody, and the most valuable clients apart.

    A version that is meant to allow what the active one forbids names its own gates, without `forbidden`.
    """
    return (*FOR_EVERYBODY, *(gate.model_copy(update={"tier": highest_tier}) for gate in FOR_THE_FEW))


class Reading(StrEnum):
    """What a gate says."""

    PASS = auto()
    HOLD = auto()
    TRIP = auto()


class GateReading(Frozen):
    """A gate, what it says now, and the figures that it says it by."""

    gate: RolloutGate
    reading: Reading
    candidate_hits: int
    candidate_cases: int
    active_hits: int
    active_cases: int
    difference: float = Field(description="The candidate's share less the active one's.")
    low: float = Field(description="What the difference is at least, at any number of looks.")
    high: float = Field(description="What the difference is at most, with 95 % confidence.")
    because: str = Field(description="The reading as a sentence with its figures.")


def read_gate(gate: RolloutGate, candidate: Share, active: Share, *, may_trip: bool = True) -> GateReading:
    """Judge `candidate` against `active`, both counted over the same span; what may not trip holds."""
    if gate.metric is Metric.FORBIDDEN:
        return _forbidden(gate, candidate, active)
    candidate, active = of_a_kind(candidate, active)
    weight = weight_of(candidate, active)
    z = z_at_any_look(weight, FALSE_TRIPS)
    apart = Interval(
        candidate.value - active.value,
        difference(candidate, active, z).low if weight else -1.0,
        difference(candidate, active, PASS_Z).high,
    )
    reading = Reading.HOLD
    if may_trip and weight >= LEAST_WEIGHT and apart.low > gate.most_worse and chance_of_as_many(candidate, active) <= tail_of(z):
        reading = Reading.TRIP
    elif candidate.cases >= gate.minimum and (apart.high <= gate.most_worse or gate.minimum == candidate.cases == 0):
        reading = Reading.PASS
    return _reading(gate, reading, candidate, active, apart)


def _forbidden(gate: RolloutGate, candidate: Share, active: Share) -> GateReading:
    """The first one is one too many: no statistics."""
    enough = Reading.PASS if candidate.cases >= gate.minimum else Reading.HOLD
    reading = Reading.TRIP if candidate.hits else enough
    return _reading(gate, reading, candidate, active, Interval(candidate.value, candidate.value, 1.0))


def _reading(gate: RolloutGate, reading: Reading, candidate: Share, active: Share, apart: Interval) -> GateReading:
    return GateReading(
        gate=gate,
        reading=reading,
        candidate_hits=round(candidate.hits),
        candidate_cases=round(candidate.cases),
        active_hits=round(active.hits),
        active_cases=round(active.cases),
        difference=apart.value,
        low=apart.low,
        high=apart.high,
        because=_sentence(gate, reading, candidate, active, apart),
    )


WORDS = {
    Metric.ERRORS: "decisions with a failed condition",
    Metric.SLA_BREACHES: "cases whose promise was broken",
    Metric.ESCALATIONS: "cases that go to a person alone",
    Metric.OVERRULED: "proposals that were overruled",
    Metric.REVIEWS: "turns that stop for a lead",
    Metric.FORBIDDEN: "routes that the active version forbids",
}


def _sentence(gate: RolloutGate, reading: Reading, candidate: Share, active: Share, apart: Interval) -> str:
    where = f" in tier {gate.tier}" if gate.tier else ""
    counted = f"{_counted(candidate)} of the candidate"
    what = WORDS[gate.metric].capitalize() + where
    if gate.metric is Metric.FORBIDDEN:
        tail = {
            Reading.TRIP: "the first one is one too many",
            Reading.PASS: f"none in at least {gate.minimum}",
            Reading.HOLD: f"{gate.minimum} cases are needed",
        }[reading]
        return f"{what}: {counted}; {tail}."
    both = f"{what}: {counted}, {_counted(active)} of the active version"
    if reading is Reading.TRIP:
        return f"{both}; at least {_points(apart.low)} more, and {_points(gate.most_worse)} are allowed."
    if reading is Reading.PASS:
        return f"{both}; at most {_points(apart.high)} more, and {_points(gate.most_worse)} are allowed."
    if candidate.cases < gate.minimum:
        return f"{both}; {gate.minimum} cases are needed."
    return f"{both}; undecided: it may be {_points(apart.high)} more, and {_points(gate.most_worse)} are allowed."


def _counted(share: Share) -> str:
    return f"{share.hits:.0f} of {share.cases:.0f} ({100 * share.value:.1f} %)"


def _points(value: float) -> str:
    return f"{100 * value:.1f} points"
