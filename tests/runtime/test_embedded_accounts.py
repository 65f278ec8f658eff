"""As root and as an ordinary user: the servers run as neither root nor with more rights than they need."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import runtime.embedded_places as places
from runtime.embedded import EmbeddedStack
from tests.runtime.houses import ROOT, Owner, remember, remembered, servers_in

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="the suite does not run as root, which this test is about")
ORDINARY = pwd.getpwnam("daemon").pw_uid
NAMELESS = 54_321


def can_read_the_project(uid: int) -> bool:
    return places.Account(uid, uid, is_root=True).reaches(ROOT / "runtime" / "embedded.py")


@as_root
def test_servers_never_run_as_root(home: Path) -> None:
    stack = EmbeddedStack(home)
    stack.start()
    assert {process.username() for process in servers_in(home)} == {"nobody"}
    stack.stop()


@as_root
def test_a_home_that_nobody_can_enter_links_to_a_shelter(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelter = Path(tempfile.mkdtemp(prefix="maitred-shelter-", dir=home))
    monkeypatch.setattr(places, "SHELTER", shelter)
    private = home / "private"
    private.mkdir(mode=0o700)
    stack = EmbeddedStack(private / "home")
    remember(stack.start(), "sheltered")
    assert (private / "home" / "postgres").readlink().parent == shelter
    stack.stop()
    moved = private / "moved"
    (private / "home").rename(moved)
    again = EmbeddedStack(moved)
    assert remembered(again.start()) == (["sheltered"], "sheltered")
    again.stop()
    sockets = (moved / "run").readlink()
    assert sockets.stat().st_uid == pwd.getpwnam("nobody").pw_uid
    for left in (*sockets.iterdir(), sockets):
        left.unlink() if left.is_socket() or left.is_file() else left.rmdir()


@as_root
@pytest.mark.skipif(not can_read_the_project(ORDINARY), reason="an ordinary user cannot read this checkout")
def test_an_ordinary_user_serves_a_home_and_root_goes_on_with_it_as_that_user(home: Path) -> None:
    os.chown(home, ORDINARY, ORDINARY)
    owner = Owner(home, str(ORDINARY))
    remember(owner.urls(), "ordinary")
    assert {process.uids().real for process in servers_in(home)} == {ORDINARY}
    owner.stop()
    stack = EmbeddedStack(home)
    assert remembered(stack.start()) == (["ordinary"], "ordinary")
    assert {process.uids().real for process in servers_in(home)} == {ORDINARY}
    stack.stop()
    os.chown(home / "stack.lock", ORDINARY, ORDINARY)
    once_more = Owner(home, str(ORDINARY))
    assert remembered(once_more.urls()) == (["ordinary"], "ordinary")
    once_more.stop()


@as_root
@pytest.mark.skipif(not can_read_the_project(NAMELESS), reason="an ordinary user cannot read this checkout")
def test_a_user_without_a_name_is_told_what_to_do(home: Path) -> None:
    os.chown(home, NAMELESS, NAMELESS)
    command = [sys.executable, "-m", "tests.runtime.owner", str(home), str(NAMELESS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "Postgres needs a user that has a name: add one to /etc/passwd" in done.stderr
