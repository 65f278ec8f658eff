"""What all families share: the written messages that they draw from, writers for them, and the making of a case."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from domain.client import ClientProfile, Contact
from domain.facts import ContactRole, Mode, Signal
from evals.case import EvalCase
from evals.datasets import read
from evals.datasets.families.company import company
from evals.house import Changes
from evals.scoring.wanted import DANGEROUS, DESK_LANGUAGES, Meaning, Standing, Wanted, dangerous_error, wanted

LICENCE = "Apache-2.0"
CHANNELS = ("email", "chat", "slack", "web-form", "teams", "whatsapp")
TIERS = ("standard", "premium", "strategic")
"""The least valuable first."""


@dataclass(frozen=True)
class MeantText:
    """A written message with what its author meant."""

    id: str
    text: str
    meaning: Meaning

    @property
    def dangerous(self) -> bool:
        """Something in it that a bot must not answer alone."""
        return bool(set(self.meaning.signals) & DANGEROUS)


@dataclass(frozen=True)
class Writer:
    """Who writes."""

    client: ClientProfile
    contact: Contact

    def says(self, text: str, channel: str) -> dict[str, Any]:
        """A message of theirs."""
        return {"client": self.client.id, "contact": self.contact.email, "channel": channel, "text": text}


@dataclass(frozen=True)
class Scene:
    """One generated case before it has a number."""

    messages: Sequence[Mapping[str, Any]]
    meaning: Meaning
    standing: Standing
    kind: str
    changes: Changes = field(default_factory=Changes)
    gold: Wanted | None = None
    group: str = ""


@cache
def texts() -> tuple[MeantText, ...]:
    """The written messages in the desks' languages, each once."""
    found: dict[str, MeantText] = {}
    for case in read("routing"):
        meaning, messages = Meaning.model_validate(case.gold["meaning"]), case.input["messages"]
        if len(messages) == 1 and meaning.language in DESK_LANGUAGES:
            text = str(messages[0]["text"])
            found.setdefault(text, MeantText(case.group, text, meaning))
    return tuple(found.values())


@cache
def dangers() -> tuple[MeantText, ...]:
    """Those that a bot must not answer alone, whoever writes them."""
    return tuple(one for one in texts() if one.dangerous)


@cache
def simple() -> tuple[MeantText, ...]:
    """Those that a bot may answer alone."""
    plain = Standing(tier="standard", region=company().world.clients[0].region)
    return tuple(one for one in texts() if Mode.AI in wanted(one.meaning, plain).modes)


def writer(rng: random.Random, tier: str, meaning: Meaning) -> Writer:
    """Somebody of an unremarkable client of this tier who writes the language, where there is anybody; a chief where one has to speak."""
    role = ContactRole.EXECUTIVE if Signal.EXECUTIVE in meaning.signals else None
    found = [
        Writer(client, contact)
        for client in company().plain_by_tier.get(tier, [])
        for contact in client.contacts
        if (contact.role is ContactRole.EXECUTIVE) is (role is not None) and "consulting" not in contact.email
    ]
    return rng.choice([one for one in found if one.contact.language == meaning.language] or found)


def standing_of(one: Writer, changes: Changes | None = None, turn: int = 1) -> Standing:
    """What is true of the writer under these changes."""
    return company().standing(one.client, one.contact, changes, turn)


def numbered(family: str, seed: int, scenes: Iterator[Scene], count: int) -> list[EvalCase]:
    """The first `count` scenes as cases of `family`; the seed stands in their ids and their source."""
    return [_case(family, seed, number, scene) for number, scene in zip(range(1, count + 1), scenes, strict=False)]


def _case(family: str, seed: int, number: int, scene: Scene) -> EvalCase:
    meaning, standing = scene.meaning, scene.standing
    gold = scene.gold or wanted(meaning, standing)
    changes = scene.changes.model_dump(mode="json", exclude_defaults=True)
    last = scene.messages[-1]
    client = company().clients.get(str(last.get("client", "")))
    parts = {
        "meaning": meaning.model_dump(mode="json", exclude_defaults=True),
        "standing": standing.model_dump(mode="json", exclude_defaults=True),
        "wanted": gold.model_dump(mode="json", exclude_defaults=True),
    }
    return EvalCase(
        id=f"{family}-{seed}-{number:04d}",
        source=f"family:{family}@{seed}",
        licence=LICENCE,
        slices={
            "tier": standing.tier,
            "region": standing.region,
            "language": meaning.language,
            "channel": str(last.get("channel", "email")),
            "segment": client.segment if client else "unknown",
            "route": gold.golden.mode,
            "intent": meaning.intent,
            "severity": str(meaning.severity),
            "kind": f"{family}: {scene.kind}",
        },
        input={"messages": [dict(one) for one in scene.messages], **({"changes": changes} if changes else {})},
        gold=parts,
        dangerous=(dangerous_error(meaning, standing) or f"a bot alone answers {scene.kind}") if gold.danger else "",
        group=scene.group,
    )
