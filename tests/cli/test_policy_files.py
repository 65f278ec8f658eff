"""What `maitred policy` does with files: nobody needs a service for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from policies.language.starter import starter
from policies.rules import shipped
from tests.cli.conftest import maitred


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A policy to begin with."""
    file = tmp_path / "mine.yaml"
    file.write_text(starter("my-policy"))
    return file


def test_a_new_policy_passes_every_check_and_its_own_tests(tmp_path: Path) -> None:
    file = tmp_path / "fresh.yaml"
    made = maitred("policy", "new", "fresh", "--out", str(file))
    assert made.status == 0
    assert f"maitred policy check {file}" in made.text
    checked = maitred("policy", "check", str(file))
    assert (checked.status, checked.err) == (0, "")
    assert "fresh: 4 guards, 5 tests, 2 invariants, no fault" in checked.text
    assert maitred("policy", "test", str(file)).out == "5 passed, 0 failed\n"
    assert maitred("policy", "fmt", "--check", str(file)).status == 0


def test_a_file_that_is_there_is_not_overwritten(mine: Path) -> None:
    before = mine.read_text()
    done = maitred("policy", "new", "other", "--out", str(mine))
    assert done.status == 1
    assert "is there already" in done.text
    assert mine.read_text() == before


@pytest.mark.parametrize("name", ["Upper", "two words", "", "x" * 65, "../up"])
def test_a_name_that_no_policy_can_have_is_refused_and_nothing_is_written(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = maitred("policy", "new", name)
    assert done.status == 1
    assert "cannot name a policy" in done.text
    assert list(tmp_path.iterdir()) == []


def test_a_fault_is_told_as_editors_know_it(mine: Path) -> None:
    mine.write_text(mine.read_text().replace("modes: [hybrid, human]", "mode: [hybrid, human]", 1))
    done = maitred("policy", "check", str(mine))
    line = mine.read_text().split("\n").index("    mode: [hybrid, human]") + 1
    assert done.status == 1
    assert done.err.startswith(f"{mine}:{line}:5: unknown key `mode`; did you mean `modes`?")


def test_what_only_a_proof_finds_comes_with_a_case_that_shows_it_and_quick_leaves_it_out(mine: Path) -> None:
    mine.write_text(
        mine.read_text().replace("when: 'tier.id == \"strategic\"'", "when: 'tier.id == \"strategic\" && message.severity > 1'")
    )
    quick = maitred("policy", "check", "--quick", str(mine))
    assert quick.status == 0
    assert "proofs left out" in quick.text
    done = maitred("policy", "check", str(mine))
    line = next(n for n, text in enumerate(mine.read_text().split("\n"), 1) if "no bot for strategic clients" in text)
    assert done.status == 1
    assert f"{mine}:{line}:" in done.err.replace("\n", "")
    assert "for example: " in done.text
    assert "client.contract.tier strategic" in done.text


def test_where_a_policy_allows_more_than_another_is_said_and_no_fault(mine: Path, tmp_path: Path) -> None:
    looser = tmp_path / "looser.yaml"
    looser.write_text(mine.read_text().replace("> 500.0", "> 900.0").replace("Refunds above 500", "Refunds above 900"))
    looser.write_text(looser.read_text().replace("a refund of 600", "a refund of 1000").replace("amount: 600.0", "amount: 1000.0"))
    done = maitred("policy", "check", str(looser), "--against", str(mine))
    assert done.status == 0
    assert "allows more than the policy it was compared with" in done.text
    found = orjson.loads(maitred("policy", "check", str(looser), "--against", str(mine), "--json").out)
    assert found["faults"] == []
    assert found["widenings"][0]["example"]["proposal"]["action"] == "refund"


def test_a_test_that_fails_is_told_with_what_came_out(mine: Path) -> None:
    mine.write_text(mine.read_text().replace("expect: {mode: ai,", "expect: {mode: human,"))
    done = maitred("policy", "test", str(mine))
    assert done.status == 1
    assert "mode is ai, expected human" in done.text
    assert "4 passed, 1 failed" in done.text
    results = orjson.loads(maitred("policy", "test", "--json", str(mine)).out)
    assert [one["passed"] for one in results].count(False) == 1


def test_several_files_are_all_checked_and_one_fault_is_enough(mine: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("policy: x\n")
    done = maitred("policy", "check", "--quick", str(broken), str(mine))
    assert done.status == 1
    assert f"{broken}:1:1: `facts` is missing" in done.err.replace("\n", " ")
    assert "my-policy: 4 guards" in done.text
    assert maitred("policy", "check", "--quick", str(mine), str(mine)).status == 0
    plain = orjson.loads(maitred("policy", "check", "--quick", "--json", str(broken), str(mine)).out)
    assert [len(one["faults"]) > 0 for one in plain] == [True, False]


def test_formatting_changes_the_file_once_and_shows_what_it_would_change_before(mine: Path) -> None:
    formed = mine.read_text()
    mine.write_text(formed.replace("  - {tier: strategic, severity", "  -   {tier:   strategic, severity"))
    assert "is not in form" in maitred("policy", "fmt", "--check", str(mine)).text
    shown = maitred("policy", "fmt", "--diff", str(mine))
    assert shown.status == 1
    assert "-  -   {tier:   strategic, severity" in shown.out
    assert mine.read_text() != formed
    assert maitred("policy", "fmt", str(mine)).status == 0
    assert mine.read_text() == formed
    assert maitred("policy", "fmt", str(mine)).out == ""


def test_formatting_reads_standard_input_for_editors() -> None:
    text = starter("x")
    done = maitred("policy", "fmt", "-", given=text.replace("rank: 100,", "rank:   100,"))
    assert (done.status, done.out) == (0, text)


def test_a_file_that_cannot_be_read_is_left_as_it_is(mine: Path) -> None:
    mine.write_text("policy: [")
    done = maitred("policy", "fmt", str(mine))
    assert done.status == 1
    assert f"{mine}:2:1: is no valid YAML" in done.err
    assert mine.read_text() == "policy: ["


def test_the_schema_is_json_for_editors() -> None:
    schema = orjson.loads(maitred("policy", "schema").out)
    assert schema["properties"]["guards"]["items"]["defaultSnippets"]


def test_two_files_are_compared_part_by_part_and_by_what_they_do(mine: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(mine.read_text().replace("ack: 15m", "ack: 30m").replace("modes: [hybrid, human]", "modes: [human]", 1))
    done = maitred("policy", "diff", str(mine), str(other), "--text")
    assert done.status == 0
    assert "SLA row for tier strategic, the first response: 15m → 30m" in done.text
    assert "-  - {tier: strategic," in done.out
    assert "first response promised later" in done.text
    assert "first response: 15m → 30m" in done.text
    same = maitred("policy", "diff", str(mine), str(mine))
    assert same.text == "✓ They are the same."
    plain = orjson.loads(maitred("policy", "diff", str(mine), str(other), "--json").out)
    assert {change["part"] for change in plain["structure"]} == {"sla", "guards"}


@pytest.mark.parametrize("command", ["check", "test", "fmt", "show"])
def test_a_file_that_is_not_there_is_named(command: str) -> None:
    done = maitred("policy", command, "/nowhere/policy.yaml")
    assert done.status == 1
    assert "Cannot read /nowhere/policy.yaml" in done.text


def test_without_a_file_the_shipped_policy_is_meant() -> None:
    assert maitred("policy", "show", "--text").out == shipped()
    assert "58 guards" in maitred("policy", "check", "--quick").text


@pytest.mark.parametrize(
    ("arguments", "spared"),
    [
        (["--help"], ["cel", "pydantic", "httpx", "z3"]),
        (["policy", "--help"], ["z3", "cel_expr_python", "cedarpy", "sqlalchemy", "asyncpg", "cryptography", "sklearn"]),
        (["policy", "check", "--quick"], ["z3", "cel_expr_python", "cedarpy", "sqlalchemy", "asyncpg", "cryptography", "sklearn"]),
    ],
    ids=["overview", "overview of policy", "check"],
)
def test_a_command_imports_what_it_needs_and_no_more(arguments: list[str], spared: list[str]) -> None:
    told = f"print(sorted(set(sys.modules) & set({spared!r})))"
    script = f"import sys; from cli.main import app; app({arguments!r}, standalone_mode=False); {told}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
