"""What `maitred policy status` says of a rollout that has seen cases."""

from __future__ import annotations

from typing import Any

from cli.policy_review import standing_lines

GATE = {
    "reading": "hold",
    "because": "Decisions with a failed condition: 0 of 4 of the candidate; 50 cases are needed.",
    "candidate_cases": 4,
}
UNSEEN = {"reading": "hold", "because": "Nothing in tier strategic.", "candidate_cases": 0}


def release(stage: str) -> dict[str, Any]:
    """As `GET /v1/policies/{name}/rollout` shows it."""
    standing = {
        "agreement": {"agrees": 1_230, "compared": 1_234},
        "gates": [GATE, UNSEEN],
        "next": {"move": "hold", "because": "Too few cases."},
    }
    return {"stage": stage, "standing": standing}


def test_a_shadow_says_how_often_the_versions_agree_and_what_its_gates_read() -> None:
    assert standing_lines(release("shadow")) == ["both versions agree on 1,230 of 1,234 cases", f"hold: {GATE['because']}"]


def test_a_canary_says_what_comes_next_as_well() -> None:
    assert standing_lines(release("canary"))[-1] == "next, hold: Too few cases."
