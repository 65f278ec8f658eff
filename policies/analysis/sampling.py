"""Cases to try where nothing can be proved: the policy's own tests, and values on both sides of every number that it writes."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from contextlib import suppress
from math import inf, nextafter
from typing import Any

from domain.facts import Action, Mode
from policies.analysis.bounds import bounds
from policies.analysis.checking import CheckedSite
from policies.analysis.examples import Example, example_of
from policies.analysis.syntax import Node
from policies.analysis.words import is_possible
from policies.engine import CompiledPolicy
from policies.language.vocabulary import Fact, vocabulary

MOST = 600
SEED = 0


def samples_of(policy: CompiledPolicy, sites: Iterable[CheckedSite]) -> Iterator[Example]:
    """The same cases for the same policy."""
    for test in policy.document.tests:
        with suppress(ValueError):
            yield example_of(test.given, test.proposal)
    values = boundary_values(sites)
    chance = random.Random(SEED)  # noqa: S311  a sample, no secret
    for path, options in values.items():
        for value in options:
            yield from _cases(policy, {path: value}, chance)
    for _ in range(MOST):
        some = chance.sample(sorted(values), min(len(values), chance.randint(1, 6)))
        yield from _cases(policy, {path: chance.choice(values[path]) for path in some}, chance)


def boundary_values(sites: Iterable[CheckedSite]) -> dict[str, list[Any]]:
    """Path to the values around every literal that the fact may be compared with."""
    texts: set[str] = set()
    numbers: set[float] = set()
    read: set[str] = set()
    for one in sites:
        for node in one.tree.walk():
            read.update(path for path in (_path(node),) if path in vocabulary())
            if node.kind == "constant" and isinstance(node.value, str):
                texts.add(node.value)
            elif node.kind == "constant" and not isinstance(node.value, bool) and isinstance(node.value, int | float):
                numbers.add(node.value)
    return {path: _options(vocabulary()[path], texts, numbers) for path in sorted(read)}


def _options(fact: Fact, texts: set[str], numbers: set[float]) -> list[Any]:
    if fact.kind == "bool":
        return [False, True]
    words = [*fact.values, *(word for word in sorted(texts) if not fact.values and is_possible(fact.path, word))]
    if fact.kind == "string":
        return words
    if fact.kind.startswith("list"):
        return [[], *([word] for word in words), words]
    if fact.kind == "timestamp":
        return [f"2026-01-0{day}T{hour:02}:30:00Z" for day in (5, 9, 4) for hour in (0, 8, 12, 20)]
    low, high = bounds()[fact.path]
    if fact.kind == "int":
        around = {low, high, *(int(number) + step for number in numbers for step in (-1, 0, 1))}
        return sorted(int(one) for one in around if low <= one <= high)
    near = {low, high, *(one for number in numbers for one in (number, nextafter(number, -inf), nextafter(number, inf)))}
    return sorted(float(one) for one in near if low <= one <= high)


def _cases(policy: CompiledPolicy, chosen: dict[str, Any], chance: random.Random) -> Iterator[Example]:
    given: dict[str, Any] = {}
    suggestion: dict[str, Any] = {"mode": chance.choice(list(Mode)).value, "pool": min(policy.pools), "confidence": 1.0}
    suggestion["action"] = chance.choice(list(Action)).value
    suggested = chance.random() < 0.5
    for path, value in chosen.items():
        if path.startswith("proposal."):
            suggested = True
            if path != "proposal.present":
                suggestion[path.removeprefix("proposal.")] = value
            continue
        *groups, name = path.split(".")
        inner = given
        for group in groups:
            inner = inner.setdefault(group, {})
        inner[name] = value
    with suppress(ValueError):
        yield example_of(given, suggestion if suggested else None)


def _path(node: Node) -> str:
    if node.kind == "name":
        return node.text
    return f"{_path(node.parts[0])}.{node.text}" if node.kind in ("select", "has") else ""
