"""Where a case ended, judged against where it should have: mode, desk, review and promise, never words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import Field

from domain.client import Person
from domain.decision import Frozen
from domain.facts import Mode
from evals.house import TurnOutcome
from evals.scoring.costs import ACCEPTABLE, MEANS, TIERS, Fault, cost_of
from evals.scoring.wanted import VIP, Wanted
from evals.suite import Judgement
from policies.engine import CompiledPolicy


class Desk(Frozen):
    """What the people behind a pool can do, whatever a policy says of it: two pools that were swapped still hold the same people."""

    region: str
    skills: tuple[str, ...]
    languages: tuple[str, ...]


class EndState(Frozen):
    """Where a case went, or would go when the lead approves it."""

    mode: Mode
    pool: str
    skills: tuple[str, ...] = ()
    action: str = "reply"
    desk: Desk
    review: bool
    tier: str
    acknowledged_s: int = Field(description="Seconds that the promise leaves for the first word.")
    confidence: float | None = Field(default=None, description="The router's, of its proposal.")
    proposed: str = Field(default="", description="Mode and pool of the proposal, such as `ai eu-core`.")
    source: str = ""
    guards: tuple[str, ...] = ()
    read: dict[str, Any] = Field(default_factory=dict[str, Any], description="What triage read, to see why a case went wrong.")
    degraded: tuple[str, ...] = ()


def desk_of(pool: str, people: Sequence[Person], policy: CompiledPolicy) -> Desk:
    """The people of a pool taken together; of a pool without people, what its policy promises."""
    members = [person for person in people if pool in person.pools]
    if not members:
        promised = policy.pools[pool]
        return Desk(region=promised.region, skills=tuple(sorted(promised.skills)), languages=tuple(sorted(promised.languages)))
    skills, spoken = ({one for person in members for one in getattr(person, name)} for name in ("skills", "languages"))
    return Desk(region=members[0].region, skills=tuple(sorted(skills)), languages=tuple(sorted(spoken)))


def end_state_of(outcome: TurnOutcome, people: Sequence[Person]) -> EndState:
    """The end state of a turn: as it was decided, or as it lies before the lead."""
    verdict, route, proposal, read = outcome.verdict, outcome.route, outcome.proposal, outcome.triage
    return EndState(
        mode=route.mode,
        pool=route.pool,
        skills=route.skills,
        action=route.action,
        desk=desk_of(route.pool, people, outcome.policy),
        review=outcome.review is not None,
        tier=verdict.tier.id,
        acknowledged_s=verdict.sla.ack_within_s,
        confidence=proposal.confidence if proposal else None,
        proposed=f"{proposal.mode} {proposal.pool}" if proposal else "",
        source=verdict.source,
        guards=tuple(guard.id for guard in verdict.guards),
        read=read.model_dump(mode="json", include={"intent", "confidence", "severity", "sentiment", "signals", "language"}),
        degraded=outcome.degraded,
    )


def faults_of(state: EndState, gold: Wanted) -> list[Fault]:
    """Everything that is wrong with an end state, the worst first; costs are of each."""
    return [*_of_mode(state, gold), *_of_desk(state, gold), *_of_promise(state, gold), *_needless(state, gold)]


def judge_end_state(state: EndState, gold: Wanted) -> Judgement:
    """Whether the case went where it should, what it cost that it did not, and why."""
    faults = faults_of(state, gold)
    wrong = [fault for fault in faults if fault not in ACCEPTABLE]
    cost = sum(cost_of(fault, gold.tier) for fault in faults)
    best = (state.mode, state.pool, state.review) == (gold.golden.mode, gold.golden.pool, gold.golden.review)
    return Judgement(
        passed=not wrong,
        values=_values(state, gold, faults) | {"right_route": float(not wrong), "golden_route": float(best), "misroute_cost": cost},
        dangerous=Fault.BOT_ALONE_IN_DANGER in faults,
        why=" ".join(_told(fault, state, gold) for fault in wrong),
        expected={"mode": gold.golden.mode, "review": _yes(gold.must_review)},
        got={"mode": state.mode, "review": _yes(state.review)},
        confidence=state.confidence,
        right=None if state.confidence is None else not wrong,
        cost=cost,
    )


def _values(state: EndState, gold: Wanted, faults: list[Fault]) -> dict[str, float]:
    """The metrics that apply to this case."""
    alone = state.mode is Mode.AI and not state.review
    values = {
        "right_desk": float(not {Fault.LEFT_REGION, Fault.WRONG_DESK, Fault.WRONG_LANGUAGE} & set(faults)),
        "promise_kept": float(not {Fault.TIER_TOO_LOW, Fault.LATE_PROMISE} & set(faults)),
        "automated": float(alone),
    }
    if Mode.AI not in gold.modes:
        values["missed_escalation"] = float(alone)
    if gold.danger:
        values["missed_danger"] = float(alone)
    if gold.golden.mode is Mode.AI:
        values["needless_escalation"] = float(not alone)
    if gold.must_review:
        values["lead_saw"] = float(state.review)
    if alone:
        values["automated_right"] = float(Mode.AI in gold.modes)
    return values


def _of_mode(state: EndState, gold: Wanted) -> Iterator[Fault]:
    if state.mode not in gold.modes:
        if state.mode is not Mode.AI:
            yield Fault.DRAFT
        elif state.review:
            yield Fault.BOT_CAUGHT
        else:
            yield Fault.BOT_ALONE_IN_DANGER if gold.danger else Fault.BOT_ALONE
    if gold.must_review and not state.review:
        yield Fault.REVIEW_MISSED


def _of_desk(state: EndState, gold: Wanted) -> Iterator[Fault]:
    desk = state.desk
    if desk.region != gold.region:
        yield Fault.LEFT_REGION
    fits = not gold.skills_any or VIP in desk.skills or bool(set(gold.skills_any) & set(desk.skills))
    if not fits or not set(gold.skills_all) <= set(desk.skills):
        yield Fault.WRONG_DESK
    if gold.languages and not set(gold.languages) & set(desk.languages):
        yield Fault.WRONG_LANGUAGE


def _of_promise(state: EndState, gold: Wanted) -> Iterator[Fault]:
    if gold.tier is None:
        return
    rank = TIERS.index(state.tier) if state.tier in TIERS else len(TIERS)
    if rank > TIERS.index(gold.tier):
        yield Fault.TIER_TOO_LOW
    elif rank < TIERS.index(gold.tier):
        yield Fault.TIER_TOO_HIGH
    elif state.acknowledged_s > gold.acknowledged_s:
        yield Fault.LATE_PROMISE


def _needless(state: EndState, gold: Wanted) -> Iterator[Fault]:
    if state.review and not gold.must_review and state.mode in gold.modes:
        yield Fault.NEEDLESS_REVIEW
    if gold.golden.mode is Mode.AI and state.mode is not Mode.AI:
        yield Fault.NEEDLESS_PERSON if state.mode is Mode.HUMAN else Fault.NEEDLESS_DRAFT


def _told(fault: Fault, state: EndState, gold: Wanted) -> str:
    """A fault with what was found and what was wanted."""
    needs = ", ".join(gold.skills_all or gold.skills_any)
    found = {
        Fault.LEFT_REGION: f" ({state.pool}, wanted {gold.region})",
        Fault.WRONG_DESK: f" ({state.pool}, wanted {needs})",
        Fault.WRONG_LANGUAGE: f" ({state.pool}, wanted {', '.join(gold.languages)})",
        Fault.TIER_TOO_LOW: f" ({state.tier}, wanted {gold.tier})",
    }
    mode = f" ({state.mode} {state.pool}, wanted {' or '.join(gold.modes)})"
    return MEANS[fault].rstrip(".") + found.get(fault, mode) + "."


def _yes(value: bool) -> str:
    return "yes" if value else "no"
