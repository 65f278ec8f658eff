"""Canonical JSON is byte for byte what the reference library writes."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.canonical import canonical_json

numbers = st.one_of(
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-1e6, 1e6).map(lambda number: round(number, 4)),
    st.sampled_from([0.0, -0.0, 1e-4, 1e-5, 1e-7, 0.1, 1e15, 1e16, 1e21, 123456789012345.6, 5e-324, 1.0, -3.0]),
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)


@settings(max_examples=2_000, deadline=None)
@given(values)
@example({"\ue000": 1, "\U0001f600": 2})
@example({"b": '\x7f\u2028\x00\x1f"\\/', "a": [1.0, -0.0, 1e300, True, None]})
def test_canonical_json_is_what_the_reference_writes(value: Any) -> None:
    assert canonical_json(value) == rfc8785.dumps(value)


class Word(StrEnum):
    """A word of an enumeration, which is a string all the same."""

    EU = "eu"


class Whole(int):
    """A number of a class of its own."""


def test_values_of_derived_classes_are_written_as_their_base() -> None:
    assert canonical_json({"b": (Word.EU, Whole(3)), "a": {Word.EU: [{}, []]}}) == b'{"a":{"eu":[{},[]]},"b":["eu",3]}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, {1: 2}, "\ud800", {"\ud800": 1}, object()])
def test_what_the_reference_refuses_is_refused(value: Any) -> None:
    with pytest.raises((rfc8785.CanonicalizationError, UnicodeEncodeError)):
        canonical_json(value)
