"""Clients as the outside sees them: found by name, tier and region, and one of them with all that is known, its source and its age."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agents.context_gatherer import CASES_ASKED, timed
from agents.value_estimator import value_of
from desk.cases import stamp, value_view
from desk.client_profile import attribute_view, attributes_of, contact_view, moment_view, past_case_view
from domain.access import ApiKey
from domain.client import ClientProfile, PastCase, TelemetryReport
from domain.context import ToolRun
from domain.errors import NotFound, ToolFailed
from domain.facts import ContractTier
from domain.known_client import ClientRecords, KnownClient
from domain.ports import CaseHistory, Clock, Crm, Telemetry
from domain.value import Rates

PATIENCE_S = 3.0
"""A person waits longer for a page than a message may wait for its route."""
VALUES_SHOWN = 60
HELPDESK_SHOWN = 10


@dataclass(frozen=True)
class ClientSearch:
    """Which clients are wanted; empty words want every one."""

    text: str = ""
    tier: str = ""
    region: str = ""
    after: str = ""
    limit: int = 50


@dataclass(frozen=True)
class Clients:
    """Reads clients from the CRM, and what others know of one beside it."""

    crm: Crm
    telemetry: Telemetry
    history: CaseHistory
    records: ClientRecords
    clock: Clock
    rates: Rates

    async def some(self, search: ClientSearch, key: ApiKey) -> list[dict[str, Any]]:
        """Clients by id, of the key's region alone. Raises ToolFailed when the CRM does not answer."""
        region = key.region or search.region
        if search.region and region != search.region:
            return []
        if key.client_id is not None:
            found = [profile] if (profile := await self._asked_crm(key.client_id)) else []
            return [client_view(one) for one in found if _fits(one, search) and key.sees(one.region, one.id)]
        try:
            async with asyncio.timeout(PATIENCE_S):
                found = await self.crm.clients(text=search.text, tier=search.tier, region=region, after=search.after, limit=search.limit)
        except TimeoutError as error:
            raise ToolFailed.said("The CRM does not answer in time; try again in a moment.", tool="crm", reason="timeout") from error
        return [client_view(one) for one in found if key.sees(one.region, one.id)]

    async def recent(self, search: ClientSearch, key: ApiKey) -> list[KnownClient]:
        """Clients of the newest cases, for when the CRM does not answer."""
        region = key.region or search.region or None
        found = await self.records.recent(region, search.text, search.tier, self.clock.now(), search.limit)
        return [one for one in found if key.sees(one.region, one.id)]

    async def one(self, client_id: str, key: ApiKey) -> dict[str, Any]:
        """All that is known of a client. Raises NotFound, also for another region's, and ToolFailed when only the CRM could know."""
        now = self.clock.now()
        asked = await asyncio.gather(
            timed("crm", self.crm.profile(client_id), PATIENCE_S),
            timed("telemetry", self.telemetry.report(client_id, now), PATIENCE_S),
            timed("cases", self.history.past_cases(client_id, now, CASES_ASKED), PATIENCE_S),
            self.records.known(client_id, key.region, now),
            self.records.values(client_id, key.region, VALUES_SHOWN),
        )
        (profile, told), (report, measured), (past, looked), known, values = asked
        earlier: list[PastCase] = list(past or ())
        _must_see(client_id, key, profile, told, known)
        return {
            **_who(client_id, profile, known),
            "contacts": [contact_view(one) for one in profile.contacts] if profile else [],
            "contacts_from": _origin(profile, now),
            "attributes": _attributes(profile, report, earlier, known, now),
            "value": value_view(value_of(profile, now, self.rates).model_dump(mode="json")) if profile else None,
            "value_history": [moment_view(one) for one in values],
            "helpdesk_cases": [past_case_view(one) for one in earlier[:HELPDESK_SHOWN]],
            "sources": [_answered(run) for run in (told, measured, looked)],
            "links": {"self": f"/v1/clients/{client_id}", "cases": f"/v1/cases?client_id={client_id}"},
        }

    async def _asked_crm(self, client_id: str) -> ClientProfile | None:
        profile, run = await timed("crm", self.crm.profile(client_id), PATIENCE_S)
        if not run.ok:
            raise _away(run)
        return profile


def client_view(profile: ClientProfile) -> dict[str, Any]:
    """A client in lists."""
    return {
        "id": profile.id,
        "name": profile.name,
        "region": profile.region,
        "tier": _tier(profile),
        "segment": profile.segment,
        "country": profile.country,
        "contacts": [contact_view(one) for one in profile.contacts],
        "updated_at": stamp(profile.updated_at),
        "links": {"self": f"/v1/clients/{profile.id}"},
    }


def _tier(profile: ClientProfile) -> str:
    return profile.contract.tier if profile.contract else ContractTier.NONE


def _fits(profile: ClientProfile, search: ClientSearch) -> bool:
    words = " ".join((profile.id, profile.name, *profile.domains)).casefold()
    return search.text.casefold() in words and search.tier in ("", _tier(profile)) and profile.id > search.after


def _must_see(client_id: str, key: ApiKey, profile: ClientProfile | None, told: ToolRun, known: KnownClient | None) -> None:
    region = profile.region if profile else known.region if known else None
    if region is None and not told.ok:
        raise _away(told)
    if region is None or not key.sees(region, client_id):
        raise NotFound.said("There is no client %(id)s.", {"id": client_id})


def _away(run: ToolRun) -> ToolFailed:
    return ToolFailed.said("The CRM does not answer, and nobody else knows this; try again in a moment.", tool=run.tool, reason=run.error)


def _who(client_id: str, profile: ClientProfile | None, known: KnownClient | None) -> dict[str, Any]:
    if profile:
        return {"id": profile.id, "name": profile.name, "region": profile.region, "tier": _tier(profile)}
    name, region, tier = (known.name, known.region, known.tier) if known else (client_id, "", None)
    return {"id": client_id, "name": name, "region": region, "tier": tier}


def _origin(profile: ClientProfile | None, now: datetime) -> dict[str, Any] | None:
    """Where the contacts come from."""
    if profile is None:
        return None
    age_s = max(0, int((now - profile.updated_at).total_seconds()))
    return {"source": f"crm:client/{profile.id}", "as_of": stamp(profile.updated_at), "age_s": age_s}


def _attributes(
    profile: ClientProfile | None, report: TelemetryReport | None, past: list[PastCase], known: KnownClient | None, now: datetime
) -> dict[str, Any]:
    return {one.name: attribute_view(one, now) for one in attributes_of(profile, report, past, known, now)}


def _answered(run: ToolRun) -> dict[str, Any]:
    return {"source": run.tool, "ok": run.ok, "error": run.error}
