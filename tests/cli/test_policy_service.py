"""The way of a policy on a running service, told in commands: each test begins where the one before ended."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import Any

import orjson
import pytest

from policies.bundle import BundleContent, public_key_of, signed
from policies.engine import compile_policy
from policies.rules import shipped
from tests.cli.conftest import US_REGION, Governed, maitred
from tests.service import eventually

VERSION_2 = shipped().replace(
    "  - {id: strategic-people, owner: vip-desk, when: 'tier.id == \"strategic\"', modes: [hybrid, human],",
    "  - {id: strategic-people, owner: vip-desk, when: 'tier.id == \"strategic\"', modes: [hybrid, human], priority_floor: 130,",
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Version 2, as a file."""
    written = tmp_path_factory.mktemp("policies") / "vip-support.yaml"
    written.write_text(VERSION_2)
    return written


def standing(governed: Governed, version: str) -> dict[str, Any]:
    """A version as the service has it."""
    return orjson.loads(governed.as_("grace", "status", version, "--json").out)


def test_what_decides_is_shown(governed: Governed) -> None:
    done = governed.as_("eve", "status")
    assert done.status == 0
    assert done.text.startswith("vip-support @1 decides @1 active by maitred:start")


def test_the_text_that_decides_is_where_a_change_begins(governed: Governed) -> None:
    assert governed.as_("eve", "show", "vip-support@1", "--text").out == shipped()


def test_a_file_with_a_fault_is_refused_with_the_line_and_changes_nothing(governed: Governed, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text(VERSION_2.replace("proposal.amount > 500.0'", "proposal.amount > 400.0'"))
    done = governed.as_("grace", "submit", str(broken), "-m", "Smaller refunds")
    line = next(n for n, text in enumerate(broken.read_text().split("\n"), 1) if "a refund of exactly the limit" in text)
    assert done.status == 1
    assert f"{broken}:{line}:1: test `a refund of exactly the limit` fails" in done.err.replace("\n", "")
    assert "@2" not in governed.as_("grace", "status").text


def test_who_may_only_read_is_told_which_scope_is_missing(governed: Governed, file: Path) -> None:
    done = governed.as_("eve", "submit", str(file), "-m", "x")
    assert done.status == 1
    assert "lacks the scope policies:write" in done.text
    assert "maitred keys create" in done.text


def test_a_change_needs_a_reason(governed: Governed, file: Path) -> None:
    done = governed.as_("grace", "submit", str(file))
    assert done.status == 2
    assert "--reason" in done.text


def test_a_file_becomes_a_version_in_review_and_says_who_must_approve(governed: Governed, file: Path) -> None:
    done = governed.as_("grace", "submit", str(file), "-m", "Strategic clients first")
    assert done.status == 0
    assert "is stored as vip-support@2" in done.text
    assert "Guard strategic-people changes; owned by vip-desk" in done.text
    assert "review board must approve" in done.text
    assert standing(governed, "vip-support@2")["stage"] == "in_review"


def test_two_versions_are_compared_and_judged_over_cases(governed: Governed) -> None:
    compared = governed.as_("grace", "diff", "vip-support@1", "vip-support@2")
    assert compared.status == 0
    assert "strategic-people" in compared.text
    judged = governed.as_("grace", "simulate", "vip-support@2", "--over", "tests")
    assert judged.status == 0
    assert "vip-support@1 → @2" in judged.text
    assert "tests of both versions" in judged.text


def test_the_author_is_refused_as_approver_with_the_rule(governed: Governed) -> None:
    done = governed.as_("grace", "approve", "vip-support@2", "-m", "Mine is good")
    assert done.status == 1
    assert "You wrote version 2; somebody else must approve it." in done.text


def test_nothing_is_rolled_out_before_it_is_approved(governed: Governed) -> None:
    done = governed.as_("grace", "rollout", "vip-support@2", "--stage", "shadow")
    assert done.status == 1
    assert "approved" in done.text
    assert governed.as_("grace", "status").text.startswith("vip-support @1 decides")


def test_a_no_makes_it_a_draft_again_and_a_draft_can_be_submitted_by_its_number(governed: Governed) -> None:
    assert governed.as_("ada", "reject", "vip-support@2").status == 2
    assert governed.as_("ada", "reject", "vip-support@2", "-m", "Say why 130").status == 0
    assert standing(governed, "vip-support@2")["stage"] == "draft"
    assert governed.as_("grace", "submit", "vip-support@2", "-m", "130 is above premium").status == 0


def test_two_people_approve_and_each_only_once(governed: Governed) -> None:
    first = governed.as_("ada", "approve", "vip-support@2", "-m", "Read")
    assert "1 of 2 approvals" in first.text
    again = governed.as_("ada", "approve", "vip-support@2", "-m", "Read")
    assert again.status == 1
    assert "approved version 2 before" in again.text
    assert governed.as_("linus", "approve", "vip-support@2", "-m", "Fine").status == 0
    assert standing(governed, "vip-support@2")["stage"] == "approved"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rollout", "vip-support@2", "--stage", "everywhere"], "--stage"),
        (["rollout", "vip-support@2", "--stage", "canary", "--step", "5 percent"], "such as 5:10m"),
        (["rollout", "vip-support@2", "--stage", "canary", "--gate", "metric=luck"], "metric=sla_breaches"),
        (["rollout", "vip-support", "--stage", "canary"], "vip-support@8"),
        (["export"], "--public-key"),
        (["approve", "vip-support@two", "-m", "x"], "vip-support@8"),
    ],
    ids=str,
)
def test_a_mistake_in_usage_says_how_it_is_written(governed: Governed, arguments: list[str], said: str) -> None:
    done = governed.as_("grace", *arguments)
    assert done.status == 2
    assert said in done.text


