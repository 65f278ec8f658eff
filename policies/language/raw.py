"""Partial facts, as tests and callers of the decide service give them, laid over neutral ones and validated strictly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from domain.decision import Proposal
from domain.facts import ClientFacts, Facts, Region, neutral_facts
from domain.scalars import Moment

MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)


def laid_over_neutral(given: Any) -> Facts:
    """Facts with what is `given` replaced. Raises ValueError for unknown fields, wrong types, null and NaN."""
    if not isinstance(given, Mapping):
        raise ValueError("facts: must be an object")
    if "proposal" in given:
        raise ValueError("proposal: give the proposal apart from the facts")
    return Facts.model_validate(_laid_over(neutral_facts().plain, given))  # pyright: ignore[reportUnknownArgumentType]


def strict_proposal(given: Any) -> Proposal:
    """A proposal without any coercion. Raises ValueError."""
    if not isinstance(given, Mapping):
        raise ValueError("must be an object")
    try:
        written = json.dumps({"rationale": "", **given}, allow_nan=False)
    except (TypeError, RecursionError) as error:
        raise ValueError("is no JSON") from error
    return Proposal.model_validate_json(written, strict=True)


def salvaged(given: Any) -> Facts:
    """Neutral facts that keep the region and the moment when they can be read: enough to find the region's fallback and its due times."""
    facts = Facts()
    with suppress(KeyError, TypeError, ValueError, IndexError):
        facts = Facts(client=ClientFacts(region=Region(given["client"]["region"])))
    with suppress(KeyError, TypeError, ValueError, IndexError):
        return Facts(client=facts.client, now=MOMENT.validate_python(given["now"]))
    return facts


def first_fault(error: ValueError) -> str:
    """The first thing that is wrong, in one line."""
    if isinstance(error, ValidationError):
        detail = error.errors()[0]
        return f"{'.'.join(str(part) for part in detail['loc'])}: {detail['msg']}"
    return str(error)


def _laid_over(base: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for name, value in given.items():
        under: Any = merged.get(name)
        merged[name] = _laid_over(under, value) if isinstance(under, dict) and isinstance(value, Mapping) else value  # pyright: ignore[reportUnknownArgumentType]
    return merged
