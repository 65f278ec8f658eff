"""Boundary twins: the same harmless message on both sides of a line that decides who may answer it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from domain.facts import ContactRole
from evals.case import EvalCase
from evals.datasets.families.company import QUARTER_DAYS, REOPENED_TWICE, SILENCE_DAYS, STRATEGIC_FROM, company
from evals.datasets.families.scene import CHANNELS, MeantText, Scene, Writer, numbered, simple, standing_of, writer
from evals.datasets.families.turns import OPENINGS
from evals.house import Changes
from evals.scoring.wanted import LONG, MANY
from tools.world.names import chance

Makes = Callable[[Writer, bool], Changes]


@dataclass(frozen=True)
class Line:
    """A line, for clients of which tier it matters, and how a case is put on either side of it."""

    name: str
    tier: str
    makes: Makes
    turns: tuple[int, int] = (1, 1)
    """Turn of the message below and above the line."""
    attachments: tuple[int, int] = (0, 0)
    chief: bool = False
    """The writer runs the client's company."""


def cases(seed: int, count: int) -> list[EvalCase]:
    """`count` of them, both twins of a pair beside each other, always the same ones for the same seed."""
    return numbered("twins", seed, _scenes(seed), count)


def _nothing(one: Writer, above: bool) -> Changes:
    del one, above
    return Changes()


def _silence(one: Writer, above: bool) -> Changes:
    days = SILENCE_DAYS + (1 if above else 0)
    return Changes(client={"last_contact_at": (company().moment(one.client) - timedelta(days=days, hours=1)).isoformat()})


def _stake(one: Writer, above: bool) -> Changes:
    """Without invoices the amount at stake is the contract's yearly value. Below, it lies so far below that no estimate straddles."""
    del one
    return Changes(client={"invoices": [], "contract": {"annual_value": STRATEGIC_FROM if above else 0.6 * STRATEGIC_FROM}})


def _contract(field: str, below: Any, beyond: Any) -> Makes:
    def makes(one: Writer, above: bool) -> Changes:
        del one
        return Changes(client={"contract": {field: beyond if above else below}})

    return makes


def _flag(name: str) -> Makes:
    def makes(one: Writer, above: bool) -> Changes:
        del one
        return Changes(client={"flags": [name] if above else []})

    return makes


def _small_or_valuable(one: Writer, above: bool) -> Changes:
    """A small silver contract below the line, the client's own above."""
    del one
    return Changes() if above else Changes(client={"invoices": [], "contract": {"tier": "silver", "annual_value": 60_000.0}})


def _past(one: Writer, number: int, days: int, **told: bool) -> dict[str, Any]:
    opened = company().moment(one.client) - timedelta(days=days, hours=1)
    return {
        "id": f"past-twin-{number}",
        "subject": "Scheduled export arrives late",
        "intent": "integration",
        "severity": 2,
        "opened_at": opened.isoformat(),
        "resolved_at": (opened + timedelta(hours=20)).isoformat(),
        "pool": f"{one.client.region}-core",
        "outcome": "Export window moved to 04:00 UTC",
        **told,
    }


def _reopened(one: Writer, above: bool) -> Changes:
    count = REOPENED_TWICE if above else REOPENED_TWICE - 1
    return Changes(past_cases=tuple(_past(one, number, 10 * number, reopened=True) for number in range(1, count + 1)))


def _breached(one: Writer, above: bool) -> Changes:
    return Changes(past_cases=(_past(one, 1, QUARTER_DAYS - 2 if above else QUARTER_DAYS + 2, sla_breached=True),))


LINES = (
    Line("45 days of silence", "premium", _silence),
    Line("a million at stake", "premium", _stake),
    Line("a contract without AI", "standard", _contract("ai_allowed", True, False)),
    Line("notice was given", "standard", _contract("status", "active", "notice")),
    Line("litigation", "standard", _flag("litigation")),
    Line("the press", "premium", _flag("press")),
    Line("a strategic contract", "premium", _contract("tier", "gold", "strategic")),
    Line("a chief of a valuable client", "premium", _small_or_valuable, chief=True),
    Line("two answers that did not hold", "standard", _reopened),
    Line("a promise missed in 90 days", "premium", _breached),
    Line("the fourth turn", "standard", _nothing, turns=(LONG - 1, LONG)),
    Line("ten attachments", "standard", _nothing, attachments=(MANY - 1, MANY)),
)


def _scenes(seed: int) -> Iterator[Scene]:
    rng = chance(f"{seed}-twins")
    pair = 0
    while True:
        line, text = LINES[pair % len(LINES)], rng.choice(simple())
        one, channel = writer(rng, line.tier, text.meaning), rng.choice(CHANNELS)
        one = Writer(one.client, _chief(rng, one)) if line.chief else one
        pair += 1
        for above in (False, True):
            yield _twin(line, text, one, channel, above, f"twins-{seed}-pair-{pair:03d}")


def _chief(rng: random.Random, one: Writer) -> Any:
    return rng.choice([contact for contact in one.client.contacts if contact.role is ContactRole.EXECUTIVE])


def _twin(line: Line, text: MeantText, one: Writer, channel: str, above: bool, group: str) -> Scene:
    changes, turn, files = line.makes(one, above), line.turns[above], line.attachments[above]
    before = OPENINGS[text.meaning.language][: turn - 1]
    attached = [{"name": f"page-{n}.png", "content_type": "image/png", "size": 40_000 + n} for n in range(1, files + 1)]
    last = one.says(text.text, channel) | ({"attachments": attached} if attached else {})
    return Scene(
        messages=[*(one.says(words, channel) for words in before), last],
        meaning=text.meaning,
        standing=standing_of(one, changes, turn).model_copy(update={"attachments": files}),
        kind=f"{line.name}, {'beyond' if above else 'before'}",
        changes=changes,
        group=group,
    )
