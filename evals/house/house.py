"""The real graph in process, on the sample company: no network, no server, and nothing that stays when it is closed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any, cast

from langgraph.checkpoint.memory import InMemorySaver

from agents.context_gatherer import ContextGatherer
from agents.embedded.model import embedded_model
from agents.handover import HandoverWriter
from agents.model import EmbeddedModel, LiteLlmModel, ModelSettings, litellm_library
from agents.reply import ReplyWriter
from agents.router import RouterAgent
from agents.triage import TriageAgent
from agents.value_estimator import ValueEstimator
from domain.canonical import digest_of
from domain.client import ClientProfile
from domain.errors import InvalidInput
from domain.facts import LoadFacts, Region
from domain.identifiers import derived_id
from domain.ports import Model
from domain.unit_of_work import Store
from evals.house.changes import NOTHING, Changes
from evals.house.conversation import CaseClock, Conversation
from evals.house.counting import CountedModel
from evals.house.memory import Memory, MemoryRoster, load_at
from evals.house.messages import inbound, with_writers
from evals.house.outcome import TurnOutcome
from evals.house.sources import Sources
from graphs.deps import Deps
from graphs.routing import build_graph
from graphs.runner import CaseGraph
from policies.engine import CompiledPolicy, compile_policy
from policies.rules import shipped
from policies.shelf import PolicyShelf
from prompts.loader import Prompt, prompts_in
from runtime.settings import Settings
from tools.world.generator import SEED, generate
from tools.world.model import World

DAY = date(2026, 11, 23)
"""A Monday."""
MID_MORNING = {Region.EU: time(10), Region.US: time(16), Region.APAC: time(4)}
"""In UTC: when a conversation begins that does not say when, so that its own region is at work."""
PATIENCE_S = 120.0
HOSTS = Settings.model_construct().own_hosts()


@cache
def sources_of(day: date, seed: int) -> Sources:
    """The sample company of a day with its tools. It takes seconds to make, nothing changes it, and every house of the day may share it."""
    return Sources(generate(day, seed))


@cache
def embedded_of(models: Path) -> EmbeddedModel:
    """The embedded model of a folder, loaded once."""
    return embedded_model(models)


@dataclass(frozen=True)
class HouseSpec:
    """What a house is made of."""

    models: Path
    """Folder of the trained embedded model; trained there when it is missing."""
    model: ModelSettings | None = None
    """The model that speaks; None: the embedded one."""
    policy_text: str | None = None
    """None: the shipped policy."""
    prompts: Path | None = None
    """A folder of prompts that take the place of the package's own."""
    day: date = DAY
    seed: int = SEED
    judge: ModelSettings | None = None
    """A model that grades what writers wrote, where rules cannot; None: those grades are left out."""
    patience_s: float | None = PATIENCE_S
    """Seconds that a model may take for any call, so that its answers are judged and not the machine; None: the policy's own budgets."""


