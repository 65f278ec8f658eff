"""Expressions and facts over the whole vocabulary, drawn from a seed: whatever a policy could say, and whatever could be said to it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.decision import Proposal
from domain.facts import Action, Facts, Mode
from policies.language.raw import laid_over_neutral
from policies.language.vocabulary import Fact, vocabulary

WORDS = ("", "a", "bank", "banking", "de", "en", "litigation", "press", "crm", "Ünïcode ☂", "eu-core", "Z", "z")
POOLS = ("eu-core", "eu-senior")
INTS = (-3, -1, 0, 1, 2, 3, 4, 5, 45, 46, 2**53 - 1)
DOUBLES = (-1.0, -0.6, 0.0, 0.1, 0.2, 0.3, 0.35, 0.5, 0.6, 0.8, 1.0, 500.0, 500.01, 2000.0, 1_000_000.0, 1e15)
PATTERNS = ("^ban", "bank$", "b.nk", "(a|b)+", "[a-z]+", "^$", "e?n", "a\\\\.b")
MOMENTS = ("2026-01-05T09:00:00Z", "2026-02-28T23:59:59Z", "2000-02-29T00:00:00Z")
LISTS = {path: fact for path, fact in vocabulary().items() if fact.kind == "list of string"}


def _paths(kind: str, *, optional: bool | None = None) -> list[str]:
    found = [fact for fact in vocabulary().values() if fact.kind == kind and "*" not in fact.path]
    return [fact.path for fact in found if optional is None or fact.optional is optional]


class Expressions:
    """Draws well-typed expressions; depth is what is left to go down."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def condition(self, depth: int = 3) -> str:
        """A condition."""
        return self._bool(depth)

    def _one_of(self, *makers: Callable[[], str]) -> str:
        return self._chance.choice(makers)()

    def _bool(self, depth: int) -> str:
        pick, less = self._chance.choice, depth - 1
        leaves = (
            lambda: pick(_paths("bool")),
            lambda: f"has({pick(_paths('int', optional=True))})",
            lambda: f"{self._text(0)} {pick(['==', '!='])} {self._text(0)}",
            lambda: f"{pick(_paths('int'))} {self._compares()} {pick(INTS)}",
            lambda: f"{pick(_paths('double'))} {self._compares()} {pick(DOUBLES)!r}",
            lambda: f"{self._word(pick(list(LISTS.values())))} in {pick(list(LISTS))}",
            lambda: f"{pick(_paths('string'))} in {self._list_of_words()}",
        )
        if depth <= 0:
            return self._one_of(*leaves)
        return self._one_of(
            *leaves,
            lambda: f"({self._bool(less)} {pick(['&&', '||'])} {self._bool(less)})",
            lambda: f"({self._bool(less)} {pick(['&&', '||'])} {self._bool(less)})",
            lambda: f"!({self._bool(less)})",
            lambda: f"({self._bool(less)} ? {self._bool(less)} : {self._bool(less)})",
            lambda: f"({self._bool(less)}) {pick(['==', '!='])} ({self._bool(less)})",
            lambda: f"{self._int(less)} {self._compares()} {self._int(less)}",
            lambda: f"{self._double(less)} {self._compares()} {self._double(less)}",
            lambda: f"{self._text(less)} {self._compares()} {self._text(less)}",
            lambda: f"{self._text(less)}.{pick(['contains', 'startsWith', 'endsWith'])}({self._text(less)})",
            lambda: f'{self._text(less)}.matches("{pick(PATTERNS)}")',
            lambda: f"{pick([*LISTS, self._list_of_words()])}.{pick(['exists', 'all'])}(x, {self._about('x')})",
            lambda: f"{pick(list(LISTS))} {pick(['==', '!='])} {self._list_of_words()}",
            lambda: f'now {self._compares()} timestamp("{pick(MOMENTS)}")',
            lambda: f'now - timestamp("{pick(MOMENTS)}") > duration("{pick(["36h", "0s", "90m"])}")',
            lambda: f'"{pick(POOLS)}" in load.pools',
        )

    def _compares(self) -> str:
        return self._chance.choice(("==", "!=", "<", "<=", ">", ">="))

    def _about(self, name: str) -> str:
        return self._one_of(
            lambda: f'{name} == "{self._chance.choice(WORDS)}"',
            lambda: f'{name}.startsWith("{self._chance.choice(WORDS)}")',
            lambda: f"{name} in {self._list_of_words()}",
            lambda: f"{name} == {self._chance.choice(_paths('string'))}",
            lambda: f'{name} == "legal" || message.severity > 3',
        )

    def _int(self, depth: int) -> str:
        pick, less = self._chance.choice, depth - 1
        if depth <= 0:
            return self._one_of(lambda: pick(_paths("int")), lambda: str(pick(INTS)))
        return self._one_of(
            lambda: pick(_paths("int")),
            lambda: str(pick((*INTS, 2**62, -(2**62)))),
            lambda: f"({self._int(less)} {pick(['+', '-', '*', '/', '%'])} {self._int(less)})",
            lambda: f"size({pick(list(LISTS))})",
            lambda: f"{pick(list(LISTS))}.size()",
            lambda: f"int({self._double(less)})",
            lambda: f"-({self._int(less)})",
            lambda: f"now.{pick(['getHours', 'getMinutes', 'getDayOfWeek', 'getDate', 'getMonth', 'getFullYear', 'getDayOfYear'])}()",
            lambda: f'load.pools["{pick(POOLS)}"].available',
            lambda: f"({self._bool(less)} ? {self._int(less)} : {self._int(less)})",
        )

    def _double(self, depth: int) -> str:
        pick, less = self._chance.choice, depth - 1
        if depth <= 0:
            return self._one_of(lambda: pick(_paths("double")), lambda: repr(pick(DOUBLES)))
        return self._one_of(
            lambda: pick(_paths("double")),
            lambda: repr(pick(DOUBLES)),
            lambda: f"({self._double(less)} {pick(['+', '-', '*'])} {self._double(less)})",
            lambda: f"({self._double(less)} / {pick(['3.0', '100.0', '0.1'])})",
            lambda: f"double({self._int(less)})",
            lambda: f"-({self._double(less)})",
            lambda: f"({self._bool(less)} ? {self._double(less)} : {self._double(less)})",
        )

    def _text(self, depth: int) -> str:
        pick, less = self._chance.choice, depth - 1
        if depth <= 0:
            return self._one_of(lambda: pick(_paths("string")), lambda: pick(_paths("string")), lambda: f'"{pick(WORDS)}"')
        return self._one_of(
            lambda: pick(_paths("string")),
            lambda: f'"{pick(WORDS)}"',
            lambda: f"({self._text(less)} + {self._text(less)})",
            lambda: f"string({self._int(less)})",
            lambda: f"({self._bool(less)} ? {self._text(less)} : {self._text(less)})",
        )

    def _word(self, fact: Fact) -> str:
        return f'"{self._chance.choice(fact.values or WORDS)}"'

    def _list_of_words(self) -> str:
        words = self._chance.sample(WORDS, self._chance.randint(0, 3))
        return "[" + ", ".join(f'"{word}"' for word in words) + "]"


