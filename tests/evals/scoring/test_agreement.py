"""Kappa as one computes it by hand."""

from __future__ import annotations

import pytest

from evals.scoring.agreement import agreement, kappa


def test_kappa_by_hand() -> None:
    """20 equal yes, 15 equal no, 5 and 10 apart: observed 0.7, expected 0.5 * 0.6 + 0.5 * 0.4 = 0.5, so 0.2 / 0.5."""
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    assert kappa(pairs) == pytest.approx(0.4)
    assert agreement(pairs).equal == 0.7


def test_who_agrees_by_chance_alone_has_no_kappa_and_who_always_differs_a_negative_one() -> None:
    assert kappa([("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")]) == 0.0
    assert kappa([("a", "b"), ("b", "a")]) == -1.0
    assert kappa([("a", "a"), ("b", "b")]) == 1.0
    assert kappa([("a", "a"), ("a", "a")]) == 1.0


def test_the_interval_holds_kappa_narrows_with_more_texts_and_is_the_same_again() -> None:
    few = [("a", "a")] * 8 + [("b", "b")] * 7 + [("a", "b")] * 5
    first, more = agreement(few), agreement(few * 10)
    assert first.low < first.kappa < first.high
    assert more.high - more.low < (first.high - first.low) / 2
    assert agreement(few) == first


def test_nothing_to_agree_on_is_said() -> None:
    with pytest.raises(ValueError, match="nothing to agree on"):
        agreement([])
