"""What plain Python answers in the engine's place is what the engine would have said, value and type."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import cel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.facts import Facts, ProposalFacts
from policies.direct import answer_of, answers_of, translated
from policies.direct_terms import LARGEST, known_facts
from policies.engine import compile_policy
from policies.language.vocabulary import ANY_POOL, vocabulary
from policies.rules import shipped
from tests.policies.examples import SEEDS, facts, proposals

EXPRESSIONS_AT_ONCE = 10
POOL = {"id": "eu-core", "region": "eu", "skills": ["billing"], "languages": ["en", "de"]}
TIERS = [{"id": "strategic", "rank": 100}, {"id": "standard", "rank": 0}]
MARKS = {"int": ["<", "<=", "==", "!=", ">", ">="], "double": ["<", "<=", "==", "!=", ">", ">="], "string": ["==", "!="], "bool": ["=="]}


class Writer:
    """Writes expressions at random, most of them of matching types, some not."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.paths: dict[str, list[str]] = {}
        for path, (kind, optional) in known_facts().items():
            self.paths.setdefault("optional" if optional else kind, []).append(path)

    def condition(self, depth: int = 3) -> str:
        shapes: list[Callable[[int], str]] = [self.comparison, self.comparison, self.member, self.flag, self.silence]
        if depth:
            shapes += [self.both, self.both, self.not_, self.choice]
        return self.chance.choice(shapes)(depth - 1)

    def both(self, depth: int) -> str:
        mark = self.chance.choice([" && ", " || "])
        return mark.join(self.inner(depth) for _ in range(self.chance.randint(2, 3)))

    def inner(self, depth: int) -> str:
        written = self.condition(max(depth, 0))
        return written if self.chance.random() < 0.3 else f"({written})"

    def not_(self, depth: int) -> str:
        return f"!{self.inner(depth)}" if self.chance.random() < 0.9 else f"!!{self.inner(depth)}"

    def choice(self, depth: int) -> str:
        return f"{self.inner(depth)} ? {self.inner(depth)} : {self.inner(depth)}"

    def comparison(self, depth: int) -> str:
        kind = self.chance.choice(["int", "double", "string", "bool"])
        other = kind if self.chance.random() < 0.9 else self.chance.choice(["int", "double", "string"])
        return f"{self.value(kind)} {self.chance.choice(MARKS[kind])} {self.value(other)}"

    def member(self, depth: int) -> str:
        if self.chance.random() < 0.5:
            return f"{self.value('string')} in {self.chance.choice(self.paths['list of string'])}"
        kind = self.chance.choice(["int", "string", "double"])
        return f"{self.value(kind)} in [{', '.join(self.literal(kind) for _ in range(self.chance.randint(1, 3)))}]"

    def flag(self, depth: int) -> str:
        return self.chance.choice(self.paths["bool"])

    def silence(self, depth: int) -> str:
        path = self.chance.choice(self.paths["optional"])
        asked = [f"has({path}) && {path} > {self.literal('int')}", f"!has({path}) || {path} <= 3", f"{path} > 3", f"has({path})"]
        return self.chance.choice([*asked, f"has({path}) ? {path} == 45 : {self.flag(0)}"])

    def value(self, kind: str) -> str:
        if kind in ("int", "double") and self.chance.random() < 0.3:
            return f"{self.value(kind)} {self.chance.choice('+-*')} {self.value(kind)}"
        made = {
            "double": f"double({self.chance.choice(self.paths['int'])})",
            "int": f"size({self.chance.choice(self.paths['list of string'])})",
        }
        if kind in made and self.chance.random() < 0.2:
            return made[kind]
        return self.chance.choice([self.literal(kind), self.chance.choice(self.paths[kind]), self.chance.choice(self.paths[kind])])

    def literal(self, kind: str) -> str:
        values = {
            "int": ["0", "1", "3", "-2", "9007199254740993", "4611686018427387904"],
            "double": ["0.0", "0.5", "-0.6", "1000000.0", "1e3", "1.5e300", "0.1"],
            "string": ['"eu"', "'gold'", '"legal"', '""', '"ä"'],
            "bool": ["true", "false"],
        }
        return self.chance.choice(values[kind])


