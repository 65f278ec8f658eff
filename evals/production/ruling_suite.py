"""Exported rulings as a suite: would the system now do what a lead had to do, or at least ask one?"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from domain.case import InboundMessage, Sender, TurnInput
from domain.context import Context
from domain.decision import Proposal
from domain.facts import Facts, MessageFacts, Mode
from evals.case import EvalCase
from evals.house import House
from evals.house.counting import tallied
from evals.production.dataset import read
from evals.suite import Answer, Better, Judgement, Metric, NothingToAsk, Suite
from graphs.nodes.route import proposed
from policies.engine import CompiledPolicy

BUDGET_S = 60.0
READ = ("intent", "confidence", "severity", "urgency", "sentiment", "signals")
"""What triage says anew; everything else of the facts is as it was recorded."""
WITHOUT = "Set MAITRED_EVAL_RULINGS to a folder that `maitred eval candidates export` wrote; there are no rulings without one."
METRICS = (
    Metric(name="right_route", says="Mode and pool are those that stood after the lead's ruling, without asking anybody."),
    Metric(name="right_mode", says="Who answers (an AI, an AI with a person, a person) is what the lead wanted."),
    Metric(
        name="right_or_asked", says="The route is the lead's, or a person is asked before it takes effect: nobody is harmed.", goal=0.95
    ),
    Metric(
        name="bot_alone",
        says="Of cases that a lead took from the AI, those that the AI alone would answer again, unasked.",
        better=Better.LOWER,
        goal=0.0,
    ),
)


def ruling_suite(folder: Path | None, name: str = "rulings") -> Suite:
    """The suite over a folder of exported rulings; its cases raise NothingToAsk when there is none."""

    def cases(seed: int) -> list[EvalCase]:
        del seed  # nothing is drawn
        if folder is None:
            raise NothingToAsk(WITHOUT)
        return list(read(folder))

    return Suite(
        name=name,
        asks="Would the system now do what a lead had to do, or at least ask one?",
        metrics=METRICS,
        cases=cases,
        answer=answer,
        judge=judge,
    )


async def answer(house: House, case: EvalCase) -> Answer:
    """Triage reads the words, the rest of the facts is recorded; policy frames, the router proposes, policy judges."""
    began = time.perf_counter()
    with tallied() as tally:
        triage = await house.triage.read(_turn(case.input), BUDGET_S)
        read_anew = triage.model_dump(mode="json", include=set(READ))
        facts = with_message(case.input["facts"], read_anew)
        proposal, degraded = await propose(house, facts, Context(), house.policy)
    verdict = house.policy.evaluate(facts, proposal)
    return Answer(
        output={
            "read": read_anew,
            "proposal": proposal.model_dump(mode="json", exclude={"rationale"}) if proposal else None,
            "route": verdict.route.model_dump(mode="json"),
            "review": verdict.review.model_dump(mode="json") if verdict.review else None,
            "guards": [guard.id for guard in verdict.guards],
            "degraded": degraded,
        },
        models=tuple(sorted(tally.models)),
        usage=tally.usage,
        ms=round((time.perf_counter() - began) * 1000, 3),
    )


def judge(case: EvalCase, answer: Answer) -> Judgement:
    """By mode and pool; a person who is asked first makes a wrong route harmless."""
    gold, route, asked = case.gold, answer.output["route"], answer.output["review"] is not None
    mode, pool = route["mode"] == gold["mode"], route["pool"] == gold["pool"]
    alone = route["mode"] == Mode.AI and not asked
    values = {
        "right_route": float(mode and pool and not asked),
        "right_mode": float(mode),
        "right_or_asked": float((mode and pool) or asked),
    }
    if gold["mode"] != Mode.AI:
        values["bot_alone"] = float(alone)
    passed = (mode and pool) or asked
    proposal = answer.output["proposal"]
    return Judgement(
        passed=passed,
        values=values,
        dangerous=bool(case.dangerous) and alone,
        why="" if passed else f"{route['mode']} at {route['pool']}, unasked; a lead wanted {gold['mode']} at {gold['pool']}",
        expected={"mode": str(gold["mode"]), "pool": str(gold["pool"])},
        got={"mode": str(route["mode"]), "pool": str(route["pool"])},
        confidence=proposal["confidence"] if proposal else None,
        right=(proposal["mode"], proposal["pool"]) == (gold["mode"], gold["pool"]) if proposal else None,
    )


async def propose(house: House, facts: Facts, context: Context, policy: CompiledPolicy) -> tuple[Proposal | None, list[str]]:
    """What the house's router proposes for recorded facts in a policy's frame, and why it did not when it did not."""
    return await proposed(house.deps, policy, facts, policy.frame(facts), context, BUDGET_S)


def with_message(facts: Mapping[str, Any], read_anew: Mapping[str, Any]) -> Facts:
    """Recorded facts with what triage reads now. Their proposal is forgotten: it is made anew."""
    message = {**MessageFacts().model_dump(mode="json"), **facts.get("message", {}), **read_anew}
    return Facts.model_validate({**{name: part for name, part in facts.items() if name != "proposal"}, "message": message})


def _turn(given: Mapping[str, Any]) -> TurnInput:
    *earlier, last = given["messages"]
    at = datetime.fromisoformat(str(given["facts"]["now"]))
    message = InboundMessage(
        channel=last.get("channel") or "api",
        external_id="1",
        conversation_id="1",
        sender=Sender(),
        text=last["text"],
        sent_at=at,
        language=last.get("language"),
    )
    return TurnInput(
        case_id="case_1",
        turn=1 + len(earlier),
        message_id="msg_1",
        message=message,
        identity=None,
        received_at=at,
        thread=tuple(one["text"] for one in earlier),
    )
