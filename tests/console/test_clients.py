"""Clients as people find and read them."""

from __future__ import annotations

import re

import pytest

from tests.console.conftest import PASSWORD, Browser, signed_in
from tests.service import Service, message


@pytest.fixture(scope="module")
def case(service: Service) -> str:
    """A case that was decided at once."""
    with service.http() as http:
        sent = message("How do I share a dashboard with a colleague?")
        return http.post("/v1/messages", json=sent, headers={"Prefer": "wait=20"}).json()["id"]


@pytest.fixture(scope="module")
def reader(service: Service, admin: Browser) -> Browser:
    service.make_account("clara", PASSWORD, "auditor")
    return signed_in(service, "clara")


def test_clients_are_found_by_name_tier_and_region_in_the_address(reader: Browser) -> None:
    assert reader.open("/clients?q=northwind").text.count('href="/clients/northwind"') == 1
    listed = reader.open("/clients?tier=strategic&region=apac").text
    assert set(re.findall(r'<span class="tier (\w+)">', listed)) == {"strategic"}
    assert '<option value="apac" selected>' in listed
    assert "No client fits." in reader.open("/clients?q=nobody-has-this-name").text
    assert reader.open("/clients?tier=nonsense&region=moon").status_code == 200


def test_a_long_list_goes_on_where_it_stopped(reader: Browser) -> None:
    first = re.findall(r'href="/clients/([\w-]+)"', reader.open("/clients?tier=none").text)
    onward = re.search(r'href="(/clients\?[^"]*cursor=[^"]+)"', reader.page.text)
    assert len(first) == 50
    assert onward is not None
    second = re.findall(r'href="/clients/([\w-]+)"', reader.open(onward[1].replace("&amp;", "&")).text)
    assert first[-1] < second[0]
    assert "tier=none" in onward[1]


def test_a_client_is_told_with_sources_ages_and_cases(reader: Browser, case: str) -> None:
    page = reader.open("/clients/northwind")
    for said in ("Northwind Bank", "cto@northwind.example", "crm:contract/", "telemetry:northwind", " old</time>", "Renews on"):
        assert said in page.text
    assert f'href="/cases/{case}"' in page.text
    assert page.text.count('role="img"') == 2
    assert "Amount at stake that decisions went by" in page.text


def test_a_client_without_a_case_says_what_would_stand_there(reader: Browser) -> None:
    quiet = re.findall(r'href="/clients/([\w-]+)"', reader.open("/clients?tier=none").text)[-1]
    reader.open(f"/clients/{quiet}")
    assert "No decision has been made for this client yet." in reader.text
    assert "No case has come in from this client yet." in reader.text


def test_another_regions_client_is_not_there(service: Service, reader: Browser, case: str) -> None:
    service.make_account("ulf", PASSWORD, "lead", region="us")
    other = signed_in(service, "ulf")
    assert other.open("/clients/northwind").status_code == 404
    assert "Northwind" not in other.open("/clients?q=northwind").text
    assert 'name="region"' not in other.page.text
    assert reader.open("/clients/nobody").status_code == 404