@settings(max_examples=2_000)
@given(SEEDS, facts, proposals, st.sampled_from(TIERS))
def test_python_and_the_engine_give_the_same(seed: int, known: Facts, proposal: Any, tier: dict[str, Any]) -> None:
    plain = {**known.plain, "tier": tier, "pool": POOL}
    plain["proposal"] = (proposal.as_facts() if proposal else ProposalFacts()).model_dump(mode="json")
    context = cel.Context(variables={**plain, "now": known.now})
    writer = Writer(seed)
    sources = [writer.condition() for _ in range(EXPRESSIONS_AT_ONCE)] + [writer.value("double"), writer.value("int")]
    direct = [(source, found) for source in sources if (found := translated(source)) is not None]
    together = answers_of([found for _, found in direct])(plain)
    for (source, found), among in zip(direct, together, strict=True):
        answer, expected = answer_of(found)(plain), cel.compile(source).execute(context)
        assert (type(answer), repr(answer)) == (type(expected), repr(expected)), source
        assert (type(among), repr(among)) == (type(expected), repr(expected)), source


def test_most_of_what_is_tried_is_answered_directly() -> None:
    writer = Writer(1)
    sources = [writer.condition() for _ in range(1_000)]
    assert sum(translated(source) is not None for source in sources) > 600


def test_the_engine_is_asked_for_no_guard_of_the_shipped_policy() -> None:
    rules = compile_policy(shipped()).rules
    expressions = [rules.priority, *(tier.when for tier in rules.tiers), *(guard.when for guard in rules.guards)]
    assert [one.source for one in expressions if one.direct is None] == []


@pytest.mark.parametrize(
    "source",
    [
        "client.days_since_contact > 45",
        "client.days_since_contact > 45 || has(client.days_since_contact)",
        "(has(client.days_since_contact) || client.known) && client.days_since_contact > 45",
        "has(client.days_since_contact) ? client.known : client.days_since_contact > 45",
        "now > timestamp('2026-01-01T00:00:00Z')",
        "1 / message.attachments > 0",
        "message.attachments * message.attachments > 0",
        "value.at_stake * 1.0e299 > 0.0",
        "message.severity + 1.0 > 2.0",
        'message.severity == "4"',
        "message.attachments > 9007199254740993.0 || message.attachments + 9223372036854775807 > 0",
        'load.pools["eu-core"].available > 0',
        'client.region.matches("e.")',
        'client.flags.exists(flag, flag == "press")',
        r'client.industry == "a\"b"',
        r'client.industry == r"a\d"',
        '"""a" || "b""" == client.industry',
        "client.region == 'eu' == true",
        "[client.region] == ['eu']",
        "client.region in [client.country]",
        "client",
        "1u < 2u",
        "0x10 == 16",
        "!" + "(" * 30 + "client.known" + ")" * 30,
        " || ".join(["client.known"] * 300),
    ],
)
def test_what_may_fail_or_differ_is_left_to_the_engine(source: str) -> None:
    cel.compile(source)
    assert translated(source) is None


def test_every_fact_has_the_bounds_that_the_translation_counts_on() -> None:
    plain = Facts().plain
    for path, fact in vocabulary().items():
        if ANY_POOL in path or fact.optional:
            continue
        value: Any = plain
        for name in path.split("."):
            value = value[name]
        if fact.kind in LARGEST:
            beyond = type(value)(LARGEST[fact.kind]) * 2
            for number in (beyond, -beyond):
                with pytest.raises(ValueError, match=r"less than or equal|greater than or equal"):
                    Facts.model_validate(_laid(path.split("."), number))


def _laid(steps: list[str], value: Any) -> dict[str, Any]:
    return {steps[0]: _laid(steps[1:], value) if len(steps) > 1 else value}
