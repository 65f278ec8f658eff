"""Type check: every expression against the types of the facts, each fault at its character and in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from policies.analysis.common_ground import disagreements
from policies.analysis.findings import Finding
from policies.analysis.schema import environment
from policies.analysis.sites import Site, place_inside, sites_of
from policies.analysis.syntax import Node, tree_of
from policies.engine import CompiledPolicy

FAULT = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
OVERLOAD = re.compile(r"found no matching overload for '([^']*)' applied to '(.*)'")
WORDS = {
    "string": "a text",
    "int": "a whole number",
    "double": "a decimal number",
    "bool": "a yes or no",
    "timestamp": "a moment",
    "duration": "a span of time",
    "uint": "an unsigned number",
    "null_type": "nothing",
}
NUMBERS = ("int", "double")


@dataclass(frozen=True)
class CheckedSite:
    """An expression that is well typed."""

    site: Site
    tree: Node


def check_sites(policy: CompiledPolicy) -> tuple[list[CheckedSite], list[Finding]]:
    """The well-typed expressions of a policy, and a finding for every fault in the others."""
    checked: list[CheckedSite] = []
    found: list[Finding] = []
    for site in sites_of(policy.document):
        tree, faults = check_expression(site.source, pool=site.sees_pool, number=site.gives_number)
        for code, offset, reason in faults:
            line, column = place_inside(policy, site.path, site.source, offset)
            found.append(Finding(code=code, id=site.id, line=line, column=column, reason=f"{site.subject}: {reason}"))
        if tree is not None:
            checked.append(CheckedSite(site, tree))
    return checked, found


def check_expression(source: str, *, pool: bool = False, number: bool = False) -> tuple[Node | None, list[tuple[str, int, str]]]:
    """(the tree of a well-typed expression, its faults as (code, character, sentence)). A tree with faults is not to be relied on."""
    try:
        compiled = environment(pool=pool).compile(source)
    except RuntimeError as error:  # the library raises nothing narrower
        return None, list(_faults(str(error), source))
    tree = tree_of(compiled.serialize())
    wanted = NUMBERS if number else ("bool",)
    if tree.type not in wanted:
        kind = "a number" if number else "a yes or no"
        return None, [("wrong-type", 0, f"this gives {in_plain_words(tree.type)}, and {kind} is needed here")]
    unsure = [("engines-differ", node.column, reason) for node, reason in disagreements(tree)]
    return (None if unsure else tree), unsure


def in_plain_words(kind: str) -> str:
    """A type as an owner of a policy would call it."""
    kind = kind.removeprefix("maitred.")
    if kind.startswith("list("):
        return "a list of " + in_plain_words(kind[5:-1]).removeprefix("a ").removeprefix("an ") + "s"
    if kind.startswith("map("):
        return "a table by name"
    return WORDS.get(kind, f"the group of facts `{kind}`" if kind[:1].isupper() else f"a value of type {kind}")


def _faults(message: str, source: str) -> Iterator[tuple[str, int, str]]:
    found = FAULT.findall(message)
    lines = source.split("\n")
    for line, column, reason in found:
        before = sum(len(one) + 1 for one in lines[: int(line) - 1])
        yield "wrong-type", max(before + int(column) - 1, 0), _sentence(reason.removesuffix(" [INVALID_ARGUMENT]"))
    if not found:
        yield "wrong-type", 0, f"cannot be checked: {message.splitlines()[0][:200]}"


def _sentence(reason: str) -> str:
    found = OVERLOAD.search(reason)
    if found is None:
        return reason
    operator = re.sub(r"^@|[_]", "", found[1]) or found[1]
    bare = _split(found[2].removeprefix("(").removesuffix(")"))
    words = " and ".join(in_plain_words(kind) for kind in bare)
    hint = ""
    if set(bare) == set(NUMBERS):
        hint = "; write the number with a decimal point, such as `4.0`, or turn the whole number into one with `double(...)`"
    elif any(kind.startswith("list(") for kind in bare) and operator in ("==", "!="):
        hint = '; to ask whether a word is in a list write `"word" in list`'
    elif "string" in bare and set(bare) & set(NUMBERS):
        hint = "; a number is written without quotation marks, a word with them"
    return f"`{operator}` does not go with {words}{hint}"


def _split(kinds: str) -> list[str]:
    """Types at commas that stand outside of parentheses."""
    parts, depth = [""], 0
    for character in kinds:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]