class House:
    """One sample company with one model and one policy. Conversations in it do not touch each other and may run side by side."""

    def __init__(
        self, spec: HouseSpec, sources: Sources, embedded: EmbeddedModel, speaking: CountedModel, prompts: Mapping[str, Prompt]
    ) -> None:
        self.spec = spec
        self.world: World = sources.world
        self.embedded = embedded
        self.model = speaking
        self.judge = CountedModel(LiteLlmModel(spec.judge), spec.patience_s) if spec.judge else None
        self.prompts = prompts
        self.policy: CompiledPolicy = compile_policy(shipped() if spec.policy_text is None else spec.policy_text)
        self.clients: dict[str, ClientProfile] = {one.id: one for one in self.world.clients}
        self._sources = sources
        self._graph = build_graph(InMemorySaver())
        self._loads: dict[datetime, LoadFacts] = {}
        self.deps = self._deps()

    @classmethod
    @asynccontextmanager
    async def open(cls, spec: HouseSpec) -> AsyncGenerator[House, None]:
        """A house that is open while inside."""
        embedded = embedded_of(spec.models)
        inner: Model = embedded
        if spec.model is not None or spec.judge is not None:
            await litellm_library()  # its import would use up the budget of the first case
        if spec.model is not None:
            patience = spec.patience_s or spec.model.timeout_s
            inner = LiteLlmModel(replace(spec.model, timeout_s=patience))
        speaking = CountedModel(inner, spec.patience_s)
        yield cls(spec, sources_of(spec.day, spec.seed), embedded, speaking, prompts_in(spec.prompts))

    @property
    def triage(self) -> TriageAgent:
        """Reads messages."""
        return self.deps.triage

    @property
    def value(self) -> ValueEstimator:
        """Estimates what a client is worth."""
        return self.deps.value

    @property
    def gatherer(self) -> ContextGatherer:
        """Asks the four tools."""
        return self.deps.gatherer

    @property
    def reply(self) -> ReplyWriter:
        """Writes replies."""
        return self.deps.reply

    @property
    def handover(self) -> HandoverWriter:
        """Writes handover notes."""
        return self.deps.handover

    async def converse(self, messages: Sequence[Mapping[str, Any]], changes: Changes = NOTHING) -> list[TurnOutcome]:
        """One turn of the graph for each message, each seeing what the service would show it of those before.

        A message that does not name its writer is by whoever wrote the one before. One that follows a turn which waits for a person is
        run as if the lead had approved meanwhile. Raises InvalidInput for a message that the service would refuse, and for changes that
        make no record.
        """
        conversation = await self._conversation(messages, changes)
        return [await conversation.take_in(body) for body in with_writers(messages)]

    async def _conversation(self, messages: Sequence[Mapping[str, Any]], changes: Changes) -> Conversation:
        if not messages:
            raise InvalidInput("A conversation needs a message.")
        first, _ = inbound(messages[0], self.clients, number=1, begins=self.world.now)
        identity = await self._sources.crm.identify(first.sender)
        client_id = str(changes.client.get("id") or messages[0].get("client") or (identity.client_id if identity else "")) or None
        profile = await self._sources.profile(changes, client_id)
        sources = self._sources.under(changes, profile)
        clients = {**self.clients, profile.id: profile} if profile and changes.client else self.clients
        region = profile.region if profile else self.deps.policies.home_region
        said = first.sent_at if "sent_at" in messages[0] else None
        begins = changes.now or said or datetime.combine(self.spec.day, MID_MORNING[region], UTC)
        return Conversation(
            case_id=derived_id("case", digest_of([[dict(one) for one in messages], changes.model_dump(mode="json")]), 0),
            begins=begins,
            fixed=changes.now is not None,
            clients=clients,
            deps=replace(self.deps, gatherer=sources, value=ValueEstimator(sources.crm)),
            memory=Memory(self.world.people, self._load(begins, changes)),
            graph=self._graph_alone(),
            ruling=changes.ruling,
        )

    def _load(self, moment: datetime, changes: Changes) -> LoadFacts:
        if changes.load:
            return load_at(self.world.people, moment, changes.load)
        if moment not in self._loads:
            self._loads[moment] = load_at(self.world.people, moment, {})
        return self._loads[moment]

    def _graph_alone(self) -> CaseGraph:
        """The graph with checkpoints of its own: two conversations of the same words have the same case id, and may run side by side."""
        graph = copy(self._graph)
        graph.checkpointer = InMemorySaver()
        return graph

    def _deps(self) -> Deps:
        """As `runtime.wiring` puts them together, on the company's own tools."""
        speaking, stand_in = self.model, self.model if self.spec.model is None else self.embedded
        return Deps(
            store=cast(Store, Memory(self.world.people, LoadFacts())),
            policies=PolicyShelf(self.policy),
            roster=MemoryRoster(self._load(datetime.combine(self.spec.day, MID_MORNING[Region.EU], UTC), NOTHING)),
            clock=CaseClock(self.world.now),
            triage=TriageAgent(speaking, second=stand_in, prompt=self.prompts["triage"]),
            stand_in_triage=TriageAgent(stand_in, prompt=self.prompts["triage"]),
            value=ValueEstimator(self._sources.crm),
            gatherer=self._sources.own,
            router=RouterAgent(speaking, prompt=self.prompts["router"]),
            stand_in_router=RouterAgent(stand_in, prompt=self.prompts["router"]),
            reply=ReplyWriter(speaking, stand_in, HOSTS, prompt=self.prompts["reply"]),
            handover=HandoverWriter(speaking, stand_in, prompt=self.prompts["handover"]),
        )
