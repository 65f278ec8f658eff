"""Partial facts, as tests and callers of the decide service give them, laid over neutral ones and validated strictly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.facts import Facts, neutral_facts


def laid_over_neutral(given: Mapping[str, Any]) -> Facts:
    """Facts with what is `given` replaced. Raises ValidationError for unknown fields, wrong types, null and NaN."""
    if "proposal" in given:
        raise ValueError("proposal: give the proposal apart from the facts")
    return Facts.model_validate(_laid_over(dict(neutral_facts().plain), given))


def _laid_over(base: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for name, value in given.items():
        under: Any = merged.get(name)
        merged[name] = _laid_over(under, value) if isinstance(under, dict) and isinstance(value, Mapping) else value  # pyright: ignore[reportUnknownArgumentType]
    return merged
