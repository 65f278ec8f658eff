"""Formatting a policy changes how it is written: never what it means, never a comment, and nothing the second time."""

from __future__ import annotations

import json
import random

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import PolicyInvalid
from policies.engine import compile_policy
from policies.language.formatting import format_policy
from policies.language.markup import read_markup
from policies.language.remarks import remarks_of
from policies.language.starter import starter
from policies.rules import shipped
from tests.policies.examples import guards

START = starter("my-policy")


def meaning(text: str) -> str:
    """The digest, which comments and spaces do not change."""
    return compile_policy(text).digest


def remarks(text: str) -> list[str]:
    """Every comment, in order."""
    return [remark.text for remark in remarks_of(text) if remark.text]


def roughened(text: str, seed: int) -> str:
    """The text as a hurried hand would leave it: other indentation, spaces, blank lines and remarks, all of them allowed."""
    chance = random.Random(seed)
    lines: list[str] = []
    for line in text.split("\n"):
        if chance.random() < 0.15:
            lines.append(" " * chance.randint(0, 9) + f"# remark {len(lines)}: 'it''s' {{x}}")
        if chance.random() < 0.1:
            lines += [""] * chance.randint(1, 3)
        if chance.random() < 0.3:
            line = line.replace(", ", "," + " " * chance.randint(1, 4)).replace("{", "{" + " " * chance.randint(0, 2))
        if chance.random() < 0.2:
            line += " " * chance.randint(1, 5)
        if chance.random() < 0.1 and line and not line.lstrip().startswith("#") and " #" not in line:
            line += "  # aside"
        lines.append(line)
    return "\n".join(lines)


@pytest.mark.parametrize("text", [shipped(), START], ids=["shipped", "starter"])
def test_a_shipped_policy_keeps_meaning_and_comments_and_is_stable(text: str) -> None:
    formatted = format_policy(text)
    assert meaning(formatted) == meaning(text)
    assert remarks(formatted) == remarks(text)
    assert format_policy(formatted) == formatted


def test_a_new_policy_is_born_formatted() -> None:
    assert format_policy(START) == START


@settings(max_examples=12)
@given(st.integers(0, 2**32))
def test_whatever_a_hurried_hand_did_is_undone_without_loss(seed: int) -> None:
    rough = roughened(START, seed)
    formatted = format_policy(rough)
    assert meaning(formatted) == meaning(rough)
    assert remarks(formatted) == remarks(rough)
    assert format_policy(formatted) == formatted
    assert all(line == line.rstrip() for line in formatted.split("\n"))


@settings(max_examples=8)
@given(guards(), st.booleans())
def test_guards_from_another_tool_are_put_into_form(made: list[dict[str, object]], flow: bool) -> None:
    ours = [{**guard, **({"pools": ["senior-desk"]} if "pools" in guard else {})} for guard in made]
    before, _, after = START.partition("tests:\n")[0].partition("guards:\n")
    dumped = yaml.safe_dump({"guards": ours}, default_flow_style=flow, width=60)
    if flow:
        dumped = dumped.strip().removeprefix("{").removesuffix("}") + "\n"
    text = f"{before}{dumped}\n# What timers do{after.partition('# What timers do')[2]}"
    formatted = format_policy(text)
    assert meaning(formatted) == meaning(text)
    assert remarks(formatted) == remarks(text)
    assert format_policy(formatted) == formatted


def test_rows_of_a_table_stand_in_columns_and_a_table_that_would_be_too_wide_in_runs() -> None:
    lines = format_policy(shipped()).splitlines()
    rows = [line for line in lines if line.startswith(("  - {tier", "  - {  ")) and "ack:" in line]
    assert len({line.index("ack:") for line in rows}) == 1
    legal = [line for line in lines if 'message.intent == "legal"' in line and "mode: human," in line]
    assert len({line.index("mode:") for line in legal}) == 1
    assert max(len(line) for line in rows + legal) <= 140


def test_comments_inside_braces_go_above_the_row_and_none_is_lost() -> None:
    text = START.replace(
        "  - {tier: strategic, severity: '>= 4', ack: 5m,",
        "  # first\n  - {tier: strategic, # why\n     # and why\n     severity: '>= 4',  # four\n ack: 5m,",
    )
    lines = format_policy(text).split("\n")
    row = next(place for place, line in enumerate(lines) if "severity: '>= 4'" in line)
    assert lines[row - 4 : row] == ["  # first", "  # and why", "  # why", "  # four"]
    assert lines[row].startswith("  - {tier: strategic, severity: '>= 4', ack: 5m,")


def test_a_comment_stays_with_the_part_that_it_is_about() -> None:
    text = START.replace("    modes: [hybrid, human]\n", "    modes: [hybrid, human] # never ai\n\n\n\n# the reason\n", 1) + "# the end"
    formatted = format_policy(text)
    assert "    modes: [hybrid, human]  # never ai\n\n    # the reason\n    because: A strategic" in formatted
    assert formatted.endswith("# the end\n")


def test_a_policy_that_is_written_as_json_stays_one() -> None:
    text = json.dumps(read_markup(START)[0])
    formatted = format_policy(text)
    assert meaning(formatted) == meaning(START)
    assert format_policy(formatted) == formatted


@pytest.mark.parametrize("text", ["policy: x\nfacts: v1\n", "policy: [", "- 1", "", "a: &b 1\nc: *b"])
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(PolicyInvalid):
        format_policy(text)


def test_texts_of_several_lines_keep_every_space_and_hash() -> None:
    text = START.replace(
        "description: Who is a VIP, what they are promised, and what must never happen",
        "description: |\n  first line  \n\n\n    # not a comment\n  last # neither",
    )
    formatted = format_policy(text)
    assert compile_policy(formatted).document.description == compile_policy(text).document.description
    assert "# not a comment" in compile_policy(formatted).document.description


def test_windows_line_ends_become_plain_ones() -> None:
    formatted = format_policy(START.replace("\n", "\r\n"))
    assert formatted == START
