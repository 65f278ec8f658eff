"""Routes with a gold label: hand-written messages of the sample company, each from several clients, routed as the service would."""

from __future__ import annotations

import asyncio
import hashlib
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from agents.context_gatherer import ContextGatherer
from agents.embedded.model import embedded_model
from agents.embedded.router import certainty_of
from agents.router import RouterAgent, router_inputs
from agents.triage import TriageAgent
from agents.value_estimator import ValueEstimator
from domain.case import Identity, InboundMessage, Sender, TurnInput
from domain.client import ClientProfile, Contact
from domain.decision import Proposal
from domain.facts import LoadFacts
from graphs.nodes.route import offer_of
from graphs.snapshot import client_facts, context_facts, facts_of
from policies.engine import CompiledPolicy, compile_policy
from policies.rules import shipped
from tools.case_history import EmbeddedCaseHistory
from tools.crm import EmbeddedCrm
from tools.knowledge import EmbeddedKnowledge
from tools.telemetry import EmbeddedTelemetry
from tools.word_vectors import word_vectors
from tools.world.generator import generate
from tools.world.gold import expect
from tools.world.model import Expect, World
from tools.world.texts import BaseText, plain_texts, texts_in

DAY = date(2026, 11, 23)
CLIENTS_A_TEXT = 2
BUDGET_S = 30.0
HOLE = re.compile(r"\{(\w+)\}")
FILLED = {"amount": "240.00", "currency": "EUR", "invoice": "2026-117", "renews": "31 January", "seats": "12", "manager": "Anneke Voss"}


@dataclass(frozen=True)
class LabelledRoute:
    """A proposal, what its confidence was made from, and whether it is right."""

    text: str
    certainty: float
    confidence: float
    right: bool


def labelled_routes(models: Path, *, held_back: bool) -> list[LabelledRoute]:
    """Every message of one half, each from some of the clients who write its language. Nothing is ever fitted on the half held back."""
    return asyncio.run(_labelled(models, held_back))


async def _labelled(models: Path, held_back: bool) -> list[LabelledRoute]:
    world, policy, model = generate(DAY), compile_policy(shipped()), embedded_model(models)
    house = _House(world, policy, TriageAgent(model), RouterAgent(model))
    return [await house.route(text, client, contact) for text, client, contact in _written(world, held_back)]


class _House:
    """The agents and tools of one sample company."""

    def __init__(self, world: World, policy: CompiledPolicy, triage: TriageAgent, router: RouterAgent) -> None:
        crm = EmbeddedCrm(world.clients)
        knowledge, history = EmbeddedKnowledge(world.articles, word_vectors()), EmbeddedCaseHistory(world.cases)
        self._gatherer = ContextGatherer(crm, EmbeddedTelemetry(world.telemetry), knowledge, history)
        self._value = ValueEstimator(crm)
        self._world, self._policy, self._triage, self._router = world, policy, triage, router

    async def route(self, text: BaseText, client: ClientProfile, contact: Contact) -> LabelledRoute:
        """The message on its way to a proposal, step by step as the graph goes."""
        now = self._world.now
        sender = Sender(email=contact.email, name=contact.name)
        identity = await self._gatherer.crm.identify(sender)
        turn = _turn(text, client, sender, identity, self._world)
        context = await self._gatherer.gather(identity, turn.message.text, "", now, BUDGET_S)
        facts = facts_of(
            turn,
            client=client_facts(identity, context.profile, client.region, now),
            context=context_facts(context, now),
            value=await self._value.estimate(identity, now, BUDGET_S),
            triage=await self._triage.read(turn, BUDGET_S),
            load=LoadFacts(),
        )
        frame = self._policy.frame(facts)
        offer = offer_of(self._policy, facts, frame)
        proposal = await self._router.propose(facts, frame, context, offer, BUDGET_S)
        return LabelledRoute(
            text=text.text,
            certainty=certainty_of(router_inputs(facts, frame, context, offer)),
            confidence=proposal.confidence,
            right=is_right(proposal, expect(text, client, contact), text.language, self._policy),
        )


def is_right(proposal: Proposal, gold: Expect, language: str, policy: CompiledPolicy) -> bool:
    """An acceptable mode, and a pool that knows what the message is really about and speaks its language, where any pool does."""
    pool, region = policy.pools[proposal.pool], [one for one in policy.pools.values() if one.region == policy.pools[proposal.pool].region]
    wanted = {gold.intent, *gold.signals} & {skill for one in region for skill in one.skills}
    speaks = language in pool.languages or not any(language in one.languages for one in region)
    return proposal.mode in gold.modes and speaks and (not wanted or bool(wanted & set(pool.skills)))


def _written(world: World, held_back: bool) -> Iterator[tuple[BaseText, ClientProfile, Contact]]:
    """Each text from a few contacts who write in its language; always the same ones."""
    chance = random.Random(1)  # noqa: S311 - a fixed sample, no secret
    people = [(client, contact) for client in world.clients for contact in client.contacts]
    for text in [*plain_texts(), *texts_in("threads"), *texts_in("hostile")]:
        if (hashlib.sha256(text.text.encode()).digest()[0] % 2 == 1) is not held_back:
            continue
        fitting = [one for one in people if one[1].language == text.language] or people
        for client, contact in chance.sample(fitting, CLIENTS_A_TEXT):
            yield text, client, contact


def _turn(text: BaseText, client: ClientProfile, sender: Sender, identity: Identity | None, world: World) -> TurnInput:
    words = HOLE.sub(lambda hole: {**FILLED, "client": client.name, "contact": sender.name or ""}.get(hole[1], hole[0]), text.text)
    message = InboundMessage(channel="email", external_id="m", conversation_id="c", sender=sender, text=words, sent_at=world.now)
    return TurnInput(case_id="case", turn=1, message_id="m", message=message, identity=identity, received_at=world.now)
