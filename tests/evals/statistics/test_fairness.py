"""Like cases of unlike clients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from evals.statistics.fairness import Treatment, fairness, fairness_of, treatment_of
from tests.evals.statistics.made import result

TIERS = {"gold": 900.0, "silver": 3600.0, "none": 28800.0}


def cases(seed: int, *, of: int = 450, person: float = 0.0, wait: float = 1.0, contract: bool = False) -> list[Treatment]:
    """Texts read for three clients each; more persons or longer waits for Japanese may be planted. `contract`: the small bought less."""
    chance = np.random.default_rng(seed)
    found: list[Treatment] = []
    for text in range(of // 3):
        severity, language = int(chance.integers(1, 4)), ["en", "de", "ja"][chance.integers(0, 3)]
        for _ in range(3):
            size = "small" if chance.random() < 0.5 else "enterprise"
            tier = list(TIERS)[int(chance.integers(1, 3) if contract and size == "small" else chance.integers(0, 3 - contract))]
            human = chance.random() < 0.1 + 0.2 * severity + (person if language == "ja" else 0)
            waits = TIERS[tier] / severity * (wait if language == "ja" else 1)
            groups = {"region": ("eu", "us")[chance.integers(0, 2)], "language": language, "size": size}
            found.append(Treatment(f"t{text}", str(severity), tier, groups, {"human": float(human), "wait": waits}))
    return found


def test_no_difference_is_said_in_words() -> None:
    assert fairness(cases(1)).words.startswith("No difference beyond chance in ")


def test_a_planted_difference_in_routing_is_found_and_told() -> None:
    found = fairness(cases(2, person=0.3)).unequal[0]
    assert (found.attribute, found.value, found.outcome) == ("language", "ja", "human")
    assert found.at_severity.low < 0.3 < found.at_severity.high
    assert found.words.startswith("At equal severity, a case with language ja goes to a person alone ")
    assert "At equal contract tier it remains" in found.words


def test_a_planted_wait_is_found() -> None:
    found = [one for one in fairness(cases(3, wait=3.0)).unequal if one.outcome == "wait"]
    assert {one.value for one in found} >= {"ja"}
    assert all(not one.contractual for one in found if one.value == "ja")


def test_what_the_contract_explains_is_said_to_be_explained_by_it() -> None:
    """Small clients wait longer because they bought less; at one tier all wait alike."""
    (found,) = [one for one in fairness(cases(4, contract=True)).unequal if (one.attribute, one.outcome) == ("size", "wait")]
    assert found.contractual
    assert "at equal contract tier the difference is within chance" in found.words.lower()


def test_severity_explains_what_it_explains() -> None:
    """German texts are graver here and so go to people more often; at equal severity nothing is left."""
    chance = np.random.default_rng(5)
    treated: list[Treatment] = []
    for at in range(600):
        severity = int(chance.choice([1, 5], p=[0.2, 0.8] if at % 2 else [0.8, 0.2]))
        human = chance.random() < 0.1 + 0.15 * severity
        treated.append(Treatment(f"t{at}", str(severity), "gold", {"language": "de" if at % 2 else "en"}, {"human": float(human)}))
    (found,) = fairness(treated).contrasts
    assert abs(found.average - found.others_average) > 0.25
    assert not found.unequal


def test_differences_are_seldom_seen_where_there_are_none() -> None:
    """One run in twenty may: more than four of twelve then has a chance below 1 in 1,000."""
    assert sum(bool(fairness(cases(seed, of=240)).unequal) for seed in range(12)) <= 4


def test_too_few_cases_are_not_compared() -> None:
    found = fairness(cases(6, of=9))
    assert found.contrasts == ()
    assert "Nothing could be compared" in found.words


def output(mode: str, **message: Any) -> dict[str, Any]:
    return {
        "facts": {
            "client": {"region": "eu", "segment": "small", "contract": {"tier": "gold"}},
            "message": {"severity": 3, "language": "de", **message},
        },
        "route": {"mode": mode},
        "verdict": {"sla": {"ack_within_s": 900}},
    }


def test_a_turns_output_says_how_it_was_treated() -> None:
    failed = result("a", right=False, output=output("ai"), expected={"mode": "human"}, got={"mode": "ai"}, slices={"severity": "5"})
    found = treatment_of(failed)
    assert found == Treatment(
        unit="a",
        severity="5",
        tier="gold",
        groups={"region": "eu", "language": "de", "size": "small"},
        outcomes={"human": 0.0, "ai": 1.0, "needless": 0.0, "missed": 1.0, "wait": 900.0},
    )


def test_a_suite_says_itself_what_was_needless() -> None:
    slices = {"severity": "2", "region": "us", "language": "en", "segment": "enterprise", "tier": "gold"}
    found = treatment_of(result("a", output={"mode": "human", "acknowledged_s": 60}, values={"needless_escalation": 1.0}, slices=slices))
    assert found == Treatment(
        "a", "2", "gold", {"region": "us", "language": "en", "size": "enterprise"}, {"human": 1.0, "ai": 0.0, "needless": 1.0, "wait": 60.0}
    )


def test_an_acceptable_route_is_neither_needless_nor_missed() -> None:
    found = treatment_of(result("a", output=output("human"), expected={"mode": "hybrid"}))
    assert found
    assert (found.outcomes["needless"], found.outcomes["missed"]) == (0.0, 0.0)


@pytest.mark.parametrize("given", [{}, {"facts": {}}, None])
def test_outputs_without_a_route_are_not_compared(given: dict[str, Any] | None) -> None:
    assert fairness_of([result("a", output=given)]) is None
