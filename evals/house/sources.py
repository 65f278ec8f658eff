"""The four tools as a case wants them: the company's own, with some of it changed, down, or too slow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NoReturn, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from agents.context_gatherer import ContextGatherer
from domain.case import Identity, Sender
from domain.client import Article, ArticleHit, ClientProfile, PastCase, TelemetryReport
from domain.errors import InvalidInput, ToolFailed
from domain.ports import CaseHistory, Crm, Knowledge, Telemetry
from evals.house.changes import NOTHING, Changes, Tool, laid_over
from tools.case_history import EmbeddedCaseHistory
from tools.crm import VIP, EmbeddedCrm
from tools.knowledge import EmbeddedKnowledge
from tools.telemetry import EmbeddedTelemetry
from tools.word_vectors import word_vectors
from tools.world.model import World

Word = TypeVar("Word", bound=BaseModel)
FINDS = {"contacts", "domains"}
"""Fields of a profile by which senders are found: a change of them needs another index."""
KNOWLEDGE_KEPT = 16


class Sources:
    """The company's tools, opened once; each conversation gets them with its own changes."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.crm = EmbeddedCrm(world.clients)
        self._telemetry = EmbeddedTelemetry(world.telemetry)
        self._history = EmbeddedCaseHistory(world.cases)
        self._knowledge = lru_cache(maxsize=KNOWLEDGE_KEPT)(self._knowledge_with)
        self.own = ContextGatherer(self.crm, self._telemetry, self._knowledge(b"[]"), self._history)

    def under(self, changes: Changes, profile: ClientProfile | None) -> ContextGatherer:
        """The tools under `changes`; `profile` is the client that they are about, changed already."""
        if changes.model_copy(update={"load": {}, "now": None, "ruling": None}) == NOTHING:
            return self.own
        client_id = profile.id if profile else None
        fails = _Failing(frozenset(changes.tools_down), frozenset(changes.tools_slow))
        crm: Crm = self._crm_with(profile, set(changes.client)) if changes.client and profile else self.crm
        telemetry: Telemetry = self._telemetry
        if changes.telemetry and client_id:
            telemetry = _ChangedTelemetry(self._telemetry, client_id, changes.telemetry)
        history: CaseHistory = self._history
        if changes.past_cases and client_id:
            more = tuple(as_word(PastCase, one, "past_cases") for one in changes.past_cases)
            known = (*more, *self.world.cases.get(client_id, ()))
            history = EmbeddedCaseHistory({client_id: sorted(known, key=lambda one: one.opened_at, reverse=True)})
        knowledge = self._knowledge(orjson.dumps(changes.knowledge, option=orjson.OPT_SORT_KEYS))
        return ContextGatherer(
            crm=_FailingCrm(crm, fails) if fails else crm,
            telemetry=_FailingTelemetry(telemetry, fails) if fails else telemetry,
            knowledge=_FailingKnowledge(knowledge, fails) if fails else knowledge,
            history=_FailingHistory(history, fails) if fails else history,
        )

    async def profile(self, changes: Changes, client_id: str | None) -> ClientProfile | None:
        """The client's record under `changes`. Raises InvalidInput where there is no such client, and for changes that make no record."""
        profile = await self.crm.profile(client_id) if client_id else None
        if not changes.client:
            return profile
        if profile is None:
            raise InvalidInput(
                f"The case changes a client that the sample company does not have: {client_id or 'nobody is known to write'}."
            )
        return as_word(ClientProfile, laid_over(profile.model_dump(mode="json"), changes.client), "client")

    def _crm_with(self, changed: ClientProfile, fields: set[str]) -> Crm:
        if FINDS & fields:
            return EmbeddedCrm([changed if one.id == changed.id else one for one in self.world.clients])
        return _ChangedCrm(self.crm, changed)

    def _knowledge_with(self, more: bytes) -> EmbeddedKnowledge:
        extra = [as_word(Article, one, "knowledge") for one in orjson.loads(more)]
        replaced = {one.id for one in extra}
        return EmbeddedKnowledge([*(one for one in self.world.articles if one.id not in replaced), *extra], word_vectors())


