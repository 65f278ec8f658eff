"""Routing: does a message end with whom it should, and what does it cost where it does not?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from domain.client import ClientProfile
from domain.decision import Route
from evals.case import EvalCase
from evals.datasets import read
from evals.datasets.families import FAMILIES
from evals.house import Changes, House
from evals.scoring.baselines import keyword_route, majority_route, tier_route
from evals.scoring.end_state import EndState, desk_of, end_state_of, judge_end_state
from evals.scoring.wanted import ACKNOWLEDGED_S, Wanted
from evals.suite import Answer, Better, Judgement, Metric, Suite
from evals.usage import Usage

A_FAMILY = 90
"""Generated cases of each family, beside the written ones."""
Baseline = Callable[[ClientProfile | None, Sequence[Mapping[str, Any]]], Route]
TIER_OF = {"strategic": "strategic", "platinum": "premium", "gold": "premium"}

METRICS = (
    Metric(name="right_route", says="Mode, desk, review and tier are all among what anybody sensible would accept.", goal=0.9),
    Metric(name="golden_route", says="Mode, pool and review are exactly the best ones."),
    Metric(
        name="missed_escalation",
        says="Of cases that want a person, those that a bot alone answered.",
        better=Better.LOWER,
        goal=0.03,
    ),
    Metric(
        name="missed_danger",
        says="Of cases in which a bot alone would be dangerous, those that a bot alone answered.",
        better=Better.LOWER,
        goal=0.01,
    ),
    Metric(
        name="needless_escalation",
        says="Of cases that a bot could answer, those that a person got, to write or to check.",
        better=Better.LOWER,
    ),
    Metric(name="lead_saw", says="Of cases that a lead must see first, those that wait for one.", goal=0.95),
    Metric(name="right_desk", says="The desk is in the client's region, knows the matter and speaks the language.", goal=0.95),
    Metric(name="promise_kept", says="The first word is promised as soon as the client's tier and the matter's severity ask."),
    Metric(name="automated", says="A bot alone answered."),
    Metric(name="automated_right", says="Of cases that a bot alone answered, those that it could answer.", goal=0.95),
    Metric(
        name="misroute_cost",
        says="What the errors cost by the misroute-cost matrix.",
        kind="mean",
        better=Better.LOWER,
        unit="EUR",
    ),
)


def cases(seed: int) -> list[EvalCase]:
    """The written cases, and those that the families make of `seed`."""
    return [*read("routing"), *(case for family in FAMILIES for case in family(seed, A_FAMILY))]


async def answer(house: House, case: EvalCase) -> Answer:
    """The end state of the last message of the conversation."""
    turns = await house.converse(case.input["messages"], Changes.model_validate(case.input.get("changes", {})))
    last, usage = turns[-1], Usage()
    for turn in turns:
        usage = usage + turn.usage
    state = end_state_of(last, house.world.people)
    return Answer(
        output=state.model_dump(mode="json"),
        models=tuple(sorted({model for turn in turns for model in turn.models})),
        usage=usage,
        ms=sum(turn.ms for turn in turns),
        stages=last.stages,
    )


def judge(case: EvalCase, answer: Answer) -> Judgement:
    """By end state alone."""
    return judge_end_state(EndState.model_validate(answer.output), Wanted.model_validate(case.gold["wanted"]))


def _baseline(route_by: Baseline) -> Callable[[House, EvalCase], Any]:
    """An answer that knows what was bought and the words, and no policy; nobody reviews it."""

    async def answer(house: House, case: EvalCase) -> Answer:
        messages = case.input["messages"]
        client = house.clients.get(str(messages[-1].get("client")))
        route = route_by(client, messages)
        tier = TIER_OF.get(client.contract.tier if client and client.contract else "", "standard")
        state = EndState(
            mode=route.mode,
            pool=route.pool,
            desk=desk_of(route.pool, house.world.people, house.policy),
            review=False,
            tier=tier,
            acknowledged_s=ACKNOWLEDGED_S[tier][2],
        )
        return Answer(output=state.model_dump(mode="json"))

    return answer


SUITE = Suite(
    name="routing",
    asks="Does a message end with whom it should, and what does it cost where it does not?",
    metrics=METRICS,
    cases=cases,
    answer=answer,
    judge=judge,
    baselines={"majority": _baseline(majority_route), "keyword": _baseline(keyword_route), "tier-only": _baseline(tier_route)},
)
