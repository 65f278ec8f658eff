"""Many questions at once."""

from __future__ import annotations

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.comparing.paired import mcnemar
from evals.comparing.questions import corrected


def asked(splits: list[tuple[int, int]]) -> dict[int, float]:
    """Questions of so many cases that went up and down."""
    told = dict(enumerate(splits))
    return corrected({at: mcnemar(*split) for at, split in told.items()}, {at: mcnemar(sum(split), 0) for at, split in told.items()})


def test_questions_that_could_not_have_been_answered_do_not_dilute_the_others() -> None:
    assert asked([(0, 8), *[(0, 3)] * 30])[0] == mcnemar(0, 8)
    assert asked([(0, 8), (0, 8)])[0] == 2 * mcnemar(0, 8)
    assert asked([(0, 3)]) == {0: 1.0}
    assert asked([]) == {}


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=12))
def test_a_corrected_chance_is_never_smaller_than_the_bare_one(splits: list[tuple[int, int]]) -> None:
    assert all(chance >= mcnemar(*splits[at]) for at, chance in asked(splits).items())


def test_no_more_than_one_in_twenty_families_without_a_change_is_called_changed() -> None:
    """All ways that three metrics with 6, 7 and 5 changed cases can split by chance, weighed by how likely each is."""
    wrong = 0.0
    for ups in ((a, b, c) for a in range(7) for b in range(8) for c in range(6)):
        weight = comb(6, ups[0]) * comb(7, ups[1]) * comb(5, ups[2]) / 2**18
        wrong += weight * (min(asked([(ups[0], 6 - ups[0]), (ups[1], 7 - ups[1]), (ups[2], 5 - ups[2])]).values()) <= 0.05)
    assert wrong == pytest.approx(2 / 2**7, rel=0.5)
    assert wrong <= 0.05
