"""What `maitred policy rollback` takes back: it names what stood when it looked, so that nothing more is taken away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import pytest

from cli.policy_rollout import meant_by_now
from cli.policy_service import Answer, PolicyService, Refused


@dataclass
class Stands:
    """A service on which a release stands so, after these changes."""

    versions: dict[str, int | None]
    history: tuple[tuple[str, str], ...] = ()

    def get(self, path: str) -> Answer:
        """The rollout."""
        assert path == "/v1/policies/p/rollout"
        return Answer(200, {"versions": self.versions}, '"7"')

    def items(self, path: str, most: int) -> Iterator[dict[str, Any]]:
        """The history, oldest first."""
        assert path == "/v1/policies/p/history"
        yield from ({"kind": kind, "actor": actor} for kind, actor in self.history[:most])


ACTIVATED, STARTED, BACK = (
    ("policy.activated", "person:grace"),
    ("policy.rollout_started", "person:grace"),
    ("policy.rolled_back", "maitred:roller"),
)


def meant(active: int, previous: int | None, candidate: int | None, *history: tuple[str, str]) -> dict[str, int]:
    """What would be sent."""
    stands = Stands({"active": active, "previous": previous, "candidate": candidate}, history)
    return meant_by_now(cast(PolicyService, stands), "p")


def test_what_is_rolled_out_is_dropped_by_its_number() -> None:
    assert meant(2, 1, 3, ACTIVATED, STARTED) == {"candidate": 3}


def test_after_an_activation_the_version_before_is_named() -> None:
    assert meant(2, 1, None, BACK, STARTED, ACTIVATED) == {"to": 1}


def test_what_the_gates_dropped_a_moment_ago_does_not_take_the_active_version_away() -> None:
    with pytest.raises(Refused, match="maitred:roller has rolled back already, and nothing is rolled out: @2 decides"):
        meant(2, 1, None, ACTIVATED, STARTED, BACK)


def test_where_nothing_was_before_there_is_no_way_back() -> None:
    with pytest.raises(Refused, match="no version was active before @1"):
        meant(1, None, None)
