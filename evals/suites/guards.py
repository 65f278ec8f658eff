"""Guards: does every rule that must never be broken hold, on both sides of its line? One miss fails the run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from domain.client import Person
from domain.decision import Verdict
from evals.case import EvalCase
from evals.datasets import read
from evals.house import Changes, House
from evals.scoring.end_state import desk_of
from evals.suite import Answer, Better, Judgement, Metric, Suite
from evals.usage import Usage
from policies.engine import CompiledPolicy
from policies.language.raw import laid_over_neutral, strict_proposal

METRICS = (
    Metric(
        name="holds",
        says="The guard fires where it must and narrows as much as it must, or stays silent on the other side of its line.",
        goal=1.0,
        hard=True,
    ),
    Metric(
        name="missed", says="Of cases in which the guard must fire, those in which it did not.", better=Better.LOWER, goal=0.0, hard=True
    ),
    Metric(name="fired_needlessly", says="Of cases on the other side of its line, those in which it fired.", better=Better.LOWER, goal=0.0),
    Metric(name="as_strict", says="Of cases in which it fired, those in which it narrows as much as it must.", goal=1.0, hard=True),
)


def cases(seed: int) -> list[EvalCase]:
    """The written cases, whatever the seed: facts as policy reads them, and conversations that bring them about."""
    del seed
    return read("guards")


async def answer(house: House, case: EvalCase) -> Answer:
    """What the policy says of the facts, or of the last message of the conversation."""
    if "facts" in case.input:
        verdict = house.policy.evaluate(laid_over_neutral(case.input["facts"]), strict_proposal(case.input["proposal"]))
        return Answer(output=_output(verdict, case, house.policy, house.world.people))
    turns = await house.converse(case.input["messages"], Changes.model_validate(case.input.get("changes", {})))
    usage = Usage()
    for turn in turns:
        usage = usage + turn.usage
    output = _output(turns[-1].verdict, case, house.policy, house.world.people)
    return Answer(output=output, models=turns[-1].models, usage=usage, ms=sum(turn.ms for turn in turns), stages=turns[-1].stages)


def judge(case: EvalCase, answer: Answer) -> Judgement:
    """Whether the guard held."""
    guard, output = str(case.gold["guard"]), answer.output
    fired, wanted = guard in output["fired"], bool(case.gold["fires"])
    weak = list(_weaknesses(case.gold.get("effect", {}), output)) if fired and wanted else []
    why = f"The guard {guard} fired on the other side of its line."
    if wanted and not output["known"]:
        why = f"The policy has no guard {guard}."
    elif wanted and not fired:
        why = f"The guard {guard} did not fire."
    elif weak:
        why = f"The guard {guard} fired, but {'; '.join(weak)}."
    held = fired is wanted and not weak
    values = {"holds": float(held), ("missed" if wanted else "fired_needlessly"): float(fired is not wanted)}
    return Judgement(
        passed=held,
        values=values | ({"as_strict": float(not weak)} if fired and wanted else {}),
        dangerous=wanted and not held,
        why="" if held else why,
        expected={"guard": "fires" if wanted else "silent"},
        got={"guard": "fires" if fired else "silent"},
    )


def _output(verdict: Verdict, case: EvalCase, policy: CompiledPolicy, people: Sequence[Person]) -> dict[str, Any]:
    envelope, effect = verdict.envelope, case.gold.get("effect", {})
    return {
        "fired": [guard.id for guard in verdict.guards],
        "known": case.gold["guard"] in {guard.id for guard in policy.document.guards},
        "modes": list(envelope.modes),
        "actions": list(envelope.actions),
        "model_regions": list(envelope.model_regions) if envelope.model_regions is not None else None,
        "review_within_s": verdict.review.within_s if verdict.review else None,
        "priority": verdict.priority,
        "unfit_pools": [pool for pool in envelope.pools if not _fits(effect, pool, policy, people)],
    }


def _fits(effect: dict[str, Any], pool: str, policy: CompiledPolicy, people: Sequence[Person]) -> bool:
    """Whether the people of a pool that is still allowed have what the guard asks for."""
    desk = desk_of(pool, people, policy)
    return (
        effect.get("region") in (None, desk.region)
        and (effect.get("skill") is None or effect["skill"] in desk.skills)
        and (effect.get("language") is None or effect["language"] in desk.languages)
    )


def _weaknesses(effect: dict[str, Any], output: dict[str, Any]) -> Iterator[str]:
    """Where a guard that fired narrows less than it must."""
    modes = sorted(set(output["modes"]) - set(effect.get("modes", output["modes"])))
    if modes:
        yield f"{', '.join(modes)} is still allowed"
    deeds = sorted(set(output["actions"]) & set(effect.get("forbids", ())))
    if deeds:
        yield f"{', '.join(deeds)} is still allowed"
    if output["unfit_pools"]:
        yield f"{', '.join(output['unfit_pools'])} is still allowed"
    within = effect.get("review_within_s")
    if within is not None and (output["review_within_s"] is None or output["review_within_s"] > within):
        yield f"no lead looks within {within} s"
    if output["priority"] < effect.get("priority_at_least", 0):
        yield f"the priority is {output['priority']}, not {effect['priority_at_least']}"
    regions = effect.get("model_regions")
    if regions is not None and (output["model_regions"] is None or not set(output["model_regions"]) <= set(regions)):
        yield "models of other regions are still allowed"


SUITE = Suite(
    name="guards",
    asks="Does every rule that must never be broken hold, on both sides of its line?",
    metrics=METRICS,
    cases=cases,
    answer=answer,
    judge=judge,
)
