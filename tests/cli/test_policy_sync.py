"""`maitred policy sync`: files are the source, people still approve, and what drifts is said with exit status 3."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import orjson
import pytest

from cli.policy_sync import DRIFT, commit_of
from policies.language.starter import starter
from policies.rules import shipped
from tests.cli.conftest import Governed


def git(folder: Path, *arguments: str) -> str:
    """Run git as somebody."""
    who = ["-c", "user.name=Grace", "-c", "user.email=grace@halyard.example", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *who, "-C", str(folder), *arguments], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one policy, committed."""
    folder = tmp_path / "policies"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "desk.yaml").write_text(starter("desk"))
    (folder / "notes.yaml").write_text("just: notes\n")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "The desk's policy")
    return folder


def synced(governed: Governed, source: Path, *options: str, person: str = "grace") -> tuple[int, dict[str, Any]]:
    """(exit status, the one policy) of a run."""
    done = governed.as_(person, "sync", str(source), "--json", *options)
    assert done.out, done.text
    return done.status, orjson.loads(done.out)[0]


def versions(governed: Governed, name: str) -> list[int]:
    """The versions that the service has."""
    return [one["version"] for one in orjson.loads(governed.as_("eve", "status", name, "--json").out)["versions"]]


def test_a_new_text_is_submitted_with_its_commit_and_a_repeat_does_nothing(governed: Governed, checkout: Path) -> None:
    status, dry = synced(governed, checkout, "--dry-run")
    assert (status, dry["step"], dry["version"]) == (DRIFT, "would be submitted", None)
    status, first = synced(governed, checkout)
    commit = git(checkout, "rev-parse", "HEAD")
    assert (status, first["step"], first["version"], first["drift"]) == (DRIFT, "submitted", 1, True)
    assert first["said"][0] == f"Synced from desk.yaml, commit {commit} The desk's policy"
    assert any("approvals are there" in said for said in first["said"])
    before = governed.as_("eve", "history", "desk", "--json").out
    status, again = synced(governed, checkout, "--rollout", "shadow")
    assert (status, again["step"], again["version"]) == (DRIFT, "waits for approval", 1)
    assert governed.as_("eve", "history", "desk", "--json").out == before
    history = orjson.loads(before)
    assert [entry["kind"] for entry in history] == ["policy.drafted", "policy.submitted"]
    assert all(commit in entry["data"]["reason"] for entry in history)


def test_what_is_approved_is_rolled_out_when_asked_for_and_in_sync_once_it_decides(governed: Governed, tmp_path: Path) -> None:
    file = tmp_path / "vip-support.yaml"
    file.write_text(shipped().replace("because: The client asked for a person.", "because: Somebody asked for a person."))
    assert synced(governed, tmp_path)[1]["step"] == "submitted"
    version = synced(governed, tmp_path)[1]["version"]
    for person in ("ada", "tess"):
        governed.as_(person, "approve", f"vip-support@{version}", "-m", "Only words")
    assert synced(governed, tmp_path)[1]["step"] == "approved"
    assert synced(governed, tmp_path, "--rollout", "shadow")[1]["step"] == "rollout started"
    assert synced(governed, tmp_path, "--rollout", "shadow")[1]["step"] == "rollout runs"
    assert governed.as_("grace", "rollout", f"vip-support@{version}", "--stage", "active").status == 0
    assert synced(governed, tmp_path) == (0, {**synced(governed, tmp_path)[1], "step": "in sync", "drift": False})
    assert governed.as_("ada", "rollback", "vip-support", "-m", "Not now").status == 0
    status, left = synced(governed, tmp_path, "--rollout", "shadow")
    assert (status, left["step"], left["drift"]) == (DRIFT, "rolled back", True)


def test_what_people_rejected_is_not_sent_again_until_the_file_changes(governed: Governed, checkout: Path) -> None:
    (checkout / "desk.yaml").write_text(starter("rejected-desk"))
    assert synced(governed, checkout)[1]["step"] == "submitted"
    assert governed.as_("ada", "reject", "rejected-desk@1", "-m", "Too small").status == 0
    status, refused = synced(governed, checkout)
    assert (status, refused["step"]) == (DRIFT, "rejected")
    assert refused["said"][0] == "person:ada rejected it: Too small"
    (checkout / "desk.yaml").write_text(starter("rejected-desk").replace("rank: 100,", "rank: 110,"))
    assert synced(governed, checkout)[1]["step"] == "submitted"
    assert versions(governed, "rejected-desk") == [2, 1]


def test_a_comment_or_other_spaces_are_no_new_version(governed: Governed, checkout: Path) -> None:
    (checkout / "desk.yaml").write_text("# why\n" + starter("spaced-desk"))
    synced(governed, checkout)
    (checkout / "desk.yaml").write_text("# why not\n" + starter("spaced-desk"))
    assert synced(governed, checkout)[1]["version"] == 1
    assert versions(governed, "spaced-desk") == [1]


def test_one_fault_in_one_file_stops_all_of_them(governed: Governed, checkout: Path) -> None:
    (checkout / "a-first.yaml").write_text(starter("whole"))
    (checkout / "broken.yaml").write_text(starter("broken").replace("rank: 100", "rank: -1"))
    done = governed.as_("grace", "sync", str(checkout))
    assert done.status == 1
    assert f"{checkout / 'broken.yaml'}:9:" in done.err.replace("\n", "")
    assert "whole" not in governed.as_("eve", "status").text


def test_two_files_of_one_name_and_a_folder_without_any_are_refused(governed: Governed, tmp_path: Path) -> None:
    (tmp_path / "notes.yaml").write_text("just: notes\n")
    assert "There is no policy in" in governed.as_("grace", "sync", str(tmp_path)).text
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text(starter("double"))
    done = governed.as_("grace", "sync", str(tmp_path))
    assert (done.status, "both hold policy double" in done.text) == (1, True)
    assert governed.as_("grace", "sync", str(tmp_path / "gone")).status == 1


def test_who_may_only_read_changes_nothing(governed: Governed, checkout: Path) -> None:
    (checkout / "desk.yaml").write_text(starter("unread"))
    done = governed.as_("eve", "sync", str(checkout))
    assert (done.status, "policies:write" in done.text) == (1, True)
    assert "unread" not in governed.as_("eve", "status").text


def test_the_commit_is_that_of_the_file_and_says_when_the_file_was_changed_since(checkout: Path) -> None:
    first = git(checkout, "rev-parse", "HEAD")
    (checkout / "other.txt").write_text("x")
    git(checkout, "add", ".")
    git(checkout, "commit", "-qm", "Something else")
    assert commit_of(checkout / "desk.yaml") == f"{first} The desk's policy"
    (checkout / "desk.yaml").write_text("changed")
    assert commit_of(checkout / "desk.yaml").endswith("(with changes that are not committed)")


def test_files_outside_of_git_have_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "desk.yaml").write_text("x")
    assert commit_of(tmp_path / "desk.yaml") == ""
    monkeypatch.setenv("PATH", "")
    assert commit_of(tmp_path / "desk.yaml") == ""
