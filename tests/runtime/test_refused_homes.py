"""A home that is full, damaged, restored by root or marked as in use: a sentence that says what to do, or a start that copes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.embedded.training import ensure_trained
from domain.errors import SetupFailed
from runtime.embedded import EmbeddedStack, StackUrls
from runtime.server_process import trouble_in
from runtime.settings import load_settings
from runtime.start import prepare, train_once
from tests.runtime.houses import remember, remembered
from tests.service import MODELS

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk or own what it restored")


@pytest.fixture
def small_disk(home: Path) -> Iterator[Path]:
    disk = home / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=90m,mode=755", "tmpfs", str(disk)], check=False).returncode:
        pytest.skip("this machine does not let us mount a small disk")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.parametrize("name", ["pepper", "bundle_key", "ledger_key"])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"0123"])
def test_a_damaged_secret_is_told_and_never_replaced(tmp_path: Path, content: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(content)
    settings = load_settings(home=tmp_path)
    with pytest.raises(SetupFailed, match=r"is damaged\. Restore that file from a backup, or delete it"):
        {"pepper": settings.pepper, "bundle_key": settings.bundle_seed, "ledger_key": settings.ledger_seed}[name]()
    assert (tmp_path / name).read_bytes() == content


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ledger_key": "short"}, "MAITRED_LEDGER_KEY must be 64 hex digits"),
        ({"trusted_keys": "nothere"}, "MAITRED_TRUSTED_KEYS names nothere, which cannot be used"),
        ({"policy_file": "nothere"}, "MAITRED_POLICY_FILE names nothere, which cannot be read: No such file or directory"),
    ],
)
async def test_what_a_setting_names_is_looked_at_before_anything_is_served(
    tmp_path: Path, database_url: str, redis_url: str, change: dict[str, str], reason: str
) -> None:
    with pytest.raises(SetupFailed, match=reason):
        await prepare(load_settings(home=tmp_path, **change), StackUrls(database_url, redis_url))


@pytest.mark.parametrize("name", ["pepper", "bundle_key", "ledger_key"])
async def test_a_damaged_secret_is_told_before_anything_is_served(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"0123")
    with pytest.raises(SetupFailed, match=r"is damaged\. Restore that file from a backup, or delete it"):
        await prepare(load_settings(home=tmp_path), StackUrls("postgresql://nowhere.invalid", "redis://nowhere.invalid"))


@pytest.mark.parametrize("kept", [0.5, 0.0])
def test_a_damaged_model_is_told_before_anything_is_served(tmp_path: Path, kept: float) -> None:
    whole = ensure_trained(MODELS)
    damaged = tmp_path / whole.name
    damaged.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * kept)])
    with pytest.raises(SetupFailed, match=r"is damaged\. Delete the files"):
        train_once(load_settings(models=tmp_path))
    shutil.copy(whole, damaged)
    train_once(load_settings(models=tmp_path))


def test_a_pid_file_that_names_somebody_elses_process_does_not_stop_a_start_nor_that_process(home: Path) -> None:
    stack = EmbeddedStack(home)
    remember(stack.start(), "kept")
    stack.stop()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        (home / "postgres" / "postmaster.pid").write_text(f"{stranger.pid}\n{home}/postgres\n1\n5432\n{home}/run\n\n\nready\n")
        (home / "valkey" / "valkey.pid").write_text(str(stranger.pid))
        assert remembered(stack.start()) == (["kept"], "kept")
        stack.stop()
        assert stranger.poll() is None


@as_root
def test_a_home_that_root_restored_from_a_backup_is_served(home: Path) -> None:
    stack = EmbeddedStack(home / "first")
    remember(stack.start(), "kept")
    stack.stop()
    shutil.copytree(home / "first", home / "restored", ignore=shutil.ignore_patterns("run"))
    restored = EmbeddedStack(home / "restored")
    assert remembered(restored.start()) == (["kept"], "kept")
    restored.stop()


@as_root
def test_a_full_disk_is_told_and_nothing_is_lost_once_there_is_room(small_disk: Path) -> None:
    stack = EmbeddedStack(small_disk / "home")
    remember(stack.start(), "kept")
    stack.stop()
    filler = small_disk / "filler"
    with pytest.raises(OSError, match="No space left"):
        filler.write_bytes(b"x" * 100_000_000)
    with pytest.raises(SetupFailed, match=r"No space left on device\. The disk is full: free some of it and start again"):
        stack.start()
    filler.unlink()
    assert remembered(stack.start()) == (["kept"], "kept")
    stack.stop()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ('FATAL:  could not write lock file "x": No space left on device\nserver stopped', "The disk is full: free some of it"),
        ("FATAL:  database files are incompatible with server\nDETAIL:  initialized by version 17", "dump them with that one"),
        ("PANIC:  could not locate a valid checkpoint record at 0/0", "restore a backup of the home"),
        ("LOG:  starting\nFATAL:  something new\nLOG:  stopped", "FATAL:  something new."),
        ("", "it said nothing."),
    ],
)
def test_what_a_server_said_becomes_a_sentence(said: str, sentence: str) -> None:
    assert sentence in trouble_in(said)
