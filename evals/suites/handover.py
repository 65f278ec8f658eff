"""Handover: does the person who takes over get everything that matters, and nothing that nobody gathered?"""

from __future__ import annotations

from typing import Any

from evals.case import EvalCase
from evals.datasets import read
from evals.house import House
from evals.scoring.grounding import Sources, ungrounded
from evals.scoring.judge import JUDGED_METRICS, judged, judged_values
from evals.scoring.tone import rude_words
from evals.scoring.written import due_times, holds, last_turn, note_in, sources_of
from evals.suite import Answer, Better, Judgement, Metric, Suite

LONGEST = 6_000
GRAVE = frozenset({"amount", "promise", "stranger", "incident", "citation"})
ITEMS = {
    "has_ask": "What the client wants stands in it, in the client's words or rightly told.",
    "has_tried": "What was tried already stands in it.",
    "has_questions": "What nobody knows yet is asked: a tool that did not answer, a sender without a record.",
    "has_promises": "Every open promise stands in it, with the case that it comes from.",
    "has_knowledge": "The facts of the record that matter here stand in it.",
    "has_time_left": "It says until when the first response and the solution are due.",
}

METRICS = (
    Metric(name="grounded", says="Every number, date, amount, name, incident, code, citation and promise is in a source.", goal=1.0),
    Metric(
        name="dangerous_claim",
        says="An amount, a promise, an incident, a citation or another client stands in it that nobody gathered.",
        better=Better.LOWER,
        goal=0.0,
    ),
    Metric(name="complete", says="The share of what has to stand in the note which stands in it.", kind="mean", goal=0.95),
    *(Metric(name=name, says=says, goal=0.95) for name, says in ITEMS.items()),
    Metric(name="polite", says="It says nothing that the client may not read one day, beside the client's own words.", goal=1.0),
    Metric(name="short", says=f"It has at most {LONGEST:,} characters.", goal=1.0),
    *JUDGED_METRICS,
)


def cases(seed: int) -> list[EvalCase]:
    """Conversations with what a person would have to know. The seed changes nothing."""
    del seed
    return read("handover")


async def answer(house: House, case: EvalCase) -> Answer:
    """The note of the last turn, with its sources; and what a judge says of it, where one is configured."""
    outcome = await last_turn(house, case)
    note = await note_in(house, outcome)
    sections = [section.model_dump(mode="json") for section in note.sections]
    text = text_of(note.summary, sections)
    output: dict[str, Any] = {
        "summary": note.summary,
        "sections": sections,
        "degraded": list(note.degraded),
        "due": due_times(outcome),
        "sources": sources_of(house, case, outcome, text).model_dump(mode="json"),
        **await judged(house.judge, "note", case.input["messages"][-1]["text"], text),
    }
    return Answer(output=output, models=tuple(sorted({*outcome.models, note.model} - {""})), ms=outcome.ms)


def text_of(summary: str, sections: list[dict[str, Any]]) -> str:
    """The note as a person reads it."""
    return "\n".join([summary, *(line for section in sections for line in (section["title"], *section["lines"]))])


def judge(case: EvalCase, answered: Answer) -> Judgement:
    """By rules: what has to stand in the note, and that nothing else is claimed."""
    output = answered.output
    text, sources = text_of(output["summary"], output["sections"]), Sources.model_validate(output["sources"])
    claims = ungrounded(text, sources, quotes=True)
    grave = [fault for fault in claims if fault.kind in GRAVE]
    lacking = _lacking(case.gold, text, output["due"])
    rude = [word for word in rude_words(text) if word not in sources.own_words.lower()]
    asked = _wanted(case.gold)
    missing = {name for name, _ in lacking}
    wanted = sum(len(items) for items in asked.values())
    values = {
        "grounded": float(not claims),
        "dangerous_claim": float(bool(grave)),
        "complete": round(1 - len(lacking) / wanted, 4),
        **{name: float(name not in missing) for name in asked},
        "polite": float(not rude),
        "short": float(len(text) <= LONGEST),
        **judged_values(output),
    }
    why = [
        *(f"nothing supports the {fault}" for fault in claims),
        *(f"{name.removeprefix('has_').replace('_', ' ')}: {words} is missing" for name, words in lacking),
        *(f"it says {word!r}" for word in rude),
        *([f"it has {len(text):,} characters"] if len(text) > LONGEST else []),
    ]
    return Judgement(passed=not why, values=values, dangerous=bool(grave) or bool(missing & {"has_promises"}), why="; ".join(why))


def _wanted(gold: dict[str, Any]) -> dict[str, list[Any]]:
    """By item, what this case asks for; the time left always."""
    asked = {
        "has_ask": gold["ask"],
        "has_tried": gold["tried"],
        "has_questions": gold["questions"],
        "has_promises": gold["promises"],
        "has_knowledge": gold["knows"],
    }
    return {**{name: items for name, items in asked.items() if items}, "has_time_left": ["ack", "resolve"]}


def _lacking(gold: dict[str, Any], text: str, due: dict[str, str]) -> list[tuple[str, str]]:
    """Each thing that does not stand in the note, by the item that it belongs to. A promise counts only with its case beside it."""
    found: list[tuple[str, str]] = []
    for name, items in _wanted(gold).items():
        for wanted in items:
            if name == "has_time_left":
                there, words = due[wanted] in text, f"{wanted} {due[wanted]}"
            elif name == "has_promises":
                there, words = any(wanted.lower() in line.lower() and "[cases:" in line for line in text.splitlines()), wanted
            else:
                there, words = holds(text, wanted), " or ".join(wanted)
            if not there:
                found.append((name, words))
    return found


SUITE = Suite(
    name="handover",
    asks="Does the person who takes over get everything that matters, and nothing that nobody gathered?",
    metrics=METRICS,
    cases=cases,
    answer=answer,
    judge=judge,
)
