"""Triage: is a message read as a person would read it, and is a danger in it seen?"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from agents.embedded.calibration import DANGER
from agents.embedded.texts import Labelled, labelled
from domain.case import InboundMessage, Sender, TurnInput
from domain.facts import Intent, Signal
from evals.case import EvalCase
from evals.datasets import read
from evals.house import House
from evals.house.counting import tallied
from evals.scoring.baselines import keyword_triage, majority_triage
from evals.suite import Answer, Better, Judgement, Metric, Suite

BUDGET_S = 30.0
MISSED_GOAL, NEEDLESS_GOAL, INTENT_GOAL = 0.05, 0.15, 0.75
KEPT = ("intent", "confidence", "severity", "sentiment", "signals", "language")
DANGERS = frozenset(str(signal) for signal in DANGER)


def _metrics() -> tuple[Metric, ...]:
    words = {signal: signal.replace("_", " ") for signal in Signal}
    return (
        Metric(
            name="missed_danger",
            says="Of messages with a danger (a threat, a leak, an outage, a person in need …), those in which none was seen.",
            better=Better.LOWER,
            goal=MISSED_GOAL,
        ),
        Metric(
            name="needless",
            says="Of messages without a danger, those in which one was seen.",
            better=Better.LOWER,
            goal=NEEDLESS_GOAL,
        ),
        Metric(
            name="intent_right", says="The intent is the one that a person gave, or another that the same words allow.", goal=INTENT_GOAL
        ),
        Metric(name="out_of_scope_found", says="Of messages that are not ours to deal with, those read as such."),
        Metric(name="severity_near", says="The severity is at most one grade off."),
        Metric(name="severity_right", says="The severity is the grade that a person gave."),
        Metric(name="sentiment_near", says="The sentiment, on a scale of five, is at most one step off."),
        Metric(name="language_right", says="The language is the one in which the message was written."),
        *(
            Metric(name=f"recall_{signal}", says=f"Of messages with the signal {words[signal]}, those in which it was raised.")
            for signal in Signal
        ),
        *(
            Metric(name=f"precision_{signal}", says=f"Of messages in which {words[signal]} was raised, those that hold it.")
            for signal in Signal
        ),
    )


def cases(seed: int) -> list[EvalCase]:
    """Messages written for this suite alone, and those that the embedded model was never trained on. The seed changes nothing."""
    del seed
    numbers = count(1)
    return [*read("triage"), *(_held_back(one, next(numbers)) for one in labelled("heldback"))]


def _held_back(one: Labelled, number: int) -> EvalCase:
    signals = sorted(one.signals)
    dangers = [signal for signal in signals if signal in DANGERS]
    return EvalCase(
        id=f"heldback-{number:03d}",
        source="maitred authors",
        licence="Apache-2.0",
        slices={"language": one.language, "kind": "several" if len(signals) > 1 else "plain", "set": "heldback"},
        input={"text": one.text},
        gold={"intent": one.intent, "severity": one.severity, "sentiment": one.sentiment, "signals": signals, "language": one.language},
        dangerous=f"none of its dangers is seen: {', '.join(dangers)}" if dangers else "",
    )


async def answer(house: House, case: EvalCase) -> Answer:
    """What the triage agent reads."""
    began = time.perf_counter()
    with tallied() as tally:
        triage = await house.triage.read(_turn(case, house), BUDGET_S)
    plain = triage.model_dump(mode="json")
    return Answer(
        output={name: plain[name] for name in KEPT},
        models=tuple(sorted({triage.model, *tally.models})),
        usage=tally.usage,
        ms=round((time.perf_counter() - began) * 1000, 3),
    )


def _turn(case: EvalCase, house: House) -> TurnInput:
    sender = Sender(email="somebody@unknown.example")
    message = InboundMessage(
        channel="email", external_id="m-1", conversation_id="c-1", sender=sender, text=case.input["text"], sent_at=house.world.now
    )
    return TurnInput(case_id="case", turn=1, message_id="m-1", message=message, identity=None, received_at=house.world.now)


def judge(case: EvalCase, answered: Answer) -> Judgement:
    """Labels against labels; a danger that is missed is the dangerous error."""
    gold, got = case.gold, answered.output
    true, raised = set[str](gold["signals"]), set[str](got["signals"])
    danger, alarm = bool(true & DANGERS), bool(raised & DANGERS)
    intent_right = got["intent"] in (gold["intent"], *gold.get("also", ()))
    values = {
        **({"missed_danger": float(not alarm)} if danger else {"needless": float(alarm)}),
        "intent_right": float(intent_right),
        **({"out_of_scope_found": float(intent_right)} if gold["intent"] == Intent.OUT_OF_SCOPE else {}),
        "severity_near": float(abs(got["severity"] - gold["severity"]) <= 1),
        "severity_right": float(got["severity"] == gold["severity"]),
        "sentiment_near": float(abs(2 * got["sentiment"] - gold["sentiment"]) <= 1),
        "language_right": float(got["language"] == gold["language"]),
        **{f"recall_{signal}": float(signal in raised) for signal in true},
        **{f"precision_{signal}": float(signal in true) for signal in raised},
    }
    faults = _faults(gold, got, true, raised, danger, alarm)
    return Judgement(
        passed=intent_right and danger == alarm,
        values=values,
        dangerous=danger and not alarm,
        why="" if intent_right and danger == alarm else "; ".join(faults),
        expected={"intent": got["intent"] if intent_right else gold["intent"], "severity": str(gold["severity"])},
        got={"intent": got["intent"], "severity": str(got["severity"])},
        confidence=got["confidence"],
        right=intent_right,
    )


def _faults(gold: dict[str, Any], got: dict[str, Any], true: set[str], raised: set[str], danger: bool, alarm: bool) -> Sequence[str]:
    found: list[str] = []
    if danger and not alarm:
        found.append(f"no danger was seen, though it holds {', '.join(sorted(true & DANGERS))}")
    if alarm and not danger:
        found.append(f"{', '.join(sorted(raised & DANGERS))} was raised and is not there")
    if got["intent"] not in (gold["intent"], *gold.get("also", ())):
        found.append(f"the intent was read as {got['intent']} and is {gold['intent']}")
    return found


def _baseline(reads: Callable[[str], dict[str, Any]], name: str) -> Callable[[House, EvalCase], Any]:
    async def answer_of_baseline(house: House, case: EvalCase) -> Answer:
        del house
        return Answer(output=reads(case.input["text"]), models=(f"baseline:{name}",))

    return answer_of_baseline


SUITE = Suite(
    name="triage",
    asks="Is a message read as a person would read it, and is a danger in it seen?",
    metrics=_metrics(),
    cases=cases,
    answer=answer,
    judge=judge,
    baselines={"majority": _baseline(majority_triage, "majority"), "keyword": _baseline(keyword_triage, "keyword")},
)
