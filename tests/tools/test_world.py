"""The sample company: how much there is, that it fits together, and that it is always the same."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from domain.facts import ContactRole, ContractStatus, ContractTier, Region
from tests.conformance.sample import DAY
from tools.world.generator import generate
from tools.world.model import FILE, World, describe

ROOT = Path(__file__).parents[2]
DIGEST = "from datetime import date; from tools.world.generator import generate; print(generate(date(2026, 11, 23), 7).digest())"
LOAD_LIMIT_S, MAKE_LIMIT_S = 0.3, 3.0


def test_the_same_seed_and_day_give_the_same_bytes_in_every_process(world: World) -> None:
    for hash_seed in ("0", "4711"):
        made = subprocess.run(
            [sys.executable, "-c", DIGEST],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert made.stdout.strip() == world.digest()


def test_another_seed_or_day_is_another_company(world: World) -> None:
    assert generate(DAY, seed=8).digest() != world.digest()
    assert generate(DAY + timedelta(days=1)).digest() != world.digest()


def test_it_is_made_and_read_quickly(world: World, tmp_path: Path) -> None:
    begun = time.process_time()
    generate(DAY, seed=11)
    assert time.process_time() - begun < MAKE_LIMIT_S
    world.save(tmp_path)
    assert World.load(tmp_path) == world
    assert min(_seconds_to_load(tmp_path) for _ in range(3)) < LOAD_LIMIT_S


def _seconds_to_load(folder: Path) -> float:
    begun = time.process_time()
    World.load(folder)
    return time.process_time() - begun


@pytest.mark.parametrize("damage", [b"", b"not gzip", b"\x1f\x8b\x08\x00half"])
def test_a_damaged_file_counts_as_none(world: World, tmp_path: Path, damage: bytes) -> None:
    assert World.load(tmp_path) is None
    world.save(tmp_path)
    (tmp_path / FILE).write_bytes(damage)
    assert World.load(tmp_path) is None


def test_there_is_as_much_of_everything_as_the_documentation_says(world: World) -> None:
    counts = describe(world)
    assert counts["clients"] == 330
    assert [counts[f"{tier} clients"] for tier in ContractTier] == [12, 30, 60, 80, 148]
    assert counts["people"] >= 60
    assert counts["messages"] >= 520
    assert len({item.body["text"] for item in world.stream}) >= 373
    by_language = [sum(article.language == language for article in world.articles) for language in ("en", "de", "fr", "es")]
    assert by_language == [82, 7, 6, 6]
    assert all(80 <= len(article.body.split()) <= 200 for article in world.articles)


@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2026, 1, 1), date(2026, 12, 31), date(2027, 3, 31)])
@pytest.mark.parametrize("seed", [1, 7, 42])
def test_ids_are_unique_and_every_reference_leads_somewhere(seed: int, day: date) -> None:
    world = generate(day, seed)
    ids = [client.id for client in world.clients]
    contacts = [contact.id for client in world.clients for contact in client.contacts]
    contracts = [client.contract.id for client in world.clients if client.contract]
    cases = [case.id for past in world.cases.values() for case in past]
    for names in (ids, contacts, contracts, cases, [one.id for one in world.people], [one.id for one in world.articles]):
        assert len(set(names)) == len(names)
    incidents = {incident.id for incident in world.telemetry.incidents}
    assert set(world.cases) == set(ids)
    assert set(world.telemetry.usage) <= set(ids)
    assert all(set(usage.incidents) <= incidents for usage in world.telemetry.usage.values())
    assert {item.expect.client_id for item in world.stream} - {None} <= set(ids)


@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2026, 1, 1), date(2026, 3, 31)])
def test_invoices_come_once_a_month_and_nothing_lies_in_the_future(day: date) -> None:
    world = generate(day)
    for client in world.clients:
        months = [(invoice.issued_on.year, invoice.issued_on.month) for invoice in client.invoices]
        assert months == sorted(set(months))
        assert all(
            invoice.issued_on <= day and (invoice.paid_on is None or invoice.issued_on <= invoice.paid_on <= day)
            for invoice in client.invoices
        )
        assert client.updated_at <= world.now
        assert client.last_contact_at is None or client.last_contact_at <= world.now
    assert all(
        case.opened_at < world.now and (case.resolved_at is None or case.resolved_at < world.now)
        for past in world.cases.values()
        for case in past
    )
    assert all(item.body["sent_at"] < world.now.isoformat() for item in world.stream)


def test_the_company_has_the_trouble_that_policies_are_for(world: World) -> None:
    contracts = [client.contract for client in world.clients if client.contract]
    soon = [one for one in contracts if one.status is ContractStatus.ACTIVE and one.renews_on and (one.renews_on - world.today).days < 60]
    overdue = [i for client in world.clients for i in client.invoices if i.paid_on is None and i.due_on < world.today]
    assert {one.status for one in contracts} == set(ContractStatus) - {ContractStatus.NONE}
    assert len(soon) >= 20
    assert sum(one.in_negotiation for one in contracts) >= 10
    assert 3 <= sum(not one.ai_allowed for one in contracts) <= 30
    assert len(overdue) >= 10
    assert any(invoice.credit > 0 for client in world.clients for invoice in client.invoices)
    assert {flag for client in world.clients for flag in client.flags} == {"litigation", "press"}
    assert any(case.promises for past in world.cases.values() for case in past)
    assert any(case.reopened for past in world.cases.values() for case in past)
    assert any(case.sla_breached for past in world.cases.values() for case in past)


def test_every_region_has_clients_and_two_or_three_open_incidents_that_touch_some(world: World) -> None:
    open_now = {one.id for one in world.telemetry.incidents if one.ended_at is None}
    for region in Region:
        clients = [client for client in world.clients if client.region == region]
        touching = {
            name for client in clients if client.id in world.telemetry.usage for name in world.telemetry.usage[client.id].incidents
        } & open_now
        assert len(clients) >= 50
        assert 2 <= len(touching) <= 3


def test_northwind_is_the_client_of_the_documentation(world: World) -> None:
    northwind = world.clients[0]
    assert (northwind.id, northwind.name, northwind.region, northwind.domains) == (
        "northwind",
        "Northwind Bank",
        Region.EU,
        ("northwind.example",),
    )
    assert northwind.contract is not None
    assert northwind.contract.tier is ContractTier.STRATEGIC
    assert (northwind.contacts[0].email, northwind.contacts[0].role) == ("cto@northwind.example", ContactRole.EXECUTIVE)


def test_every_address_is_invented(world: World) -> None:
    domains = [contact.email.rpartition("@")[2] for client in world.clients for contact in client.contacts]
    domains += [domain for client in world.clients for domain in client.domains] + [one.email.rpartition("@")[2] for one in world.people]
    assert all(domain.endswith(".example") for domain in domains)
