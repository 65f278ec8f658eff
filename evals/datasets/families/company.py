"""The sample company as families of cases see it: its clients, and what is true of each whatever a policy makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import Any

from agents.value_estimator import value_of
from domain.client import ClientProfile, Contact, PastCase
from domain.facts import ContactRole, ContractStatus, ContractTier, Region
from evals.house import DAY, Changes
from evals.house.changes import laid_over
from evals.scoring.wanted import Standing, Tier
from tools.world.generator import generate
from tools.world.model import World

STRATEGIC_FROM, PREMIUM_FROM, PRECIOUS_FROM = 1_000_000.0, 0.8, 0.6
SILENCE_DAYS, QUARTER_DAYS, REOPENED_TWICE = 45, 90, 2
BOUGHT: dict[ContractTier, Tier] = {
    ContractTier.STRATEGIC: "strategic",
    ContractTier.PLATINUM: "premium",
    ContractTier.GOLD: "premium",
}
MOMENT = {Region.EU: 10, Region.US: 16, Region.APAC: 4}
"""Hour in UTC at which a region is at work."""
BLINDING = frozenset(("crm", "profile"))
"""Without these tools nobody can know whom a case is about, or what it is owed."""
HOME = Region.EU
"""Where somebody whom nobody can place is served."""


@dataclass(frozen=True)
class Company:
    """The world on the evals' day, with what a family asks of it."""

    world: World

    @cached_property
    def clients(self) -> dict[str, ClientProfile]:
        """By id."""
        return {client.id: client for client in self.world.clients}

    @cached_property
    def plain(self) -> tuple[ClientProfile, ...]:
        """Clients of whom nothing unusual is true: what becomes of their messages hangs on message and tier alone."""
        return tuple(client for client in self.world.clients if self._is_plain(client))

    @cached_property
    def plain_by_tier(self) -> dict[str, list[ClientProfile]]:
        """Those by tier: a draw asks for them, and every standing is some work."""
        found: dict[str, list[ClientProfile]] = {}
        for client in self.plain:
            found.setdefault(self.standing(client, None).tier, []).append(client)
        return found

    def moment(self, client: ClientProfile) -> datetime:
        """When the client's region is at work on the evals' day."""
        return self.world.now.replace(hour=MOMENT[client.region])

    def standing(self, client: ClientProfile, contact: Contact | None, changes: Changes | None = None, turn: int = 1) -> Standing:
        """What is true of a message of this contact under these changes."""
        changes = changes or Changes()
        now = changes.at(self.moment(client))
        record = ClientProfile.model_validate(laid_over(client.model_dump(mode="json"), changes.client))
        silent = {*changes.tools_down, *changes.tools_slow}
        if BLINDING & silent:
            region = HOME if "crm" in silent else record.region
            return Standing(tier="standard", region=region, missing=True, unread="knowledge" in silent, unknown=True, turn=turn)
        tier, score = _tier(record, now)
        cases = [*self.world.cases.get(client.id, ()), *(PastCase.model_validate(one) for one in changes.past_cases)]
        lately = [case for case in cases if 0 <= (now - case.opened_at).total_seconds() <= QUARTER_DAYS * 86_400]
        reopened = sum(case.reopened for case in lately) >= REOPENED_TWICE
        return Standing(
            tier=tier,
            region=record.region,
            executive=contact is not None and contact.role is ContactRole.EXECUTIVE,
            no_machine=_no_machine(record, tier, now),
            litigation="litigation" in record.flags,
            press="press" in record.flags,
            negotiating=record.contract is not None and record.contract.in_negotiation,
            precious=score >= PRECIOUS_FROM,
            incident=bool(self._incidents(client.id, changes, now)),
            let_down=reopened or (tier != "standard" and any(case.sla_breached for case in lately)),
            missing=bool(silent),
            unread="knowledge" in silent,
            turn=turn,
        )

    def _incidents(self, client_id: str, changes: Changes, now: datetime) -> list[Any]:
        if "incidents" in changes.telemetry:
            return [one for one in changes.telemetry["incidents"] if one.get("ended_at") is None]
        usage = self.world.telemetry.usage.get(client_id)
        names = usage.incidents if usage else ()
        return [one for one in self.world.telemetry.incidents if one.id in names and one.ended_at is None and one.started_at <= now]

    def _is_plain(self, client: ClientProfile) -> bool:
        """No flag, no notice, no negotiation, no incident, no let-down, and a tier that contract and value agree on."""
        standing = self.standing(client, None)
        now = self.moment(client)
        estimate, contract = value_of(client, now), client.contract
        odd = standing.no_machine or standing.watched or standing.negotiating or standing.incident or standing.let_down
        agreed = contract is not None and standing.tier == BOUGHT.get(contract.tier, "standard")
        clear = estimate.high < STRATEGIC_FROM or standing.tier == "strategic"
        cheap = standing.tier != "standard" or not standing.precious
        written = [contact for contact in client.contacts if "consulting" not in contact.email]
        return not odd and agreed and clear and cheap and len(written) > 1 and all("group" not in name for name in client.domains)


def _tier(record: ClientProfile, now: datetime) -> tuple[Tier, float]:
    estimate = value_of(record, now)
    bought = BOUGHT.get(record.contract.tier) if record.contract else None
    if bought == "strategic" or estimate.at_stake >= STRATEGIC_FROM:
        return "strategic", estimate.score
    return ("premium" if bought or estimate.score >= PREMIUM_FROM else "standard"), estimate.score


def _no_machine(record: ClientProfile, tier: Tier, now: datetime) -> bool:
    contract = record.contract
    silent = tier != "standard" and record.last_contact_at is not None and (now - record.last_contact_at).days > SILENCE_DAYS
    return silent or (contract is not None and (contract.status is ContractStatus.NOTICE or not contract.ai_allowed))


@cache
def company() -> Company:
    """The company that every house opens by default."""
    return Company(generate(DAY))
