"""The facts as a Markdown table, made from `domain.facts`, so that the reference cannot fall behind the code."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from types import UnionType
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from domain.facts import Facts

NAMES: dict[Any, str] = {float: "double", int: "int", str: "string", bool: "bool"}


def facts_table() -> str:
    """One line a fact: path, type, meaning."""
    rows = ["| fact | type | meaning |", "|---|---|---|"]
    rows += [f"| `{path}` | {kind} | {meaning} |" for path, kind, meaning in _rows(Facts, "")]
    return "\n".join(rows)


def _rows(group: type[BaseModel], prefix: str) -> Iterator[tuple[str, str, str]]:
    for name, field in group.model_fields.items():
        annotation: Any = field.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from _rows(annotation, f"{prefix}{name}.")
        elif get_origin(annotation) is dict:
            yield from _rows(get_args(annotation)[1], f'{prefix}{name}["…"].')
        else:
            yield f"{prefix}{name}", _kind(annotation), field.description or ""


def _kind(annotation: Any) -> str:
    if get_origin(annotation) is UnionType:
        return f"{_kind(next(one for one in get_args(annotation) if one is not type(None)))}, optional"
    if get_origin(annotation) is tuple:
        return f"list of {_kind(get_args(annotation)[0])}"
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return "one of " + ", ".join(f"`{member}`" for member in annotation)
    if get_args(annotation):
        return _kind(get_args(annotation)[0])
    return NAMES.get(annotation, "timestamp")
