"""Two groups compared stratum by stratum."""

from __future__ import annotations

import numpy as np
import pytest

from evals.statistics.stratified import TwoByTwo, design_of, mantel_haenszel, tables_of

BERKELEY = (
    TwoByTwo(512, 313, 89, 19),
    TwoByTwo(353, 207, 17, 8),
    TwoByTwo(120, 205, 202, 391),
    TwoByTwo(138, 279, 131, 244),
    TwoByTwo(53, 138, 94, 299),
    TwoByTwo(22, 351, 24, 317),
)
"""Admitted and rejected men, admitted and rejected women of six departments (Bickel, Hammel & O'Connell, Science 187, 1975)."""
RABBITS = (TwoByTwo(0, 6, 0, 5), TwoByTwo(3, 3, 0, 6), TwoByTwo(6, 0, 2, 4), TwoByTwo(5, 1, 6, 0), TwoByTwo(2, 0, 5, 0))
"""Cured and dead rabbits given penicillin at once, and after 90 minutes, by dose (Agresti 1990, p. 231)."""


def test_berkeley_admitted_men_and_women_alike_within_departments() -> None:
    """R's mantelhaen.test(UCBAdmissions): 1.4269, p 0.2323, odds ratio 0.9047 [0.7719, 1.0603]."""
    found = mantel_haenszel(BERKELEY)
    assert found
    assert (found.statistic, found.chance) == pytest.approx((1.4269, 0.2323), abs=1e-4)
    assert (found.odds_ratio, found.odds_low, found.odds_high) == pytest.approx((0.9047, 0.7719, 1.0603), abs=1e-4)
    assert found.low < 0 < found.high


def test_without_departments_berkeley_looks_unfair() -> None:
    whole = TwoByTwo(*(sum(getattr(one, name) for one in BERKELEY) for name in TwoByTwo.__dataclass_fields__))
    found = mantel_haenszel([whole])
    assert found
    assert found.chance < 1e-10
    assert found.difference == pytest.approx(0.1416, abs=1e-3)


def test_penicillin_at_once_cures_more_rabbits() -> None:
    """R's mantelhaen.test(Rabbits): 3.9286, p 0.04747, odds ratio 7 [1.0267, 47.7251]. Doses at which all fared alike say nothing."""
    found = mantel_haenszel(RABBITS)
    assert found
    assert (found.statistic, found.chance) == pytest.approx((3.9286, 0.04747), abs=1e-4)
    assert (found.odds_ratio, found.odds_low, found.odds_high) == pytest.approx((7.0, 1.0267, 47.7251), abs=1e-3)
    telling = mantel_haenszel([one for one in RABBITS if one.inside_misses + one.outside_misses])
    assert telling
    assert (telling.statistic, telling.odds_ratio) == (found.statistic, found.odds_ratio)


def test_one_stratum_has_the_plain_difference() -> None:
    found = mantel_haenszel([TwoByTwo(30, 70, 20, 80)])
    assert found
    assert found.difference == pytest.approx(0.1)
    assert (found.low, found.high) == pytest.approx((-0.019, 0.219), abs=0.002)


def test_groups_that_never_meet_cannot_be_compared() -> None:
    assert mantel_haenszel([TwoByTwo(3, 4, 0, 0), TwoByTwo(0, 0, 5, 6)]) is None
    assert mantel_haenszel([]) is None


def test_where_nothing_varies_there_is_no_difference() -> None:
    found = mantel_haenszel([TwoByTwo(5, 0, 9, 0)])
    assert found
    assert (found.chance, found.difference) == (1.0, 0.0)


def test_cases_of_one_text_are_worth_less_where_they_share_the_group() -> None:
    """Each text eight times, all in one language: the design effect is that of eight copies."""
    chance = np.random.default_rng(1)
    hits, inside = np.repeat(chance.random(60) < 0.4, 8).astype(float), np.repeat(chance.random(60) < 0.5, 8).tolist()
    texts = [at // 8 for at in range(480)]
    assert design_of(hits, inside, [0] * 480, texts) == pytest.approx(8, rel=0.05)
    assert design_of(hits, inside, [0] * 480, range(480)) == 1.0


def test_the_test_holds_its_size_when_texts_share_the_group_and_finds_what_was_planted() -> None:
    chance = np.random.default_rng(2)

    def found(more: float) -> float:
        count = 0
        for _ in range(200):
            inside, strata = np.repeat(chance.random(80) < 0.4, 3), np.repeat(chance.integers(0, 3, 80), 3)
            rate = np.clip(0.2 + 0.2 * strata + more * inside, 0, 1)
            alike = np.repeat(chance.random(80), 3)
            hits = (np.where(chance.random(240) < 0.7, alike, chance.random(240)) < rate).astype(float)
            groups, places = inside.tolist(), strata.tolist()
            tested = mantel_haenszel(tables_of(hits, groups, places), design_of(hits, groups, places, [at // 3 for at in range(240)]))
            count += tested is not None and tested.chance <= 0.05
        return count / 200

    assert found(0.0) <= 0.09
    assert found(0.35) >= 0.8
