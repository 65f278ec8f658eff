"""`make clean` leaves data and keys alone; `make wipe` says what it would delete, and deletes nothing that is served."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make on this machine")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As much of a checkout as both targets need, with a home in it whose database lies elsewhere."""
    checkout = tmp_path / "checkout"
    (checkout / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", checkout)
    shutil.copy(ROOT / ".ci" / "wipe.py", checkout / ".ci")
    (checkout / ".venv").mkdir()
    (checkout / ".maitred" / "demo").mkdir(parents=True)
    for name in ("ledger_key", "stack.lock", "demo/stack.lock"):
        (checkout / ".maitred" / name).touch()
    for link, target in (("postgres", "postgres-sheltered"), ("valkey", "somebody-elses")):
        (tmp_path / target).mkdir()
        (checkout / ".maitred" / link).symlink_to(tmp_path / target)
    return checkout


def make(checkout: Path, *arguments: str) -> tuple[int, str]:
    """As from a shell of its own: the `make` that runs the suite would have it say more."""
    alone = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(["make", *arguments], cwd=checkout, env=alone, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_clean_takes_the_environment_and_no_data(checkout: Path) -> None:
    assert make(checkout, "clean")[0] == 0
    assert not (checkout / ".venv").exists()
    assert (checkout / ".maitred" / "ledger_key").exists()


def test_wipe_says_what_it_would_delete_and_deletes_it_only_when_told_so(checkout: Path) -> None:
    status, said = make(checkout, "wipe")
    assert status != 0
    assert ".maitred/postgres: every case, review, decision, ledger entry, account and API key" in said
    assert "make wipe SURE=yes" in said
    assert (checkout / ".maitred" / "ledger_key").exists()
    assert make(checkout, "wipe", "SURE=yes")[0] == 0
    assert not (checkout / ".maitred").exists()
    assert not (checkout.parent / "postgres-sheltered").exists()
    assert (checkout.parent / "somebody-elses").exists()
    assert make(checkout, "wipe") == (0, "There is no .maitred.\n")


@pytest.mark.parametrize("served", [".maitred", ".maitred/demo"])
def test_wipe_refuses_a_home_that_is_served(checkout: Path, served: str) -> None:
    with (checkout / served / "stack.lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        status, said = make(checkout, "wipe", "SURE=yes")
    assert status != 0
    assert f"A process serves {served}: stop it first. Nothing was deleted." in said
    assert (checkout / ".maitred" / "ledger_key").exists()
