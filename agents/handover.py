"""The handover writer: what a person must know to take over.

Facts are copied from the record, never retold: a model adds its summary and what it makes of the case, beside them. When it fails,
or policy lets no model of its region see the case, the embedded template stands in and says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from agents.citations import with_known_ids
from agents.residency import asked
from domain.case import THREAD_KEPT, TurnInput
from domain.context import Context, Handover, HandoverSection
from domain.decision import Route, Verdict
from domain.errors import ModelUnavailable
from domain.facts import Facts
from domain.model import ModelAnswer, ModelCall
from domain.ports import Model
from prompts.loader import Prompt, load

LONGEST_MESSAGE = 1_500
DESK_LANGUAGE = "en"
MOST_SECTIONS, MOST_LINES, LONGEST_LINE, LONGEST_TITLE = 8, 20, 2_000, 80
UNSEEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")
"""What turns a line around or hides in it (Boucher & Anderson, Trojan Source, 2021); joiners stay, since some scripts need them."""
MOST_SAID = 6_000
"""Characters of a model's own words in a note: about two pages, which is more than anybody reads before they answer."""
CUT = "… (the model wrote more than a note holds)"


class HandoverAnswer(BaseModel):
    """What the model is asked for."""

    model_config = ConfigDict(extra="ignore")

    summary: str = Field(min_length=1, max_length=2_000)
    sections: tuple[HandoverSection, ...]
    citations: tuple[str, ...] = ()


class HandoverWriter:
    """Writes handover notes."""

    def __init__(self, model: Model, stand_in: Model, prompt: Prompt | None = None) -> None:
        self._model = model
        self._stand_in = stand_in
        self._prompt = prompt or load("handover")

    def of_the_record(self) -> HandoverWriter:
        """The same without a model's words: what is shown before anything is decided costs no call."""
        return HandoverWriter(self._stand_in, self._stand_in, self._prompt)

    async def write(self, turn: TurnInput, facts: Facts, context: Context, verdict: Verdict, route: Route, budget_s: float) -> Handover:
        """The note, in the desk's language."""
        call = ModelCall(
            task="handover",
            prompt_id=self._prompt.id,
            prompt_hash=self._prompt.hash,
            system=self._prompt.render(language=DESK_LANGUAGE),
            inputs=_inputs(turn, facts, context, verdict, route),
            budget_s=budget_s,
            regions=verdict.envelope.model_regions,
        )
        record = (await self._stand_in.ask(call, HandoverAnswer)).value
        said, failures = await self._ask(call)
        known = {fact.id for fact in context.facts}
        return Handover(
            summary=UNSEEN.sub("", record.summary),
            language=DESK_LANGUAGE,
            sections=tuple(map(_visible, _beside(record, said.value, known))),
            citations=tuple(one for one in dict.fromkeys([*said.value.citations, *record.citations]) if one in known),
            model=said.model,
            turn=turn.turn,
            degraded=failures,
        )

    async def _ask(self, call: ModelCall) -> tuple[ModelAnswer[HandoverAnswer], tuple[str, ...]]:
        try:
            return await asked(self._model, call, HandoverAnswer), ()
        except ModelUnavailable as error:
            return await self._stand_in.ask(call, HandoverAnswer), (f"handover: {error.message}",)


def _beside(record: HandoverAnswer, said: HandoverAnswer, known: set[str]) -> tuple[HandoverSection, ...]:
    """The record's sections first; then the model's words, named as such, with citations of facts that nobody gave marked."""
    if said == record:
        return record.sections
    summary = HandoverSection(title="summary", lines=(said.summary,))
    words = [
        HandoverSection(
            title=f"The model says: {section.title[:LONGEST_TITLE]}",
            lines=tuple(with_known_ids(line[:LONGEST_LINE], known) for line in section.lines[:MOST_LINES]),
        )
        for section in (summary, *said.sections[:MOST_SECTIONS])
    ]
    return (*record.sections, *bounded(words))


def _visible(section: HandoverSection) -> HandoverSection:
    """Without characters that nobody sees: a name that turns the line around would show a lead what the record does not hold."""
    return HandoverSection(title=UNSEEN.sub("", section.title), lines=tuple(UNSEEN.sub("", line) for line in section.lines))


def bounded(words: list[HandoverSection]) -> Iterator[HandoverSection]:
    """The model's words up to a bound, and where they were cut."""
    left = MOST_SAID
    for section in words:
        kept: list[str] = []
        for line in section.lines:
            kept.append(line if len(line) <= left else f"{line[:left]}{CUT}")
            left -= len(line)
            if left < 0:
                yield section.model_copy(update={"lines": tuple(kept)})
                return
        yield section.model_copy(update={"lines": tuple(kept)})


def _inputs(turn: TurnInput, facts: Facts, context: Context, verdict: Verdict, route: Route) -> dict[str, Any]:
    return {
        "message": turn.message.text[:LONGEST_MESSAGE],
        "thread": [text[:LONGEST_MESSAGE] for text in turn.thread[-THREAD_KEPT:]],
        "who": turn.identity.model_dump(mode="json") if turn.identity else None,
        "sender_name": turn.message.sender.name,
        "tier": verdict.tier.id,
        "labels": facts.plain["message"],
        "value": facts.plain["value"],
        "facts": [{"id": fact.id, "text": fact.text, "source": fact.source, "age_s": fact.age_s} for fact in context.facts],
        "missing": list(context.missing),
        "route": route.model_dump(mode="json"),
        "guards": [{"id": guard.id, "because": guard.because} for guard in verdict.guards],
        "sla": verdict.sla.model_dump(mode="json"),
    }