def as_word(word: type[Word], plain: Any, field: str) -> Word:
    """A record that a case wrote. Raises InvalidInput with a sentence per fault."""
    try:
        return word.model_validate(plain)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc'])) or field}: {fault['msg']}" for fault in error.errors())
        raise InvalidInput(f"The case's `{field}` is no {word.__name__}: {faults}.") from error


class _ChangedCrm:
    """The CRM with one record changed."""

    def __init__(self, crm: EmbeddedCrm, changed: ClientProfile) -> None:
        self._crm = crm
        self._changed = changed

    async def identify(self, sender: Sender) -> Identity | None:
        found = await self._crm.identify(sender)
        if found is None or found.client_id != self._changed.id:
            return found
        client = self._changed
        vip = client.contract is not None and client.contract.tier in VIP
        return found.model_copy(update={"client_name": client.name, "region": client.region, "vip": vip})

    async def profile(self, client_id: str) -> ClientProfile | None:
        return self._changed if client_id == self._changed.id else await self._crm.profile(client_id)

    async def clients(self, *, text: str = "", tier: str = "", region: str = "", after: str = "", limit: int = 50) -> list[ClientProfile]:
        found = await self._crm.clients(text=text, tier=tier, region=region, after=after, limit=limit)
        return [self._changed if one.id == self._changed.id else one for one in found]


class _ChangedTelemetry:
    """Telemetry with one client's report changed."""

    def __init__(self, telemetry: EmbeddedTelemetry, client_id: str, changes: dict[str, Any]) -> None:
        self._telemetry = telemetry
        self._client_id = client_id
        self._changes = changes

    async def report(self, client_id: str, now: datetime) -> TelemetryReport | None:
        found = await self._telemetry.report(client_id, now)
        if client_id != self._client_id:
            return found
        quiet = TelemetryReport(
            client_id=client_id, calls_24h=0, errors_24h=0, usage_28d=0.0, usage_prior_28d=0.0, seats_active=0, measured_at=now
        )
        return as_word(TelemetryReport, laid_over((found or quiet).model_dump(mode="json"), self._changes), "telemetry")


@dataclass(frozen=True)
class _Failing:
    """Which tools fail, and how."""

    down: frozenset[Tool]
    slow: frozenset[Tool]

    def __bool__(self) -> bool:
        return bool(self.down or self.slow)

    def check(self, *tools: Tool) -> None:
        """Raise what a caller would see of a tool that is down, or that its budget would not wait for."""
        if self.down & set(tools):
            _down(tools[-1])
        if self.slow & set(tools):
            raise TimeoutError


def _down(tool: str) -> NoReturn:
    raise ToolFailed(f"{tool} is down")


class _FailingCrm:
    def __init__(self, crm: Crm, fails: _Failing) -> None:
        self._crm = crm
        self._fails = fails

    async def identify(self, sender: Sender) -> Identity | None:
        self._fails.check("crm")
        return await self._crm.identify(sender)

    async def profile(self, client_id: str) -> ClientProfile | None:
        self._fails.check("profile", "crm")
        return await self._crm.profile(client_id)

    async def clients(self, *, text: str = "", tier: str = "", region: str = "", after: str = "", limit: int = 50) -> list[ClientProfile]:
        self._fails.check("profile", "crm")
        return await self._crm.clients(text=text, tier=tier, region=region, after=after, limit=limit)


class _FailingTelemetry:
    def __init__(self, telemetry: Telemetry, fails: _Failing) -> None:
        self._telemetry = telemetry
        self._fails = fails

    async def report(self, client_id: str, now: datetime) -> TelemetryReport | None:
        self._fails.check("telemetry")
        return await self._telemetry.report(client_id, now)


class _FailingKnowledge:
    def __init__(self, knowledge: Knowledge, fails: _Failing) -> None:
        self._knowledge = knowledge
        self._fails = fails

    async def search(self, query: str, language: str, limit: int = 3) -> list[ArticleHit]:
        self._fails.check("knowledge")
        return await self._knowledge.search(query, language, limit)


class _FailingHistory:
    def __init__(self, history: CaseHistory, fails: _Failing) -> None:
        self._history = history
        self._fails = fails

    async def past_cases(self, client_id: str, now: datetime, limit: int = 20) -> list[PastCase]:
        self._fails.check("history")
        return await self._history.past_cases(client_id, now, limit)
