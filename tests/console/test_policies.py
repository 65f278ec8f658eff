"""Policies as their owners see them: from a draft to the version that decides, and back, by forms."""

from __future__ import annotations

import re

import httpx
import pytest

from policies.rules import shipped
from tests.console.conftest import PASSWORD, Browser, signed_in
from tests.service import Service

NAME = "vip-support"
YAML = {"Content-Type": "application/yaml"}


@pytest.fixture(scope="module")
def draft(service: Service) -> int:
    """A version with one guard's reason in other words, drafted by somebody else than those who approve."""
    text = shipped().replace("A legal threat is answered by a person only.", "A legal threat is answered by a person.", 1)
    with service.http(service.make_key("policies:write", person="author")) as http:
        return http.post(f"/v1/policies/{NAME}/versions", content=text, headers=YAML).json()["version"]


@pytest.fixture(scope="module")
def owner(service: Service, admin: Browser) -> Browser:
    service.make_account("olga", PASSWORD, "policy_owner", role="legal")
    return signed_in(service, "olga")


def test_the_policy_that_decides_is_shown_with_its_story(owner: Browser) -> None:
    owner.open("/policies")
    assert owner.page.url.path == f"/policies/{NAME}"
    assert "Version 1 decides" in " ".join(re.sub("<[^>]+>", "", owner.text).split())
    assert "Version 1 decides from the first start on." in owner.text


def test_a_version_goes_from_draft_to_active_and_one_button_goes_back(owner: Browser, draft: int) -> None:
    path = f"/policies/{NAME}/{draft}"
    owner.open(path)
    assert "A legal threat is answered by a person." in owner.text
    owner.send("/submit", reason="Shorter.")
    assert "the owners of what changes: legal" in " ".join(owner.text.split())
    owner.send("/approve", reason="Fine.")
    assert ">approved</span>" in owner.page.text
    owner.send("/rollout", stage="canary", percent="a lot")
    assert owner.page.status_code == 422
    owner.open(path)
    owner.send("/rollout", stage="shadow", reason="Look first.")
    assert f"version {draft} looks on as a shadow" in " ".join(re.sub("<[^>]+>", "", owner.open(f"/policies/{NAME}").text).split())
    shown = owner.page
    owner.send("/rollback", reason="Enough seen.")
    owner.page = shown
    owner.send("/rollback", reason="A second click.")
    assert owner.page.status_code == 412
    assert "Version 1 decides." in " ".join(re.sub("<[^>]+>", "", owner.open(f"/policies/{NAME}").text).split())
    assert "was taken back. “Enough seen.”" in owner.text


def test_an_author_sees_no_button_to_approve(service: Service, owner: Browser) -> None:
    text = shipped().replace("A legal threat is answered by a person only.", "A legal threat goes to a person.", 1)
    with httpx.Client(
        base_url=service.base_url, headers={"Authorization": f"Bearer {service.make_key('policies:write', person='olga')}"}
    ) as http:
        number = http.post(f"/v1/policies/{NAME}/versions", content=text, headers=YAML, timeout=60).json()["version"]
    owner.open(f"/policies/{NAME}/{number}")
    owner.send("/submit", reason="Mine.")
    assert "/approve" not in owner.page.text


def test_who_may_not_is_offered_nothing(service: Service, admin: Browser, draft: int) -> None:
    service.make_account("lars", PASSWORD, "lead")
    lead = signed_in(service, "lars")
    lead.open(f"/policies/{NAME}/{draft}")
    assert "<textarea" not in lead.page.text
    assert lead.http.post(f"/policies/{NAME}/rollback", data={"reason": "x"}, headers={"Origin": service.base_url}).status_code == 403
    assert lead.open("/policies/nothing").status_code == 404
