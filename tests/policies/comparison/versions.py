"""The shipped policy, and versions of it with some words replaced."""

from __future__ import annotations

from functools import cache

from policies.engine import CompiledPolicy, compile_policy
from policies.rules import shipped


@cache
def shipped_policy() -> CompiledPolicy:
    return compile_policy(shipped())


def changed(*edits: tuple[str, str]) -> CompiledPolicy:
    """The shipped policy with words replaced, as version 2."""
    text = shipped()
    for old, new in edits:
        assert text.count(old) == 1, f"{old} stands {text.count(old)} times"
        text = text.replace(old, new)
    return compile_policy(text, version=2)
