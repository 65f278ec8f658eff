"""The facts that expressions may read, taken from the models themselves: for checks, and for the page that documents them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from domain.facts import Facts

ANY_POOL = "*"
KINDS: dict[type, str] = {bool: "bool", int: "int", float: "double", str: "string", datetime: "timestamp"}


@dataclass(frozen=True)
class Fact:
    """One fact: `kind` in CEL's words, `values` the words that it can take when they are few."""

    path: str
    kind: str
    description: str
    values: tuple[str, ...] = ()
    optional: bool = False
    bounds: str = ""


@cache
def vocabulary() -> dict[str, Fact]:
    """Every fact by its path; below `load.pools` the pool's id is `*`."""
    return {fact.path: fact for fact in _facts_of(Facts, "")}


def facts_table() -> str:
    """The facts as one Markdown table."""
    rows = [f"| `{fact.path.replace(ANY_POOL, '<pool>')}` | {_kind(fact)} | {fact.description} |" for fact in vocabulary().values()]
    return "\n".join(["| fact | type | meaning |", "|---|---|---|", *rows])


def _kind(fact: Fact) -> str:
    parts = [fact.kind, fact.bounds, "optional" if fact.optional else ""]
    words = " ".join(f"`{value}`" for value in fact.values)
    return ", ".join(part for part in parts if part) + (f": {words}" if words else "")


def _facts_of(model: type[BaseModel], prefix: str) -> Iterator[Fact]:
    for name, field in model.model_fields.items():
        path = f"{prefix}{name}"
        inner, optional = _without_none(field.annotation)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _facts_of(inner, f"{path}.")
        elif get_origin(inner) is dict:
            yield from _facts_of(get_args(inner)[1], f"{path}.{ANY_POOL}.")
        else:
            kind, values = _kind_of(inner)
            yield Fact(path, kind, field.description or "", values, optional, _bounds(field, inner))


def _without_none(annotation: Any) -> tuple[Any, bool]:
    """(the annotation without None and without metadata, whether None was in it)."""
    if get_origin(annotation) in (Union, UnionType):
        present = [one for one in get_args(annotation) if one is not type(None)]
        return present[0], True
    return annotation, False


def _kind_of(annotation: Any) -> tuple[str, tuple[str, ...]]:
    bare = get_args(annotation)[0] if hasattr(annotation, "__metadata__") else annotation
    if get_origin(bare) is tuple:
        kind, values = _kind_of(get_args(bare)[0])
        return f"list of {kind}", values
    if isinstance(bare, type) and issubclass(bare, Enum):
        return "string", tuple(str(member.value) for member in bare)
    return KINDS[bare], ()


def _bounds(field: FieldInfo, annotation: Any) -> str:
    """The bounds that mean something to an author: technical maxima are left out."""
    metadata = [*field.metadata, *(part for item in getattr(annotation, "__metadata__", ()) for part in getattr(item, "metadata", ()))]
    low = max((part.ge for part in metadata if hasattr(part, "ge")), default=None)
    high = min((part.le for part in metadata if hasattr(part, "le")), default=None)
    if high is not None and abs(high) <= 1_000:
        return f"{low:g} to {high:g}"
    return f"at least {low:g}" if low is not None and abs(low) <= 1_000 else ""
