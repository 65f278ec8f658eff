"""YAML text to plain data with the place of every part; aliases, anchors, tags and duplicate keys are faults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml as pyyaml

LARGEST = 2**53 - 1
DEEPEST = 32
yaml: Any = pyyaml  # it carries no types: Any at this border only
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The C parser is ten times faster, which tells at every start; a build of PyYAML without it works as well."""
TYPED = frozenset({"int", "float", "bool", "null"})
Place = tuple[int, int]
Places = dict[tuple[str | int, ...], Place]


def fault(place: Place, reason: str) -> dict[str, Any]:
    """One fault; lines and columns count from 1."""
    return {"line": place[0], "column": place[1], "reason": reason}


def place_of(places: Places, *path: str | int) -> Place:
    """Where a part stands, or the nearest part around it."""
    while path and path not in places:
        path = path[:-1]
    return places.get(path, (1, 1))


def read_markup(text: str) -> tuple[Any, Places, list[dict[str, Any]]]:
    """The data of a text, where each part of it stands, and the faults of its form."""
    builder = _Builder(text)
    try:
        return builder.document(), builder.places, builder.faults
    except yaml.MarkedYAMLError as error:
        place = _place(error.problem_mark) if error.problem_mark else (1, 1)
        return None, builder.places, [*builder.faults, fault(place, f"is no valid YAML: {error.problem}")]
    except (yaml.YAMLError, ValueError) as error:
        return None, builder.places, [*builder.faults, fault((1, 1), f"is no valid YAML: {error}")]


class _TooDeep(ValueError):
    pass


class _Builder:
    """Builds from parse events in one pass, since composing a tree first would scan the text twice."""

    def __init__(self, text: str) -> None:
        self.places: Places = {}
        self.faults: list[dict[str, Any]] = []
        self._events: Iterator[Any] = yaml.parse(text, Loader=LOADER)
        self._resolver = yaml.resolver.Resolver()

    def document(self) -> Any:
        """The one document of the text; None when it is empty."""
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        data = self._part(next(self._events), ())
        next(self._events)
        following = next(self._events)
        if not isinstance(following, yaml.StreamEndEvent):
            self._fault(following, "one text holds one policy")
        return data

    def _part(self, event: Any, path: tuple[str | int, ...]) -> Any:
        self.places[path] = _place(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            return self._fault(event, "aliases are not allowed; write the part out")
        if event.anchor:
            self._fault(event, "anchors are not allowed")
        if event.tag:
            self._fault(event, f"tags are not allowed ({event.tag})")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if len(path) > DEEPEST:
            raise _TooDeep(f"parts are nested more than {DEEPEST} deep")
        return self._sequence(path) if isinstance(event, yaml.SequenceStartEvent) else self._mapping(path)

    def _sequence(self, path: tuple[str | int, ...]) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._part(event, (*path, len(items))))
        return items

    def _mapping(self, path: tuple[str | int, ...]) -> dict[str, Any]:
        data: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, path)
            if key in data:
                self._fault(event, f"the key `{key}` stands twice")
            data[key] = self._part(next(self._events), (*path, key))
            self.places[*path, key] = _place(event.start_mark)
        return data

    def _key(self, event: Any, path: tuple[str | int, ...]) -> str:
        if isinstance(event, yaml.ScalarEvent) and not (event.anchor or event.tag):
            self._check_characters(event)
            return event.value
        self._part(event, (*path, "?"))
        self._fault(event, "a key is a plain word")
        return "?"

    def _scalar(self, event: Any) -> Any:
        """Text stays text, dates too: the typed document reads them."""
        tag = self._resolver.resolve(yaml.ScalarNode, event.value, event.implicit)
        kind = tag.rpartition(":")[2]
        if kind not in TYPED:
            self._check_characters(event)
            return event.value
        try:
            value = yaml.constructor.SafeConstructor().construct_object(yaml.ScalarNode(tag, event.value))
        except (ValueError, OverflowError) as error:
            return self._fault(event, f"is no valid {kind}: {error}")
        if isinstance(value, int | float) and not -LARGEST <= value <= LARGEST:  # NaN too: it has no canonical JSON, hence no digest
            return self._fault(event, f"numbers lie between -{LARGEST} and {LARGEST}")
        return value

    def _check_characters(self, event: Any) -> None:
        if not event.value.isascii() and any("\ud800" <= character <= "\udfff" for character in event.value):
            self._fault(event, "half a surrogate pair is no character")

    def _fault(self, event: Any, reason: str) -> None:
        self.faults.append(fault(_place(event.start_mark), reason))


def _place(mark: Any) -> Place:
    return mark.line + 1, mark.column + 1
