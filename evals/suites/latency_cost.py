"""Latency and cost: what does a case take, in calls, tokens, money and time?

Times differ from run to run, so they are no metrics: they stand in the run's `times.jsonl`, whole and by stage, and
`maitred eval show --times` sums them up. Run it with one process and `--fresh` on a quiet machine.
"""

from __future__ import annotations

from evals.case import EvalCase
from evals.datasets import read
from evals.house import House
from evals.suite import Answer, Better, Judgement, Metric, Suite
from evals.suites import routing

EVERY = 8
"""Of the written routing cases, so that every language, tier and kind has its part."""

METRICS = (
    Metric(
        name="answered", says="The case ended with a route that a model proposed, and with nothing left out for want of time.", goal=1.0
    ),
    Metric(name="model_calls", says="Calls to models.", kind="mean", better=Better.LOWER, unit="calls"),
    Metric(name="tokens", says="Tokens read and written by models.", kind="mean", better=Better.LOWER, unit="tokens"),
    Metric(name="cost_usd", says="What the models cost, by the provider's price list.", kind="mean", better=Better.LOWER, unit="USD"),
)


def cases(seed: int) -> list[EvalCase]:
    """Every eighth of the written routing cases, whatever the seed."""
    del seed
    return read("routing")[::EVERY]


async def answer(house: House, case: EvalCase) -> Answer:
    """The same end state as in routing; what counts here is what it took."""
    return await routing.answer(house, case)


def judge(case: EvalCase, answer: Answer) -> Judgement:
    """By what was used; whether the route is right is for routing to say."""
    taken_away = "tools_down" in case.input.get("changes", {})  # by the case itself: no fault of the system
    failed = [said for said in answer.output["degraded"] if not (taken_away and _says_a_tool(said))]
    done = bool(answer.output["proposed"]) and not failed
    usage = answer.usage
    values = {"model_calls": float(usage.calls), "tokens": float(usage.tokens), "cost_usd": usage.cost}
    return Judgement(
        passed=done, values=values | {"answered": float(done)}, why="" if done else "; ".join(failed) or "No model proposed a route."
    )


def _says_a_tool(said: str) -> bool:
    """Whether it tells of a tool, and not of a model."""
    return said.startswith(("context: ", "value: "))


SUITE = Suite(
    name="latency_cost",
    asks="What does a case take, in calls, tokens, money and time?",
    metrics=METRICS,
    cases=cases,
    answer=answer,
    judge=judge,
)
