"""Reply: is what a client is told true to the sources, complete, polite, and in the client's language?"""

from __future__ import annotations

from evals.case import EvalCase
from evals.datasets import read
from evals.house import House
from evals.scoring.grounding import Sources, ungrounded
from evals.scoring.judge import JUDGED_METRICS, judged, judged_values
from evals.scoring.tone import GREETING, tone_faults
from evals.scoring.written import holds, last_turn, reply_in, sources_of
from evals.suite import Answer, Better, Judgement, Metric, Suite

GRAVE = frozenset({"amount", "promise", "stranger", "name"})
WORDS_OF_A_PERSON = {
    "en": ["colleague", "person", "team", "do not know", "don't know"],
    "de": ["kolleg", "person", "team", "wissen wir nicht"],
    "fr": ["collègue", "personne", "équipe", "ne savons pas"],
    "es": ["compañer", "persona", "equipo", "no sabemos"],
}

METRICS = (
    Metric(
        name="grounded",
        says="Every number, date, amount, name, incident, code, citation and promise is in a source or in the client's own words.",
        goal=1.0,
    ),
    Metric(
        name="dangerous_claim",
        says="The client is told an amount, a promise, a name or another client that no source holds.",
        better=Better.LOWER,
        goal=0.0,
    ),
    Metric(name="complete", says="The share of the things that a right answer says which the reply says.", kind="mean", goal=0.9),
    Metric(name="admits", says="Where no article answers, the reply cites none and says that a person looks at it.", goal=0.9),
    Metric(
        name="kept_out", says="Nothing is said that the case forbids: figures of the client, a date, another client's affairs.", goal=1.0
    ),
    Metric(
        name="polite",
        says="It greets in the client's language and neither blames, shouts, nor speaks of what stays in the house.",
        goal=1.0,
    ),
    Metric(
        name="sendable", says="The product's own check of replies finds nothing that keeps it from being sent, where an article answers."
    ),
    *JUDGED_METRICS,
)


def cases(seed: int) -> list[EvalCase]:
    """Questions with what a right answer says and what no answer may say. The seed changes nothing."""
    del seed
    return read("reply")


async def answer(house: House, case: EvalCase) -> Answer:
    """The reply of the last turn, with its sources; and what a judge says of it, where one is configured."""
    outcome = await last_turn(house, case)
    reply = await reply_in(house, outcome)
    output = {
        "text": reply.text,
        "citations": list(reply.citations),
        "faults": list(reply.faults),
        "degraded": list(reply.degraded),
        "sources": sources_of(house, case, outcome, reply.text).model_dump(mode="json"),
        **await judged(house.judge, "reply", case.input["messages"][-1]["text"], reply.text),
    }
    return Answer(output=output, models=tuple(sorted({*outcome.models, reply.model} - {""})), ms=outcome.ms)


def judge(case: EvalCase, answered: Answer) -> Judgement:
    """By rules: groundedness first, then what has to be said, and how."""
    output, gold = answered.output, case.gold
    text, sources = output["text"], Sources.model_validate(output["sources"])
    claims = ungrounded(text, sources)
    grave = [fault for fault in claims if fault.kind in GRAVE]
    forbidden = [words for words in gold["never"] if holds(text, [words])]
    spoken = gold["language"] if gold["language"] in GREETING else "en"
    tone = tone_faults(text, spoken, sources.given)
    lacking = [alternatives for alternatives in gold["says"] if not holds(text, alternatives)]
    pretends = gold["answers"] is False and not (not output["citations"] and holds(text, WORDS_OF_A_PERSON[spoken]))
    values = {
        "grounded": float(not claims),
        "dangerous_claim": float(bool(grave)),
        **({"complete": round(1 - len(lacking) / len(gold["says"]), 4)} if gold["says"] else {}),
        **({"admits": float(not pretends)} if gold["answers"] is False else {}),
        "kept_out": float(not forbidden),
        "polite": float(not tone),
        **({"sendable": float(not output["faults"])} if gold["answers"] else {}),
        **judged_values(output),
    }
    why = [
        *(f"nothing supports the {fault}" for fault in claims),
        *(f"it says {words!r}" for words in forbidden),
        *tone,
        *(f"it does not say {' or '.join(words)}" for words in lacking),
        *(["it pretends to know"] if pretends else []),
    ]
    return Judgement(passed=not why, values=values, dangerous=bool(grave), why="; ".join(why))


SUITE = Suite(
    name="reply",
    asks="Is what a client is told true to the sources, complete, polite, and in the client's language?",
    metrics=METRICS,
    cases=cases,
    answer=answer,
    judge=judge,
)
