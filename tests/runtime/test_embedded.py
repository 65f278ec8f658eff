"""The embedded stack: one owner per home, nothing left behind, nothing lost."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from domain.errors import SetupFailed
from runtime.embedded import EmbeddedStack, StackUrls, connections_for, is_served, resolved_stack
from runtime.settings import Settings
from tests.runtime.houses import Owner, none_left, remember, remembered, servers_in


def test_a_home_keeps_its_data_and_nothing_runs_after_a_stop(home: Path) -> None:
    stack, began = EmbeddedStack(home), time.monotonic()
    remember(stack.start(), "first")
    first_took = time.monotonic() - began
    assert is_served(home)
    stack.stop()
    assert (is_served(home), servers_in(home)) == (False, [])
    began = time.monotonic()
    again = EmbeddedStack(home)
    assert remembered(again.start()) == (["first"], "first")
    assert time.monotonic() - began < max(3, first_took)
    again.stop()


def test_two_homes_are_served_side_by_side(home: Path) -> None:
    one, other = EmbeddedStack(home / "one"), EmbeddedStack(home / "other")
    remember(one.start(), "one")
    remember(other.start(), "other")
    assert (remembered(one.urls), remembered(other.urls)) == ((["one"], "one"), (["other"], "other"))
    one.stop()
    assert remembered(other.urls) == (["other"], "other")
    other.stop()


def test_a_second_process_uses_the_running_servers_and_leaves_them_running(home: Path) -> None:
    owner = Owner(home)
    while not is_served(home):
        time.sleep(0.005)
    with resolved_stack(Settings(home=home)) as urls:  # the owner is still starting
        remember(urls, "shared")
    assert remembered(owner.urls()) == (["shared"], "shared")
    owner.stop()
    assert servers_in(home) == []


def test_a_home_that_is_served_is_refused_with_the_process_that_serves_it(home: Path) -> None:
    owner = Owner(home)
    owner.urls()
    with pytest.raises(SetupFailed, match=rf"Process {owner.process.pid} serves .* already"):
        EmbeddedStack(home).start()
    owner.stop()
    assert none_left(home)


def test_servers_end_with_an_owner_that_is_killed_and_nothing_is_lost(home: Path) -> None:
    owner = Owner(home)
    remember(owner.urls(), "kept")
    owner.kill()
    assert none_left(home)
    stack = EmbeddedStack(home)
    assert remembered(stack.start()) == (["kept"], "kept")
    stack.stop()


def test_a_start_right_after_the_owner_was_killed_waits_for_its_servers(home: Path) -> None:
    owner = Owner(home)
    remember(owner.urls(), "kept")
    owner.kill()
    stack = EmbeddedStack(home)
    assert remembered(stack.start()) == (["kept"], "kept")
    stack.stop()


def test_orphans_are_ended_by_the_next_start(home: Path) -> None:
    owner = Owner(home)
    remember(owner.urls(), "kept")
    guards = [child for child in psutil.Process(owner.process.pid).children() if child.name() == "sh"]
    for guard in guards:
        guard.kill()
    owner.kill()
    orphans = servers_in(home)
    assert {orphan.name() for orphan in orphans} == {"postgres", "valkey-server"}
    stack = EmbeddedStack(home)
    assert remembered(stack.start()) == (["kept"], "kept")
    assert not any(orphan.is_running() and orphan.status() != psutil.STATUS_ZOMBIE for orphan in orphans)
    stack.stop()


def test_a_postmaster_that_is_killed_together_with_everything_loses_no_commit(home: Path) -> None:
    owner = Owner(home)
    remember(owner.urls(), "kept")
    time.sleep(1.1)  # Valkey writes to disk every second
    for process in [*psutil.Process(owner.process.pid).children(recursive=True), psutil.Process(owner.process.pid)]:
        if process.is_running():
            process.kill()
    owner.kill()
    stack = EmbeddedStack(home)
    assert remembered(stack.start()) == (["kept"], "kept")
    stack.stop()


@pytest.mark.parametrize("server", ["postgres", "valkey"])
def test_a_server_that_dies_is_started_again_within_two_seconds(home: Path, server: str) -> None:
    stack, began = EmbeddedStack(home), time.monotonic()
    remember(stack.start(), "kept")
    first_took = time.monotonic() - began  # the files of a new cluster are made too, so a machine that is slow today shows here
    if server == "valkey":
        time.sleep(1.1)  # Valkey writes to disk every second
    process = getattr(stack, server).process
    os.kill(process.pid, signal.SIGKILL)
    killed = time.monotonic()
    while getattr(stack, server).process in (process, None) or not stack.answers:
        assert time.monotonic() - killed < 30, "not started again"
        time.sleep(0.02)
    assert time.monotonic() - killed < max(2, first_took)
    assert remembered(stack.urls) == (["kept"], "kept")
    stack.stop()


def test_an_initdb_that_was_killed_is_begun_anew(home: Path) -> None:
    owner = Owner(home)
    while not list(home.glob("postgres.making-*/*")):
        time.sleep(0.005)
    owner.kill()
    assert not (home / "postgres" / "PG_VERSION").exists()
    stack = EmbeddedStack(home)
    remember(stack.start(), "made")
    stack.stop()
    assert none_left(home)  # the initdb of the killed owner ended too
    assert remembered(stack.start()) == (["made"], "made")
    assert list(home.glob("postgres.making-*")) == []
    stack.stop()


def test_a_folder_that_is_no_cluster_is_set_aside_and_never_deleted(home: Path) -> None:
    (home / "postgres").mkdir()
    (home / "postgres" / "thesis.txt").write_text("mine")
    stack = EmbeddedStack(home)
    stack.start()
    stack.stop()
    (aside,) = home.glob("postgres.unknown-*")
    assert (aside / "thesis.txt").read_text() == "mine"


def test_a_cluster_that_is_made_anew_begins_a_ledger_of_its_own(home: Path) -> None:
    (home / "ledger_signed").write_text("of the cluster before")
    stack = EmbeddedStack(home)
    stack.start()
    stack.stop()
    assert not (home / "ledger_signed").exists()
    assert (home / "ledger_signed.before").read_text() == "of the cluster before"


def test_a_stale_pid_file_that_names_somebody_elses_process_does_no_harm(home: Path) -> None:
    stack = EmbeddedStack(home)
    remember(stack.start(), "kept")
    stack.stop()
    bystander = subprocess.Popen(["sleep", "60"])
    (home / "postgres" / "postmaster.pid").write_text(f"{bystander.pid}\n{home}/postgres\n")
    (home / "valkey" / "valkey.pid").write_text(f"{bystander.pid}\n")
    assert remembered(stack.start()) == (["kept"], "kept")
    assert bystander.poll() is None
    stack.stop()
    bystander.kill()
    bystander.wait()


def test_a_damaged_valkey_file_is_set_aside(home: Path) -> None:
    stack = EmbeddedStack(home)
    remember(stack.start(), "lost")
    stack.stop()
    for part in (home / "valkey" / "appendonlydir").glob("*.incr.aof"):
        part.write_bytes(b"this is no append-only file, and not a truncated one either\r\n" * 4)
    assert remembered(stack.start()) == (["lost"], None)
    assert list((home / "valkey").glob("damaged-*"))
    stack.stop()


def test_a_long_home_keeps_its_sockets_in_a_short_folder(home: Path) -> None:
    long_home = home / ("a-rather-long-name-" * 6)
    stack = EmbeddedStack(long_home)
    remember(stack.start(), "far away")
    sockets = (long_home / "run").readlink()
    assert len(str(sockets)) < 40
    assert sockets.stat().st_mode & 0o777 == 0o700
    stack.stop()
    assert remembered(stack.start()) == (["far away"], "far away")
    assert (long_home / "run").readlink() == sockets
    stack.stop()
    shutil.rmtree(sockets)


def test_a_home_that_cannot_be_written_is_refused_in_a_sentence(home: Path) -> None:
    (home / "file").write_text("")
    with pytest.raises(SetupFailed, match=r"Cannot write to .*/file/home: Not a directory. Choose another folder with MAITRED_HOME"):
        EmbeddedStack(home / "file" / "home").start()


def test_named_servers_are_used_and_never_stopped(home: Path, stack: StackUrls) -> None:
    settings = Settings.model_validate({"home": home / "unused", "database_url": stack.database_url, "redis_url": stack.redis_url})
    with resolved_stack(settings) as urls:
        assert urls == stack
        remember(urls, "outside")
    assert remembered(stack) == (["outside"], "outside")
    assert not (home / "unused").exists()


def test_only_the_server_that_is_not_named_is_started(home: Path, stack: StackUrls) -> None:
    with resolved_stack(Settings.model_validate({"home": home, "redis_url": stack.redis_url})) as urls:
        assert urls.redis_url == stack.redis_url
        assert {process.name() for process in servers_in(home)} == {"postgres", "sh"}
    assert servers_in(home) == []


@pytest.mark.parametrize("workers", [1, 10, 64])
def test_postgres_has_room_for_all_connections_of_all_workers_and_for_commands_beside_them(workers: int) -> None:
    settings = Settings(workers=workers, database_connections=10)
    pools, listening = workers * 10, workers * 2
    assert connections_for(settings) - pools - listening >= 20
