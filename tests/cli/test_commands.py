"""The command line as its users meet it: what it prints, and its exit status."""

from __future__ import annotations

import inspect
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import typer
import typer.main
from typer.testing import CliRunner

from cli.main import PLACES, app
from tests.service import MODELS, Service, eventually, message, serving

COMMANDS = ["", "demo", "run", "worker", "doctor", "world", "decide", "replay", "ledger", "keys", "policy", "model"]


def maitred(*arguments: str, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAITRED_")}
    variables = {**inherited, "MAITRED_MODELS": str(MODELS), "COLUMNS": "160", **environment}
    command = [sys.executable, "-m", "cli.main", *arguments]
    return subprocess.run(command, env=variables, input=given, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A running service with one decided case."""
    home = tmp_path_factory.mktemp("cli")
    home.chmod(0o755)
    with serving(home) as running:
        yield running


def test_the_overview_says_of_each_command_what_the_command_says_of_itself() -> None:
    group: Any = typer.main.get_command(app)
    own = {name: inspect.cleandoc(group.get_command(None, name).help) for name in PLACES}
    assert own == {name: sentence for name, (_, sentence) in PLACES.items()}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    done = CliRunner().invoke(app, [*command.split(), "--help"])
    assert done.exit_code == 0
    assert f"{command} [OPTIONS]" in done.stdout


def test_an_unknown_command_is_refused() -> None:
    done = maitred("serve")
    assert done.returncode == 2
    assert "No such command 'serve'" in done.stderr


def test_a_broken_policy_is_refused_with_its_line(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("policy: x\nfacts: v1\ntiers: 3\n")
    done = maitred("policy", "check", str(broken))
    assert done.returncode == 1
    assert f"{broken}:3:1: `tiers`" in done.stderr


def test_a_file_that_is_not_there_is_named() -> None:
    done = maitred("policy", "check", "/nowhere/policy.yaml")
    assert done.returncode == 1
    assert "/nowhere/policy.yaml" in done.stderr.replace("\n", "")
    assert "Traceback" not in done.stderr


def test_the_shipped_policy_passes_its_own_tests() -> None:
    done = maitred("policy", "test")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].endswith("passed, 0 failed")


def test_facts_are_judged_without_any_service() -> None:
    asked = {"facts": {"message": {"signals": ["legal"], "intent": "legal"}, "client": {"known": True}}}
    done = maitred("decide", "-", given=orjson.dumps(asked).decode())
    assert done.returncode == 0
    verdict = orjson.loads(done.stdout)
    assert verdict["route"]["mode"] == "human"
    assert any("legal" in guard["id"] for guard in verdict["guards"])


def test_facts_that_are_no_json_are_refused_in_a_sentence() -> None:
    done = maitred("decide", "-", given="{")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "given", "sentence"),
    [
        (("missing.json",), "", "Cannot read missing.json: No such file or directory."),
        (("-",), "[1, 2]", "Standard input holds JSON of another kind; it takes an object"),
        (("-",), b"\xff", "Standard input is no JSON"),
        (("-", "--policy", "missing.yaml"), "{}", "Cannot read missing.yaml: No such file or directory."),
        (("-", "--policy", "."), "{}", "Cannot read .: Is a directory."),
    ],
)
def test_what_cannot_be_judged_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], given: str | bytes, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["decide", *arguments], input=given)
    assert isinstance(done.exception, SystemExit)
    assert done.exit_code == 1
    assert sentence in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (("world",), "Cannot write to {file}/home: Not a directory. Free some disk, or choose another with MAITRED_HOME."),
        (("model", "train"), "Cannot keep the embedded model in {file}/home/models: Not a directory."),
        (("model", "report"), "Cannot keep the embedded model in {file}/home/models: Not a directory."),
        (("demo",), "Cannot write to {file}/home/demo: Not a directory. Free some disk, or choose another with MAITRED_HOME."),
    ],
)
def test_a_home_that_cannot_be_used_is_told_in_a_sentence(tmp_path: Path, command: tuple[str, ...], sentence: str) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    done = maitred(*command, MAITRED_HOME=f"{file}/home", MAITRED_MODELS="", COLUMNS="400")
    assert done.returncode == 1
    assert sentence.format(file=file) in done.stderr
    assert "Traceback" not in done.stderr


def test_a_decided_case_is_replayed_and_found_in_the_ledger(service: Service) -> None:
    with service.http() as http:
        case = http.post("/v1/messages", json=message("How do I share a dashboard?"), headers={"Prefer": "wait=20"}).json()
    environment = {name: value for name, value in service.environment.items() if name.startswith("MAITRED_") or name == "PORT"}
    replayed = maitred("replay", case["id"], **environment)
    assert replayed.returncode == 0
    assert "identical" in replayed.stdout.lower() or "same" in replayed.stdout.lower()
    entries = maitred("ledger", "--case", case["id"], **environment)
    assert entries.returncode == 0
    assert "case.decided" in entries.stdout
    verified = maitred("ledger", "--verify", **environment)
    assert verified.returncode == 0
    assert "with our signature" in verified.stdout
    assert "the ledger holds" in verified.stdout
    unknown = maitred("replay", "case_unknown", **environment)
    assert unknown.returncode == 1
    assert "case_unknown" in unknown.stderr


def test_an_export_is_verified_without_a_service_or_its_home(service: Service, tmp_path: Path) -> None:
    with service.http() as http:
        checkpoint = eventually(lambda: http.get("/v1/ledger/checkpoint").is_success and http.get("/v1/ledger/checkpoint").json())
        export = http.get("/v1/ledger/export").text
    files = {"all.jsonl": export, "changed.jsonl": export.replace('"actor":"', '"actor":"x', 1), "note": checkpoint["note"]}
    files |= {"checkpoint.json": orjson.dumps(checkpoint).decode(), "forged": checkpoint["note"].replace("maitred-ledger\n", "other\n", 1)}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    def verified(name: str, *options: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["ledger", "verify", str(tmp_path / name), *options], env={"MAITRED_HOME": str(tmp_path / "none")})
        return done.exit_code, " ".join((done.stdout + done.stderr).split())

    signed, note, key = (
        ("--checkpoint", str(tmp_path / "checkpoint.json")),
        ("--checkpoint", str(tmp_path / "note")),
        checkpoint["verifier"],
    )
    for options in ((*signed, "--key", key), (*note, "--key", checkpoint["public_key"])):
        status, said = verified("all.jsonl", *options)
        assert status == 0, said
        assert f"have the signed root over {checkpoint['size']} entries" in said
        assert "that the key is theirs" not in said
    assert "that the key is theirs. It came with the checkpoint" in verified("all.jsonl", *signed)[1]
    status, said = verified("changed.jsonl", *signed)
    assert status == 1
    assert "was changed: what it says does not have its digest" in said
    assert "THE EXPORT DOES NOT HOLD" in said
    for options, sentence in (
        ((*signed, "--key", "00" * 32), "does not have a good signature of this key"),
        (("--checkpoint", str(tmp_path / "forged"), "--key", key), "does not have a good signature of this key"),
        ((*signed, "--key", "nonsense"), "This is no key that verifies"),
        (note, "names no key that verifies it"),
    ):
        status, said = verified("all.jsonl", *options)
        assert status == 1
        assert sentence in said
    assert verified("nowhere.jsonl")[0] == 1
    assert not (tmp_path / "none").exists()
    assert (
        "To verify an export: maitred ledger verify"
        in CliRunner().invoke(app, ["ledger", "--verify", "all.jsonl"], env={"COLUMNS": "160"}).stderr
    )


def test_the_doctor_names_every_part_and_no_secret(service: Service) -> None:
    environment = {name: value for name, value in service.environment.items() if name.startswith("MAITRED_") or name == "PORT"}
    done = maitred("doctor", MAITRED_LLM__API_KEY="sk-secret-4711", **environment)
    assert done.returncode == 0
    assert "Postgres answers" in done.stdout
    assert "Redis answers" in done.stdout
    assert "the database is at schema" in done.stdout
    assert "sk-secret-4711" not in done.stdout


def test_an_unknown_scope_is_refused_with_the_list(service: Service) -> None:
    environment = {name: value for name, value in service.environment.items() if name.startswith("MAITRED_") or name == "PORT"}
    done = maitred("keys", "create", "--name", "x", "--scope", "everything", **environment)
    assert done.returncode == 1
    assert "cases:write" in done.stderr


def test_a_port_in_use_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = maitred("run", PORT=str(port), MAITRED_HOME=str(tmp_path / "home"))
    assert done.returncode == 1
    assert str(port) in done.stderr
    assert not (tmp_path / "home" / "postgres").exists()
