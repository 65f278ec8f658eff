"""Which Pythons count as optimized."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.interpreter import is_optimized, python_told

PROFILED = {"PGO_PROF_USE_FLAG": "-fprofile-use -fprofile-correction"}


@pytest.mark.parametrize(
    ("built", "optimized"),
    [
        ({"CONFIG_ARGS": "'--prefix=/usr/local' '--enable-optimizations' '--with-lto'", **PROFILED}, True),
        ({"CONFIG_ARGS": "'--prefix=/opt/python' '--enable-shared'", **PROFILED}, False),
        ({"CONFIG_ARGS": "'--prefix=/usr' '--enable-shared'", "PGO_PROF_USE_FLAG": ""}, True),
        ({"CONFIG_ARGS": None}, True),
        ({}, True),
    ],
    ids=["optimized", "compiled at home", "a distribution's", "nothing told of it", "no configuration"],
)
def test_a_python_compiled_without_optimizations_is_known_by_its_configuration(built: dict[str, Any], optimized: bool) -> None:
    assert is_optimized(built) is optimized


def test_the_line_says_how_this_python_was_built() -> None:
    assert ("built without optimizations" in python_told()) is not is_optimized()
