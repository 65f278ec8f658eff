"""Reads a policy text into the typed document; each fault has line, column and a sentence."""

from __future__ import annotations

import difflib
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from domain.errors import PolicyInvalid
from policies.language.document import PolicyDocument
from policies.language.markup import Places, fault, place_of, read_markup

TEXT_LIMIT = 256 * 1024


def read_policy(text: str) -> tuple[PolicyDocument, Places]:
    """The document of a text, and where each part of it stands. Raises PolicyInvalid with every fault found."""
    if len(text.encode("utf-8", "surrogatepass")) > TEXT_LIMIT:
        raise invalid([fault((1, 1), f"the text is larger than {TEXT_LIMIT} bytes")])
    data, places, faults = read_markup(text)
    if faults:
        raise invalid(faults)
    if not isinstance(data, dict):
        raise invalid([fault((1, 1), "a policy is a mapping that begins with `policy: <name>`")])
    try:
        return PolicyDocument.model_validate(data), places
    except ValidationError as error:
        raise invalid([_schema_fault(detail, places) for detail in error.errors()]) from error


def invalid(faults: list[dict[str, Any]]) -> PolicyInvalid:
    """The error that names the first fault and carries all, in the order of the text."""
    faults = sorted(faults, key=lambda one: (one["line"], one["column"]))
    first = faults[0]
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return PolicyInvalid(f"The policy cannot be used: line {first['line']}, column {first['column']}: {first['reason']}{more}", faults)


def _schema_fault(detail: Any, places: Places) -> dict[str, Any]:
    path: tuple[str | int, ...] = tuple(detail["loc"])
    name = next((part for part in reversed(path) if isinstance(part, str)), "policy")
    if detail["type"] == "extra_forbidden":
        return fault(place_of(places, *path), f"unknown key `{name}`{_suggestion(name, path[:-1])}")
    if detail["type"] == "missing":
        return fault(place_of(places, *path), f"`{name}` is missing")
    reason = detail["msg"].removeprefix("Value error, ")
    return fault(place_of(places, *path), f"`{name}` {reason[0].lower()}{reason[1:]}")


def _suggestion(name: str, path: tuple[str | int, ...]) -> str:
    keys = _keys_at(PolicyDocument, path)
    close = difflib.get_close_matches(name, keys, 1)
    return f"; did you mean `{close[0]}`?" if close else f"; there are: {', '.join(sorted(keys))}" if keys else ""


def _keys_at(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """Field names of the model at `path`; keys of mappings and list positions are stepped over."""
    for part in path:
        field = model.model_fields.get(str(part))
        inner = _model_in(field.annotation) if field else None
        model = inner or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in get_args(annotation):
        if (found := _model_in(inner)) is not None:
            return found
    return None