def test_it_goes_through_shadow_and_a_canary_to_everybody(governed: Governed) -> None:
    assert governed.as_("grace", "rollout", "vip-support@2", "--stage", "shadow", "-m", "Look first").status == 0
    status = governed.as_("grace", "status").text
    assert "@2 in shadow, started by person:grace" in status
    assert "no case was judged by both versions yet" in status
    canary = ("--stage", "canary", "--step", "5:10m", "--step", "50:1h", "--gate", "metric=errors,most_worse=0.01,minimum=20")
    assert governed.as_("grace", "rollout", "vip-support@2", *canary).status == 0
    assert "@2 in canary for 5 % of clients" in governed.as_("grace", "status", "vip-support").text
    done = governed.as_("grace", "rollout", "vip-support@2", "--stage", "active", "-m", "Two quiet weeks")
    assert done.status == 0
    assert "vip-support @2 decides" in done.text


def test_one_call_goes_back_and_the_history_tells_all_of_it(governed: Governed) -> None:
    assert governed.as_("ada", "rollback", "vip-support").status == 2
    done = governed.as_("ada", "rollback", "vip-support", "-m", "The floor is too high")
    assert done.status == 0
    assert "vip-support @1 decides" in done.text
    assert eventually(lambda: governed.as_("eve", "status").text.startswith("vip-support @1 decides"), 3)
    again = governed.as_("ada", "rollback", "vip-support", "-m", "A second time")
    assert again.status == 1
    assert "person:ada has rolled back already, and nothing is rolled out: @1 decides" in again.text
    entries = orjson.loads(governed.as_("eve", "history", "vip-support", "--json").out)
    kinds = [entry["kind"].removeprefix("policy.") for entry in entries if entry["data"].get("policy", {}).get("version") == 2]
    expected = ["drafted", "submitted", "rejected", "submitted", "approved", "approved", "rollout_started"]
    assert kinds[: len(expected)] == expected
    assert "rolled_back" in [entry["kind"].removeprefix("policy.") for entry in entries]
    assert "person:ada: Say why 130" in governed.as_("eve", "history", "vip-support").text


