"""Identity: is a sender matched to the right client, and never to one that an address only looks like?"""

from __future__ import annotations

import time
from typing import Any

from domain.case import Sender
from evals.case import EvalCase
from evals.datasets import read
from evals.datasets.families.senders import cases as senders
from evals.house import House
from evals.suite import Answer, Better, Judgement, Metric, Suite

GENERATED = 300
DOUBTFUL = 0.6
"""An identity that several clients fit must not be surer than this."""

METRICS = (
    Metric(name="right_client", says="The sender was matched to the right client, or to none where nobody can know.", goal=0.99),
    Metric(
        name="lookalike_matched",
        says="Of senders that only look like a client's, those that were matched to any client.",
        better=Better.LOWER,
        goal=0.0,
        hard=True,
    ),
    Metric(
        name="false_match",
        says="Matched to a client that it is not; a stranger who is taken for a client hears what is not theirs.",
        better=Better.LOWER,
        goal=0.0,
    ),
    Metric(name="found", says="Of senders who belong to a client, those that were matched to it.", goal=0.99),
    Metric(name="doubt_told", says="Of senders whom two clients share, those matched without more certainty than that allows.", goal=1.0),
)


def cases(seed: int) -> list[EvalCase]:
    """The written look-alikes, and what `seed` makes of the company's contacts."""
    return [*read("identity"), *senders(seed, GENERATED)]


async def answer(house: House, case: EvalCase) -> Answer:
    """Whom the CRM takes the sender for."""
    began = time.perf_counter()
    found = await house.gatherer.crm.identify(Sender.model_validate(case.input["sender"]))
    output: dict[str, Any] = {"client": None}
    if found is not None:
        output = {"client": found.client_id, "by": found.resolved_by, "confidence": found.confidence, "contact": found.contact_id}
    return Answer(output=output, ms=round((time.perf_counter() - began) * 1000, 3))


def judge(case: EvalCase, answer: Answer) -> Judgement:
    """Right is one of the clients that the sender belongs to; none of them, and none must be found."""
    clients, found = list(case.gold["clients"]), answer.output["client"]
    right = found in clients if clients else found is None
    false = found is not None and found not in clients
    values = {"right_client": float(right), "false_match": float(false)}
    if case.gold["lookalike"]:
        values["lookalike_matched"] = float(found is not None)
    if clients:
        values["found"] = float(right)
    doubt = True
    if len(clients) > 1 and found is not None:
        doubt = float(answer.output["confidence"]) <= DOUBTFUL
        values["doubt_told"] = float(doubt)
    wanted = " or ".join(clients) or "nobody"
    why = f"Taken for {found or 'nobody'} by {answer.output.get('by', 'nothing')}, wanted {wanted}." if not right else ""
    return Judgement(
        passed=right and doubt,
        values=values,
        dangerous=false,
        why=why or ("" if doubt else f"Two clients fit, and it is {answer.output['confidence']:.0%} sure."),
        expected={"match": "a client" if clients else "nobody"},
        got={"match": "a client" if found else "nobody"},
    )


SUITE = Suite(
    name="identity",
    asks="Is a sender matched to the right client, and never to one that an address only looks like?",
    metrics=METRICS,
    cases=cases,
    answer=answer,
    judge=judge,
)
