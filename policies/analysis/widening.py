"""Where a version allows more than the one before it, and for whom: by meaning, whatever the texts look like."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from domain.decision import LEAD, Gate, Proposal, Verdict
from domain.facts import Facts
from policies.analysis.logic import Term, both, conj, disj, neg
from policies.analysis.prover import Answer, Found
from policies.analysis.ruling import ANYWHERE, Ruling, model_regions
from policies.analysis.study import Study
from policies.envelope import strictness

Sees = Callable[[Verdict, Verdict], bool]
ONCE = ("priority-floor", "weaker-review")
"""Of these the first says it all: the highest floor, the strictest review."""


@dataclass(frozen=True)
class Question:
    """One way of being more permissive: when, how the two verdicts (before, after) show it, and in words."""

    name: str
    term: Term
    shows: Sees
    words: str


def check_widenings(study: Study, base: Ruling) -> None:
    """For every tier of the new version, everything that it allows and the one before did not."""
    asked = [one for one in questions(study.ruling, base) if one.term is not False]
    if study.prover.never(disj(one.term for one in asked)):
        return
    found: set[tuple[str, str]] = set()
    for one in asked:
        if study.prover.never(one.term):
            continue
        family = one.name.partition(":")[0]
        for tier, here in _tiers(study.ruling):
            said = family in ONCE and (tier, family) in found
            if not said and _ask(study, base, one, tier, here):
                found.add((tier, family))


def _ask(study: Study, base: Ruling, one: Question, tier: str, here: Term) -> bool:
    """Whether a case of this tier shows it."""
    name = f"wider:{tier}:{one.name}"

    def claim(facts: Facts, proposal: Proposal | None) -> bool:
        after = study.policy.evaluate(facts, proposal)
        return after.tier.id == tier and one.shows(base.policy.evaluate(facts, proposal), after)

    found: Found = study.prover.finds(both(here, one.term), claim)
    if found.example is not None:
        before = base.policy.evaluate(found.example.facts, found.example.proposal)
        after = study.policy.evaluate(found.example.facts, found.example.proposal)
        reason = f"tier {tier}: {one.words}{_blame(study, before, after)}"
        study.widenings.append(study.finding(one.name.partition(":")[0], name, _place(study, before, after), reason, found.example))
    elif found.answer is Answer.UNKNOWN:
        study.not_proved(name, ("guards",), f"Tier {tier}: that it is not the case that {one.words}")
    return found.example is not None


def questions(after: Ruling, before: Ruling) -> Iterator[Question]:
    """Every way in which `after` may be more permissive than `before`."""
    yield from _routes(after, before)
    yield from _requirements(after, before)
    yield from _promises(after, before)


def _routes(after: Ruling, before: Ruling) -> Iterator[Question]:
    """Modes, pools, actions and model regions that are allowed now and were not."""
    for mode, allowed in after.modes.items():
        yield Question(
            f"mode:{mode}",
            both(allowed, neg(before.modes[mode])),
            lambda old, new, mode=mode: mode in new.envelope.modes and mode not in old.envelope.modes,
            f"mode {mode} is allowed where it was not",
        )
    for pool, allowed in after.pools.items():
        yield Question(
            f"pool:{pool}",
            both(allowed, neg(before.pools.get(pool, False))),
            lambda old, new, pool=pool: pool in new.envelope.pools and pool not in old.envelope.pools,
            f"pool `{pool}` is allowed where it was not",
        )
    for action, allowed in after.actions.items():
        yield Question(
            f"action:{action}",
            both(allowed, neg(before.actions[action])),
            lambda old, new, action=action: action in new.envelope.actions and action not in old.envelope.actions,
            f"action {action} is allowed where it was not",
        )
    for region in model_regions(after.policy, before.policy):
        yield Question(
            f"model-region:{region}",
            both(after.region(region), neg(before.region(region))),
            lambda old, new, region=region: _may_speak(new, region) and not _may_speak(old, region),
            f"models in {'any other region' if region == ANYWHERE else region} may speak where they might not",
        )


def _requirements(after: Ruling, before: Ruling) -> Iterator[Question]:
    """Skills, reviews and priorities that were asked for and are no more."""
    for skill, required in before.skills.items():
        yield Question(
            f"skill:{skill}",
            both(required, neg(after.skills.get(skill, False))),
            lambda old, new, skill=skill: skill in old.envelope.required_skills and skill not in new.envelope.required_skills,
            f"the skill `{skill}` is no longer asked for",
        )
    yield Question(
        "review",
        both(before.review, neg(after.review)),
        lambda old, new: old.review is not None and new.review is None,
        "a review is no longer asked for",
    )
    for gate in _gates(before):
        as_strict = disj(after.reviewed_by(other) for other in _gates(after) if strictness(other) <= strictness(gate))
        yield Question(
            f"weaker-review:{gate.by}-{gate.within_s}-{gate.on_expiry}",
            conj((before.reviewed_by(gate), after.review, neg(as_strict))),
            lambda old, new: old.review is not None and new.review is not None and strictness(new.review) > strictness(old.review),
            f"the review by {gate.by} within {_span(gate.within_s)} has become a weaker one",
        )
    for role in sorted({gate.by for gate in _gates(before)} - {LEAD}):
        yield Question(
            f"ruler:{role}",
            conj((before.ruled_by(role), after.review, neg(after.ruled_by(role)))),
            lambda old, new, role=role: role in old.rulers and new.review is not None and role not in new.rulers,
            f"whoever rules needs the role `{role}` no more",
        )
    for floor in sorted({guard.effect.priority_floor for guard in before.policy.rules.guards} - {0}, reverse=True):
        yield Question(
            f"priority-floor:{floor}",
            both(before.floor_is_at_least(floor), neg(after.floor_is_at_least(floor))),
            lambda old, new, floor=floor: old.envelope.priority_floor >= floor > new.envelope.priority_floor,
            f"the priority is no longer lifted to {floor}",
        )


def _promises(after: Ruling, before: Ruling) -> Iterator[Question]:
    """Promises that have become slower: a later time, or a clock that runs less than always."""
    for what in ("ack", "resolve"):
        slower = [
            both(old, new)
            for row, new in zip(after.policy.document.sla, after.rows, strict=True)
            for was, old in zip(before.policy.document.sla, before.rows, strict=True)
            if getattr(row, what) > getattr(was, what)
        ]
        field = f"{what}_within_s"
        yield Question(
            f"slower-{what}",
            disj(slower),
            lambda old, new, field=field: getattr(new.sla, field) > getattr(old.sla, field),
            f"the promise to {'answer' if what == 'ack' else 'resolve'} has become slower",
        )
    changed = [
        both(old, new)
        for row, new in zip(after.policy.document.sla, after.rows, strict=True)
        for was, old in zip(before.policy.document.sla, before.rows, strict=True)
        if _runs_less(after, row.calendar, before, was.calendar)
    ]
    yield Question(
        "slower-calendar",
        disj(changed),
        lambda old, new: _runs_less(after, new.sla.calendar, before, old.sla.calendar),
        "the time of the promise no longer runs when it did",
    )


def _runs_less(after: Ruling, calendar: str, before: Ruling, was: str) -> bool:
    """Whether a calendar may stand still when the one before ran; two different calendars are taken to."""
    now, then = after.policy.document.calendars.get(calendar), before.policy.document.calendars.get(was)
    return now is not None and now != then


def _tiers(ruling: Ruling) -> Iterator[tuple[str, Term]]:
    yield from ((rule.id, term) for rule, term in zip(ruling.policy.document.tiers, ruling.tiers, strict=True))


def _gates(ruling: Ruling) -> list[Gate]:
    """The reviews that guards ask for, strictest first."""
    reviews = (guard.effect.review for guard in ruling.policy.rules.guards if guard.effect.review is not None)
    return sorted(dict.fromkeys(reviews), key=strictness)


def _may_speak(verdict: Verdict, region: str) -> bool:
    regions = verdict.envelope.model_regions
    return regions is None or region in regions


def _span(seconds: int) -> str:
    return f"{seconds // 60} minutes" if seconds % 60 == 0 else f"{seconds} seconds"


def _blame(study: Study, before: Verdict, after: Verdict) -> str:
    """Which guards fired for this case before and do not now."""
    gone = sorted({guard.id for guard in before.guards} - {guard.id for guard in after.guards})
    if gone:
        known = {guard.id for guard in study.policy.document.guards}
        words = [f"`{name}` {'no longer fires' if name in known else 'is gone'}" for name in gone[:3]]
        return f" ({'; '.join(words)})"
    if before.tier.id != after.tier.id:
        return f" (the client was in tier {before.tier.id})"
    return ""


def _place(study: Study, before: Verdict, after: Verdict) -> tuple[str | int, ...]:
    """The guard that has changed, when it still stands in the text; else the part in which it stood."""
    order = [guard.id for guard in study.policy.document.guards]
    still = {guard.id: guard.effect for guard in after.guards}
    for guard in before.guards:
        if guard.id in order and still.get(guard.id) != guard.effect:
            return "guards", order.index(guard.id)
    if before.tier.id != after.tier.id:
        return ("tiers",)
    return ("guards",) if before.envelope != after.envelope else ("sla",)