def test_a_version_leaves_as_a_signed_bundle_and_comes_back_as_what_it_is(governed: Governed, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.json"
    done = governed.as_("grace", "export", "vip-support@2", "--out", str(bundle))
    assert done.status == 0
    key = governed.as_("grace", "export", "--public-key").out.split()[0]
    document = orjson.loads(bundle.read_bytes())
    assert document["signature"]["public_key"] == key
    assert [one["actor"] for one in document["approvals"]] == ["person:ada", "person:linus"]
    assert "was known here as vip-support@2" in governed.as_("grace", "import", str(bundle)).text
    document["policy"]["text"] += "# a harmless remark\n"
    bundle.write_bytes(orjson.dumps(document))
    refused = governed.as_("grace", "import", str(bundle))
    assert refused.status == 1
    assert "was changed after it was signed" in refused.text


def bundle_of(text: str, seed: bytes, file: Path) -> Path:
    """A bundle as another installation exports it."""
    policy = {"name": "vip-support", "version": 31, "digest": compile_policy(text).digest, "text": text}
    provenance = {"author": "person:joan", "created_at": "2026-11-01T08:00:00+00:00", "submitted_at": None, "stage": "active", "reason": ""}
    content: dict[str, Any] = {"format": "maitred-policy-bundle/1", "policy": policy, "approvals": [], "provenance": provenance}
    exported = {"exported_at": "2026-11-02T08:00:00+00:00", "exported_by": "person:joan"}
    file.write_text(signed(BundleContent.model_validate({**content, **exported}), seed).model_dump_json())
    return file


def test_a_bundle_of_a_trusted_signer_is_a_draft_here_whatever_it_was_there(governed: Governed, tmp_path: Path) -> None:
    text = VERSION_2.replace("priority_floor: 130", "priority_floor: 135")
    done = governed.as_("grace", "import", str(bundle_of(text, US_REGION, tmp_path / "us.json")))
    assert done.status == 0
    found = re.search(r"is a draft here: vip-support@(\d+)", done.text)
    assert found
    assert standing(governed, f"vip-support@{found[1]}")["stage"] == "draft"
    entry = orjson.loads(governed.as_("eve", "history", "vip-support", "--json").out)[-1]
    assert entry["kind"] == "policy.imported"
    assert (entry["data"]["origin"]["signed_by"], entry["data"]["origin"]["version"]) == ("the US region", 31)


def test_a_bundle_of_a_stranger_is_refused_and_leaves_no_trace(governed: Governed, tmp_path: Path) -> None:
    before = governed.as_("eve", "status", "--json").out
    file = bundle_of(VERSION_2.replace("priority_floor: 130", "priority_floor: 140"), bytes(range(32)), tmp_path / "stranger.json")
    done = governed.as_("grace", "import", str(file))
    assert done.status == 1
    assert "Nobody here trusts the key" in done.text
    assert governed.as_("eve", "status", "--json").out == before
    assert public_key_of(bytes(range(32))) not in done.text


def test_a_version_that_no_import_would_take_is_not_exported(governed: Governed) -> None:
    text = VERSION_2.replace("priority_floor: 130", "priority_floor: 145")
    filled = text + '# "quoted"\n' * ((255_000 - len(text.encode())) // 11)
    with governed.service.http(governed.keys["grace"]) as http:
        drafted = http.post(
            "/v1/policies/vip-support/versions", content=filled.encode(), headers={"Content-Type": "application/yaml"}, timeout=120
        )
    assert drafted.status_code == 201
    done = governed.as_("grace", "export", f"vip-support@{drafted.json()['version']}")
    assert done.status == 1
    assert "larger than the 262144 bytes that an import takes" in done.text


@pytest.mark.parametrize("content", ["", "[]", "{}", "policy: x"])
def test_what_is_no_bundle_is_refused(governed: Governed, tmp_path: Path, content: str) -> None:
    file = tmp_path / "no.json"
    file.write_text(content)
    done = governed.as_("grace", "import", str(file))
    assert done.status == 1
    assert "Traceback" not in done.text


def test_decisions_are_judged_by_a_file_that_nobody_has_sent_yet(governed: Governed, file: Path) -> None:
    environment = {name: value for name, value in governed.service.environment.items() if name.startswith("MAITRED_") or name == "PORT"}
    done = maitred("policy", "simulate", str(file), **environment)
    assert done.status == 0
    assert "vip-support@1 → this file" in done.text


def test_without_a_service_a_key_or_sense_each_command_says_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    nobody = maitred("policy", "status", "--url", f"http://127.0.0.1:{port}", "--key", "mk_x")
    assert (nobody.status, "maitred run" in nobody.text) == (1, True)
    keyless = maitred("policy", "status", MAITRED_KEY="")
    assert (keyless.status, "MAITRED_KEY" in keyless.text) == (2, True)
    schemeless = maitred("policy", "status", "--url", "localhost", "--key", "mk_x")
    assert (schemeless.status, "--url" in schemeless.text) == (2, True)


def test_a_key_that_is_not_known_is_said(governed: Governed) -> None:
    done = maitred("policy", "status", MAITRED_URL=governed.service.base_url, MAITRED_KEY="mk_nobody")
    assert done.status == 1
    assert "unknown or revoked" in done.text
