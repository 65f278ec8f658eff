"""Contradictory records: two clients, contacts, tiers or marks of the CRM disagree, and the careful reading must win."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from domain.facts import ContactRole
from evals.case import EvalCase
from evals.datasets.families.company import company
from evals.datasets.families.scene import CHANNELS, TIERS, MeantText, Scene, Writer, numbered, simple, standing_of, writer
from evals.house import Changes
from evals.scoring.wanted import Standing
from tools.world.names import chance

Makes = Callable[[random.Random, MeantText], Scene]
LARGE = {"status": "active"}
"""A contract that runs: of one that has ended nothing is at stake."""


def cases(seed: int, count: int) -> list[EvalCase]:
    """`count` of them, always the same ones for the same seed."""
    return numbered("contradictions", seed, _scenes(seed), count)


def _scenes(seed: int) -> Iterator[Scene]:
    rng = chance(f"{seed}-contradictions")
    while True:
        for makes in KINDS:
            yield makes(rng, rng.choice(simple()))


def _record(kind: str, tier: str, **client: Any) -> Makes:
    """One record that says two things."""

    def makes(rng: random.Random, text: MeantText) -> Scene:
        one, changes = writer(rng, tier, text.meaning), Changes(client=client)
        return _scene(text, [one.says(text.text, rng.choice(CHANNELS))], standing_of(one, changes), kind, changes)

    return makes


def _two_roles(rng: random.Random, text: MeantText) -> Scene:
    """The same address stands in the record twice, once as a chief: a chief who is taken for an analyst is the error that hurts."""
    one = writer(rng, "premium", text.meaning)
    analyst = one.contact.model_copy(update={"role": ContactRole.USER})
    chief = one.contact.model_copy(update={"id": f"{one.contact.id}-2", "role": ContactRole.EXECUTIVE, "title": "Chief Executive Officer"})
    both = [analyst, chief] if rng.random() < 0.5 else [chief, analyst]
    changes = Changes(client={"contacts": [contact.model_dump(mode="json") for contact in both]})
    message = {"client": one.client.id, "contact": one.contact.email, "channel": rng.choice(CHANNELS), "text": text.text}
    return _scene(text, [message], standing_of(Writer(one.client, chief), changes), "two contacts share an address", changes)


def _two_clients(rng: random.Random, text: MeantText) -> Scene:
    """The channel names one client and the address belongs to another of the same region: what is owed nobody can know."""
    named = writer(rng, "standard", text.meaning)
    others = [one for one in company().plain if one.region is named.client.region and one.id != named.client.id]
    other = rng.choice(others)
    sender = {"client_id": named.client.id, "email": other.contacts[1].email, "name": other.contacts[1].name}
    standing = Standing(tier="standard", region=named.client.region, unknown=True)
    message = {"sender": sender, "channel": "web-form", "text": text.text}
    return _scene(text, [message], standing, "the channel names one client, the address another")


def _two_owners(rng: random.Random, text: MeantText) -> Scene:
    """A domain that two clients share: the more valuable one counts, for a VIP taken for somebody else is the error that hurts."""
    shared = sorted({name for client in company().world.clients for name in client.domains if name.startswith("group-")})
    domain = rng.choice(shared)
    owners = [client for client in company().world.clients if domain in client.domains]
    client = max(owners, key=lambda one: TIERS.index(company().standing(one, None).tier))
    message = {"sender": {"email": f"front.office@{domain}"}, "channel": "email", "text": text.text}
    return _scene(text, [message], company().standing(client, None), "two clients share a domain")


def _scene(text: MeantText, messages: list[dict[str, Any]], standing: Standing, kind: str, changes: Changes | None = None) -> Scene:
    return Scene(messages=messages, meaning=text.meaning, standing=standing, kind=kind, changes=changes or Changes(), group=text.id)


KINDS: tuple[Makes, ...] = (
    _record(
        "a silver contract over more than a million",
        "standard",
        invoices=[],
        contract=LARGE | {"tier": "silver", "annual_value": 1_600_000.0},
    ),
    _record("no tier and more than a million", "standard", invoices=[], contract=LARGE | {"tier": "none", "annual_value": 1_250_000.0}),
    _record("the best health and notice given", "premium", health=0.99, contract={"status": "notice"}),
    _record("the best health and in litigation", "standard", health=0.98, flags=["litigation"]),
    _record("notice given and terms negotiated", "premium", contract={"status": "notice", "in_negotiation": True}),
    _record("AI is forbidden and the contract has ended", "standard", contract={"ai_allowed": False, "status": "ended"}),
    _two_roles,
    _two_clients,
    _two_owners,
)
