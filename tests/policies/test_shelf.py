"""What is on the shelf: replaced at once, fetched when it is missing, bounded, and each version in the stage in which it decides."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.canonical import digest_of
from domain.errors import NotFound
from domain.policy_life import Release, Stage
from policies import shelf as shelves
from policies.engine import CompiledPolicy, compile_policy
from policies.rollouts.release import LiveRelease
from policies.rules import STARTER, shipped
from policies.shelf import PolicyShelf

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def version(number: int, stage: str = "approved") -> CompiledPolicy:
    return compile_policy(shipped(STARTER).replace("description: ", f"description: {number}, ", 1), version=number, stage=stage)


class Library:
    """Versions 1 to 9, and what was asked of it."""

    def __init__(self, *numbers: int) -> None:
        self.kept = {number: version(number, "retired") for number in numbers}
        self.asked: list[str] = []

    async def by_digest(self, digest: str) -> CompiledPolicy | None:
        """The version with this digest."""
        self.asked.append(digest)
        return next((one for one in self.kept.values() if one.digest == digest), None)

    async def by_number(self, name: str, number: int) -> CompiledPolicy | None:
        """A version."""
        self.asked.append(f"{name}@{number}")
        return self.kept.get(number) if name == STARTER else None


def release(**changes: object) -> Release:
    return Release.model_validate({"name": STARTER, "active": "a", "updated_at": NOW, "started_at": NOW, "salt": "s", **changes})


def test_another_stage_is_another_name_for_the_same_rules() -> None:
    approved = version(1)
    canary = approved.at(Stage.CANARY)
    assert (canary.digest, canary.rules, canary.text) == (approved.digest, approved.rules, approved.text)
    assert (approved.ref.stage, canary.ref.stage) == ("approved", "canary")
    assert canary.at("canary") is canary
    before, after = (policy.evaluate_raw({}).model_dump(mode="json") for policy in (approved, canary))
    assert before.pop("policy") != after.pop("policy")
    assert digest_of(before) == digest_of(after)


def test_whoever_asked_before_a_change_goes_on_with_what_they_got() -> None:
    shelf, candidate = PolicyShelf(version(1)), version(2)
    before = shelf.active("northwind")
    shelf.serve(LiveRelease(before, candidate, Stage.CANARY, 100, "s"), release(candidate="b", stage="canary", percent=100))
    assert (before.ref.version, shelf.active("northwind").ref.version, shelf.active(None).ref.version) == (1, 2, 1)
    assert shelf.active("northwind").ref.stage == "canary"
    shelf.serve(LiveRelease(candidate), release(active="b"))
    assert (shelf.active().ref.version, shelf.active().ref.stage, shelf.candidate()) == (2, "active", None)
    assert shelf.pinned(before.digest).ref.stage == "active"
    assert shelf.pinned(before.digest, "canary").ref.stage == "canary"


def test_what_is_asked_for_by_number_says_where_it_stands() -> None:
    shelf = PolicyShelf(version(1))
    shelf.serve(LiveRelease(version(2)), release(active="b"))
    shelf.stand({version(1).digest: "retired"})
    assert [shelf.by_ref(f"{STARTER}@{number}").ref.stage for number in (1, 2)] == ["retired", "active"]
    assert shelf.by_ref(STARTER).ref.version == 2
    assert shelf.pinned(version(1).digest).ref.stage == "active"


async def test_a_version_that_another_worker_used_first_is_fetched_once() -> None:
    library = Library(1, 2, 3)
    shelf = PolicyShelf(version(1), library=library)
    wanted = library.kept[2]
    assert [(await shelf.have(wanted.digest)).ref.version for _ in range(3)] == [2, 2, 2]
    assert [(await shelf.find(f"{STARTER}@3")).ref.version for _ in range(3)] == [3, 3, 3]
    assert library.asked == [wanted.digest, f"{STARTER}@3"]


@pytest.mark.parametrize("reference", [f"{STARTER}@9", f"{STARTER}@", "nothing", "nothing@1", f"{STARTER}@²", f"{STARTER}@{'9' * 40}", "@"])
async def test_what_there_is_not_is_not_found(reference: str) -> None:
    shelf = PolicyShelf(version(1), library=Library(1))
    if reference == f"{STARTER}@":
        assert (await shelf.find(reference)).ref.version == 1
        return
    with pytest.raises(NotFound):
        await shelf.find(reference)
    with pytest.raises(NotFound):
        await shelf.have("sha256:none")


async def test_the_shelf_is_bounded_and_never_drops_what_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "MOST_KEPT", 4)
    numbers = range(1, 9)
    library = Library(*numbers)
    shelf = PolicyShelf(version(1), library=library)
    shelf.serve(LiveRelease(version(1), version(2), Stage.SHADOW), release(candidate="b", stage="shadow"))
    for number in numbers:
        await shelf.find(f"{STARTER}@{number}")
        assert len(shelf.digests) <= 4
        assert {version(1).digest, version(2).digest} <= set(shelf.digests)
    assert {shelf.pinned(digest).ref.version for digest in shelf.digests} == {1, 2, 7, 8}


async def test_a_version_that_is_in_use_outlives_those_that_nobody_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "MOST_KEPT", 5)
    library = Library(*range(1, 10))
    shelf = PolicyShelf(version(1), library=library)
    for number in (2, 3, 4):
        await shelf.find(f"{STARTER}@{number}")
    for number in range(5, 10):
        await shelf.have(library.kept[2].digest)
        shelf.pinned(library.kept[3].digest)
        shelf.by_ref(f"{STARTER}@4")
        await shelf.find(f"{STARTER}@{number}")
    assert {shelf.pinned(digest).ref.version for digest in shelf.digests} == {1, 2, 3, 4, 9}
    assert library.asked == [f"{STARTER}@{number}" for number in range(2, 10)]
