"""The engine that decides and the library that checks give the same answers, errors included; what they answer differently is refused."""

from __future__ import annotations

from functools import cache
from typing import Any

import cel
import pytest
from cel_expr_python import cel as checker

from domain.facts import Facts
from policies.analysis.checking import check_expression
from tests.policies.analysis.generated import expressions, some_facts

PAIRS = 12_000
EXPRESSIONS = 2_400
FAILED = "failed"


@cache
def loose_environment() -> Any:
    """The checker's engine over plain data, so that an absent fact is an error in it too."""
    group = checker.Type.Map(checker.Type.STRING, checker.Type.DYN)
    variables = {name: group for name in Facts.model_fields if name != "now"}
    return checker.NewEnv(variables={**variables, "tier": group, "now": checker.Type.TIMESTAMP})


@cache
def program(source: str) -> cel.Program:
    """An expression as the engine that decides runs it."""
    return cel.compile(source)


@cache
def loose(source: str) -> Any:
    """An expression as the library that checks runs it."""
    return loose_environment().compile(source)


def decided(source: str, data: dict[str, Any]) -> Any:
    """What the engine that decides gives."""
    try:
        return program(source).execute(cel.Context(variables=data))
    except BaseException:
        return FAILED


def rechecked(source: str, data: dict[str, Any]) -> Any:
    """What the library that checks gives."""
    try:
        value = loose(source).eval(data=data)
    except RuntimeError:
        return FAILED
    return FAILED if value.type() == checker.Type.ERROR else value.plain_value()


def data_of(seed: int) -> dict[str, Any]:
    """Facts as an engine gets them."""
    facts, proposal = some_facts(seed)
    suggested = facts.with_proposal(proposal.as_facts()) if proposal is not None else facts
    return {**suggested.plain, "now": facts.now, "tier": {"id": "premium", "rank": 60}}


def test_both_engines_agree_on_generated_expressions_and_facts() -> None:
    accepted = [source for source in expressions(seed=4, count=EXPRESSIONS * 3) if not check_expression(source)[1]][:EXPRESSIONS]
    assert len(accepted) == EXPRESSIONS
    differences: list[tuple[str, Any, Any]] = []
    seen: set[Any] = set()
    for number, source in enumerate(accepted):
        for turn in range(PAIRS // EXPRESSIONS):
            data = data_of(number * 10 + turn)
            one, other = decided(source, data), rechecked(source, data)
            seen.add(one)
            if one is not other and one != other:
                differences.append((source, one, other))
    assert differences == []
    assert seen == {True, False, FAILED}


COMMENTED = [
    'client.region == "eu" // in the EU\n&& client.industry == "no such one"',
    "// nobody\nfalse",
    'client.region == "eu" || // or "anywhere"\n client.region == "us"\n',
    '"//" == client.country\n|| true',
]


@pytest.mark.parametrize("source", COMMENTED)
def test_what_follows_a_comment_on_the_next_line_is_read_by_both(source: str) -> None:
    tree, faults = check_expression(source)
    assert tree is not None, faults
    for number in range(50):
        data = data_of(number)
        assert decided(source, data) == rechecked(source, data)


def test_a_fault_below_a_comment_is_found_at_its_character() -> None:
    source = 'client.region == "eu" // in the EU\n&& client.industry == 4'
    [(_, offset, _)] = check_expression(source)[1]
    assert source[offset : offset + 2] == "=="


REFUSED = [
    ("size(client.industry) == 3", "unlike for what is not ASCII"),
    ("client.industry.size() == 3", "unlike for what is not ASCII"),
    ("value.high / value.low < 1.0", "nothing by nothing"),
    ('message.signals.exists(s, client.days_since_contact > 1 || s == "legal")', "an error among the elements"),
    ('client.flags.all(s, load.pools["x"].open > 1 && s == "x")', "an error among the elements"),
    ("string(value.high) == '1e+15'", "the form of large numbers"),
    ("string(client.known) == 'true'", "no such function in the one"),
    ("bool('true')", "no such function in the one"),
    ("now.getHours('Europe/Berlin') > 8", "no time zones in the one"),
    ("type(1) == int", "types as values"),
    ("1u == 1u", "unsigned numbers"),
    ("b'x' == b'x'", "bytes"),
    ("client == client", "groups of facts"),
    ("client.industry.matches('\\\\d')", "what a digit is"),
    ("client.industry.matches('(?i)bank')", "flags of patterns"),
    ("client.industry.matches(client.country)", "patterns from facts"),
    ("int(client.country) > 1", "numbers from texts"),
    ("double(client.country) > 1.0", "numbers from texts"),
    ("timestamp(client.country) < now", "moments from texts"),
    ("client.flags.map(f, f + 'x') == []", "lists that are made"),
    ("client.flags.filter(f, f == 'x') == []", "lists that are made"),
    ("client.flags.exists_one(f, f == 'x')", "counting"),
    ("{'a': 1}.a == 1", "tables"),
    ("dyn(1) == 1", "values without a type"),
    ("[1, 'a'] == []", "lists of mixed types"),
    ("value.high * value.high * value.high * value.high * value.high * value.high * value.high * value.high * value.high * value.high"
     " * value.high * value.high * value.high * value.high * value.high * value.high * value.high * value.high * value.high * value.high"
     " * value.high > 1.0", "more than a double holds"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "why"), REFUSED)
def test_what_they_could_answer_differently_is_refused(source: str, why: str) -> None:
    _, faults = check_expression(source)
    assert faults, why
    assert all(reason for _, _, reason in faults)


DIFFERENT: list[tuple[str, dict[str, Any]]] = [
    ('size("ü") == 1', {}),
    ('a.l.exists(x, 1/0 > 0 || x == "q")', {"a": {"l": ["p", "q"]}}),
    ("0.0 / 0.0 < 1.0", {}),
    ("string(1e20) == '1e+20'", {}),
    ("now.getHours('UTC') == 9", {}),
]


@pytest.mark.parametrize(("source", "data"), DIFFERENT)
def test_the_refusals_are_needed_as_long_as_the_engines_differ(source: str, data: dict[str, Any]) -> None:
    facts, _ = some_facts(1)
    environment = checker.NewEnv(variables={"a": checker.Type.DYN, "now": checker.Type.TIMESTAMP})
    value = environment.compile(source).eval(data={**data, "now": facts.now})
    checked = FAILED if value.type() == checker.Type.ERROR else value.plain_value()
    assert decided(source, {**data, "now": facts.now}) != checked
