"""Reads a policy text: YAML without aliases, tags or duplicate keys, each fault with line, column and a sentence."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any, get_args

import yaml as pyyaml
from pydantic import BaseModel, ValidationError

from domain.errors import PolicyInvalid
from policies.document import PolicyDocument

TEXT_LIMIT = 256 * 1024
LARGEST = 2**53
yaml: Any = pyyaml  # it carries no types: Any at this border only
Place = tuple[int, int]
Places = dict[tuple[str | int, ...], Place]


def fault(place: Place, reason: str) -> dict[str, Any]:
    """One fault; lines and columns count from 1."""
    return {"line": place[0], "column": place[1], "reason": reason}


def read_policy(text: str) -> tuple[PolicyDocument, Places]:
    """The document of a text, and where each part of it stands. Raises PolicyInvalid with every fault found."""
    if len(text.encode("utf-8", "surrogatepass")) > TEXT_LIMIT:
        raise PolicyInvalid(
            f"The policy is larger than {TEXT_LIMIT} bytes.", [fault((1, 1), f"the text is larger than {TEXT_LIMIT} bytes")]
        )
    places: Places = {}
    try:
        faults = list(_forbidden_events(text))
        node = yaml.compose(text, Loader=yaml.SafeLoader) if not faults else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise _invalid([fault((mark.line + 1, mark.column + 1) if mark else (1, 1), f"is no valid YAML: {error.problem}")]) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise _invalid([fault((1, 1), f"is no valid YAML: {error}")]) from error
    if faults:
        raise _invalid(faults)
    if not isinstance(node, yaml.MappingNode):
        raise _invalid([fault((1, 1), "a policy is a mapping that begins with `policy: <name>`")])
    data = _plain(node, (), places, faults)
    if faults:
        raise _invalid(faults)
    try:
        return PolicyDocument.model_validate(data), places
    except ValidationError as error:
        raise _invalid([_schema_fault(detail, places) for detail in error.errors()]) from error


def place_of(places: Places, *path: str | int) -> Place:
    """Where a part stands, or the nearest part around it."""
    while path and path not in places:
        path = path[:-1]
    return places.get(path, (1, 1))


def _invalid(faults: list[dict[str, Any]]) -> PolicyInvalid:
    first = faults[0]
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return PolicyInvalid(f"The policy cannot be used: line {first['line']}, column {first['column']}: {first['reason']}{more}", faults)


def _forbidden_events(text: str) -> Iterator[dict[str, Any]]:
    documents = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        mark = event.start_mark
        place = (mark.line + 1, mark.column + 1)
        if isinstance(event, yaml.AliasEvent):
            yield fault(place, "aliases are not allowed; write the part out")
        elif isinstance(event, yaml.NodeEvent) and event.anchor:
            yield fault(place, "anchors are not allowed")
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag:
            yield fault(place, f"tags are not allowed ({event.tag})")
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                yield fault(place, "one text holds one policy")


def _plain(node: Any, path: tuple[str | int, ...], places: Places, faults: list[dict[str, Any]]) -> Any:
    places[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, index), places, faults) for index, item in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return _scalar(node, places[path], faults)
    data: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key, place = str(key_node.value), (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        _check_characters(key, place, faults)
        if key in data:
            faults.append(fault(place, f"the key `{key}` stands twice"))
        data[key] = _plain(value_node, (*path, key), places, faults)
        places[*path, key] = place
    return data


def _scalar(node: Any, place: Place, faults: list[dict[str, Any]]) -> Any:
    kind = node.tag.rpartition(":")[2]
    if kind not in {"int", "float", "bool", "null"}:
        _check_characters(node.value, place, faults)
        return node.value
    try:
        value = yaml.constructor.SafeConstructor().construct_object(node)
    except ValueError as error:
        faults.append(fault(place, f"is no valid {kind}: {error}"))
        return None
    if isinstance(value, int | float) and not -LARGEST <= value <= LARGEST:  # NaN too: nothing else can be digested canonically
        faults.append(fault(place, f"numbers lie between -{LARGEST} and {LARGEST}"))
    return value


def _check_characters(text: str, place: Place, faults: list[dict[str, Any]]) -> None:
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        faults.append(fault(place, "half a surrogate pair is no character"))


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
