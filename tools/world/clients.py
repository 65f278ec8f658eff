"""Clients: who they are, how well they do, who looks after them."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from domain.client import AccountManager, ClientProfile, Contract
from domain.facts import ContractTier, Region, Segment
from tools.world.contacts import contacts_of
from tools.world.contracts import contract_of
from tools.world.invoices import invoices_of
from tools.world.names import COUNTRIES, CURRENCY, INDUSTRY, chance, company_name, person_name, slug

TIERS = {ContractTier.STRATEGIC: 12, ContractTier.PLATINUM: 30, ContractTier.GOLD: 60, ContractTier.SILVER: 80, ContractTier.NONE: 148}
REGIONS = [Region.EU] * 5 + [Region.US] * 3 + [Region.APAC] * 2
MANAGED = (ContractTier.STRATEGIC, ContractTier.PLATINUM, ContractTier.GOLD)
MANAGERS_PER_REGION = 6
FLAGS = (("litigation", 0.012), ("press", 0.018))
GROUPS, CONSULTANTS = 3, 2  # pairs of clients that share a domain; people who write for two clients


def clients_of(rng: random.Random, now: datetime) -> tuple[ClientProfile, ...]:
    """Every client; the first is always Northwind Bank, whom the documentation talks about."""
    taken = {"Northwind Bank"}
    clients = [_northwind(rng, now)]
    tiers = [tier for tier, count in TIERS.items() for _ in range(count)][1:]
    for number, tier in enumerate(tiers, start=1):
        region = rng.choice(REGIONS)
        country, language, people, written, _ = rng.choices(COUNTRIES[region], [home[-1] for home in COUNTRIES[region]])[0]
        industry = rng.choice(list(INDUSTRY))
        name = company_name(rng, people, industry, taken)
        clients.append(_client(rng, now, number, (name, slug(name), industry), region, (country, language, people, written), tier))
    return tuple(_entangled(rng, clients))


def _northwind(rng: random.Random, now: datetime) -> ClientProfile:
    fresh = _client(
        rng, now, 0, ("Northwind Bank", "northwind", "banking"), Region.EU, ("DE", "en", "de", "en"), ContractTier.STRATEGIC, plain=True
    )
    return fresh.model_copy(update={"health": 0.82, "last_contact_at": now - timedelta(days=6)})


def _client(
    rng: random.Random,
    now: datetime,
    number: int,
    named: tuple[str, str, str],
    region: Region,
    home: tuple[str, str, str, str],
    tier: ContractTier,
    plain: bool = False,
) -> ClientProfile:
    name, identifier, industry = named
    country, language, people, written = home
    contract = contract_of(rng, now.date(), 700 + number, tier, CURRENCY.get(country, "USD"), plain)
    trend = rng.gauss(0.03, 0.22)
    domain = f"{identifier}.example"
    large = tier in MANAGED
    return ClientProfile(
        id=identifier,
        name=name,
        domains=(domain,),
        region=region,
        country=country,
        language=language,
        segment=_segment(contract),
        industry=industry,
        regulated=INDUSTRY[industry][1],
        health=round(min(1.0, max(0.05, rng.gauss(0.7 + trend * 0.4, 0.15))), 2),
        flags=tuple(flag for flag, chance in FLAGS if rng.random() < chance and not plain),
        account_manager=_manager(rng, region) if large else None,
        contract=contract,
        contacts=contacts_of(
            rng, identifier, domain, (country, people, written), 8 if plain else rng.randint(3, 8) if large else rng.randint(2, 5)
        ),
        invoices=invoices_of(rng, now.date(), identifier, contract, trend),
        last_contact_at=now - timedelta(days=min(120, 1 + int(rng.expovariate(1 / (12 if large else 40))))),
        updated_at=now - timedelta(hours=rng.randint(1, 400)),
    )


def _segment(contract: Contract | None) -> Segment:
    if contract is None:
        return Segment.UNKNOWN
    return (
        Segment.SMALL if contract.annual_value < 20_000 else Segment.MID_MARKET if contract.annual_value < 150_000 else Segment.ENTERPRISE
    )


def _manager(rng: random.Random, region: Region) -> AccountManager:
    number = rng.randint(1, MANAGERS_PER_REGION)
    people = {"eu": ("de", "fr", "es")[number % 3], "us": "en", "apac": ("en", "zh", "in")[number % 3]}[region]
    name = person_name(chance(f"manager-{region}-{number}"), people)
    return AccountManager(id=f"am-{region}-{number}", name=name, email=f"{slug(name).replace('-', '.')}.{region}{number}@halyard.example")


def _entangled(rng: random.Random, clients: list[ClientProfile]) -> list[ClientProfile]:
    """Some clients belong together, so that a domain or an address alone does not always tell who writes."""
    for number in range(GROUPS):
        for place in rng.sample(range(1, len(clients)), 2):
            both = {"domains": (*clients[place].domains, f"group-{number + 1}.example")}
            clients[place] = clients[place].model_copy(update=both)
    for number in range(CONSULTANTS):
        first, second = rng.sample(range(1, len(clients)), 2)
        adviser = (
            clients[first].contacts[-1].model_copy(update={"email": f"adviser{number + 1}@consulting.example", "title": "External Adviser"})
        )
        for place in (first, second):
            joined = adviser.model_copy(update={"id": f"{clients[place].id}-adviser"})
            clients[place] = clients[place].model_copy(update={"contacts": (*clients[place].contacts[:7], joined)})
    return clients