def expressions(seed: int, count: int) -> Iterator[str]:
    """Conditions, the same for the same seed."""
    drawn = Expressions(seed)
    for number in range(count):
        yield drawn.condition(1 + number % 4)


def some_facts(seed: int) -> tuple[Facts, Proposal | None]:
    """Facts over the whole vocabulary, with the values at which conditions change; and a proposal, or none."""
    chance = random.Random(seed)
    given: dict[str, Any] = {}
    for path, fact in vocabulary().items():
        if path.startswith(("proposal.", "load.pools.")) or chance.random() < 0.3 or (fact.optional and chance.random() < 0.5):
            continue
        *groups, name = path.split(".")
        inner = given
        for group in groups:
            inner = inner.setdefault(group, {})
        inner[name] = _value(fact, chance)
    pools = {pool: {"available": chance.choice([0, 1, 3])} for pool in POOLS if chance.random() < 0.5}
    given.setdefault("load", {})["pools"] = pools
    return laid_over_neutral(given), some_proposal(chance)


def some_proposal(chance: random.Random) -> Proposal | None:
    """None now and then: the router failed."""
    if chance.random() < 0.25:
        return None
    return Proposal(
        mode=chance.choice(list(Mode)),
        pool=chance.choice((*POOLS, "us-core", "apac-legal", "")),
        skills=tuple(chance.sample(WORDS, chance.randint(0, 2))),
        action=chance.choice(list(Action)),
        amount=chance.choice([one for one in DOUBLES if one >= 0]),
        confidence=chance.choice([0.0, 0.59, 0.6, 1.0]),
        rationale="because",
        model=chance.choice(WORDS),
        model_region=chance.choice(["local", "eu", "us"]),
    )


def _value(fact: Fact, chance: random.Random) -> Any:
    if fact.path == "now":
        return (
            datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=chance.randint(-200_000, 20_000), seconds=chance.randint(0, 7_200))
        ).isoformat()
    if fact.path.endswith("currency"):
        return chance.choice(["EUR", "USD"])
    if fact.kind == "bool":
        return chance.random() < 0.5
    if fact.kind == "string":
        return chance.choice(fact.values or WORDS)
    if fact.kind.startswith("list"):
        return [chance.choice(fact.values or WORDS) for _ in range(chance.choice([0, 0, 1, 2, 4]))]
    low, high = _bounds(fact)
    return chance.choice([one for one in (INTS if fact.kind == "int" else DOUBLES) if low <= one <= high])


def _bounds(fact: Fact) -> tuple[float, float]:
    if " to " in fact.bounds:
        low, _, high = fact.bounds.partition(" to ")
        return float(low), float(high)
    low = float(fact.bounds.removeprefix("at least ")) if fact.bounds else -(2.0**53) + 1
    return low, 1e6 if fact.path == "context.usage_change" else 1e15 if fact.kind == "double" else 2.0**53 - 1
