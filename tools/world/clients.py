"""Clients with contracts, contacts and account managers."""

from __future__ import annotations

import random
import re
from datetime import date, datetime, timedelta

from domain.client import AccountManager, ClientProfile, Contact, Contract
from domain.facts import ContactRole, ContractStatus, ContractTier, Region, Segment
from tools.world.invoices import invoices_of
from tools.world.names import COMPANY, COUNTRIES, CURRENCY, FIRST, INDUSTRY, LAST

COUNT = 330
TIERS = [(ContractTier.STRATEGIC, 13), (ContractTier.PLATINUM, 32), (ContractTier.GOLD, 60), (ContractTier.SILVER, 115), (ContractTier.NONE, 110)]
REVENUE = {
    ContractTier.STRATEGIC: (650_000, 2_400_000),
    ContractTier.PLATINUM: (180_000, 620_000),
    ContractTier.GOLD: (60_000, 210_000),
    ContractTier.SILVER: (12_000, 70_000),
    ContractTier.NONE: (1_200, 14_000),
}
REGIONS = [Region.EU] * 5 + [Region.US] * 3 + [Region.APAC] * 2
ROLES = [
    (ContactRole.EXECUTIVE, "Chief Technology Officer", "cto"),
    (ContactRole.ADMIN, "Platform Administrator", None),
    (ContactRole.BILLING, "Accounts Payable", "billing"),
    (ContactRole.USER, "Data Analyst", None),
    (ContactRole.LEGAL, "General Counsel", None),
    (ContactRole.SECURITY, "Information Security Officer", "security"),
    (ContactRole.USER, "BI Engineer", None),
    (ContactRole.USER, "Operations Planner", None),
]


def clients_of(rng: random.Random, now: datetime) -> tuple[ClientProfile, ...]:
    """Every client; the first is always Northwind Bank, whom the documentation talks about."""
    tiers = [tier for tier, count in TIERS for _ in range(count)]
    names: set[str] = {"Northwind Bank"}
    clients = [_client(rng, now, "Northwind Bank", "northwind", "banking", Region.EU, ("DE", "de"), ContractTier.STRATEGIC)]
    for tier in tiers[1:]:
        industry = rng.choice(list(INDUSTRY))
        name = f"{rng.choice(COMPANY)} {INDUSTRY[industry][0]}"
        while name in names:
            name = f"{rng.choice(COMPANY)} {rng.choice(COMPANY)} {INDUSTRY[industry][0]}"
        names.add(name)
        region = rng.choice(REGIONS)
        country, language, _ = rng.choice(COUNTRIES[region])
        clients.append(_client(rng, now, name, slug(name), industry, region, (country, language), tier))
    return tuple(clients)


def slug(name: str) -> str:
    """`Alder Bank` becomes `alder-bank`."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def person_name(rng: random.Random, language: str) -> str:
    """A first and a last name."""
    return f"{rng.choice(FIRST[language])} {rng.choice(LAST[language])}"


def _client(
    rng: random.Random, now: datetime, name: str, identifier: str, industry: str, region: Region, home: tuple[str, str], tier: ContractTier
) -> ClientProfile:
    country, language = home
    low, high = REVENUE[tier]
    annual = round(rng.triangular(low, high, low + (high - low) * 0.3), -2)
    trend = rng.gauss(0.0, 0.25)
    contract = _contract(rng, now.date(), identifier, tier, annual, CURRENCY.get(country, "USD"))
    domain = f"{identifier}.example"
    small = tier in (ContractTier.NONE, ContractTier.SILVER)
    flags = tuple(flag for flag, chance in (("litigation", 0.012), ("press", 0.015)) if rng.random() < chance and identifier != "northwind")
    return ClientProfile(
        id=identifier,
        name=name,
        domains=(domain,),
        region=region,
        country=country,
        language=language,
        segment=Segment.SMALL if small and annual < 20_000 else Segment.MID_MARKET if annual < 150_000 else Segment.ENTERPRISE,
        industry=industry,
        regulated=INDUSTRY[industry][1],
        health=round(min(1.0, max(0.05, rng.gauss(0.7 + trend * 0.3, 0.15))), 2),
        flags=flags,
        account_manager=None if tier is ContractTier.NONE else _manager(rng, region),
        contract=contract,
        contacts=_contacts(rng, identifier, domain, language, 8 if identifier == "northwind" else rng.randint(2, 5 if small else 8)),
        invoices=invoices_of(rng, now.date(), identifier, annual, trend, contract),
        last_contact_at=now - timedelta(days=min(120, int(rng.expovariate(1 / (15 if not small else 40))))),
        updated_at=now - timedelta(hours=rng.randint(1, 400)),
    )


def _contract(rng: random.Random, today: date, client: str, tier: ContractTier, annual: float, currency: str) -> Contract | None:
    if tier is ContractTier.NONE and rng.random() < 0.45:
        return None
    status = ContractStatus.ACTIVE
    if tier is ContractTier.NONE:
        status = rng.choice([ContractStatus.TRIAL, ContractStatus.TRIAL, ContractStatus.ENDED])
    elif client != "northwind" and rng.random() < 0.04:
        status = ContractStatus.NOTICE
    renews = today + timedelta(days=rng.randint(5, 365))
    soon = (renews - today).days < 90
    return Contract(
        id=f"contract-{rng.randint(100, 9999)}",
        tier=tier,
        status=status,
        annual_value=annual,
        currency=currency,
        starts_on=today - timedelta(days=rng.randint(60, 2600)),
        renews_on=renews,
        in_negotiation=soon and rng.random() < 0.5,
        dpa_signed=tier is not ContractTier.NONE and rng.random() < 0.9,
        ai_allowed=client == "northwind" or rng.random() > 0.04,
    )


def _manager(rng: random.Random, region: Region) -> AccountManager:
    number = rng.randint(1, 6)
    language = {"eu": "de", "us": "en", "apac": "en"}[region]
    name = person_name(random.Random(f"{region}{number}"), language)
    return AccountManager(id=f"am-{region}-{number}", name=name, email=f"am-{region}-{number}@halyard.example")


def _contacts(rng: random.Random, client: str, domain: str, language: str, count: int) -> tuple[Contact, ...]:
    contacts: list[Contact] = []
    for number, (role, title, mailbox) in enumerate(ROLES[:count]):
        spoken = language if rng.random() < 0.8 else "en"
        name = person_name(rng, language)
        local = mailbox or f"{slug(name.split()[0])}.{slug(name.split()[1])}{number}"
        contacts.append(
            Contact(
                id=f"{client}-c{number}",
                name=name,
                email=f"{local}@{domain}",
                role=role,
                title=title,
                language=spoken,
                phone=f"+99{rng.randint(10**8, 10**9 - 1)}" if rng.random() < 0.6 else None,
                handles=(f"slack:U{rng.randint(10**6, 10**7 - 1)}",) if rng.random() < 0.7 else (),
            )
        )
    return tuple(contacts)
