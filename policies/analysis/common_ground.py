"""What both CEL implementations answer alike. One decides and the other checks, so an expression outside of it could not be trusted.

The list was found by asking both: tests/policies/analysis/test_agreement.py asks them again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies.analysis.magnitude import LARGEST_DOUBLE, LARGEST_INT, range_of
from policies.analysis.syntax import Node
from policies.language.vocabulary import vocabulary

OPTIONAL = frozenset(path.rpartition(".")[2] for path, fact in vocabulary().items() if fact.optional)
ALIKE = re.compile(
    r"logical_(and|or|not)|conditional|equals|not_equals|in_list|in_map|index_(list|map)|size_(list|map)|(list|map)_size|not_strictly_false"
    r"|(less|less_equals|greater|greater_equals)_(int64|double|string|bool|timestamp|duration)"
    r"|(add|subtract|multiply|negate|divide|modulo)_(int64|double)|add_string|int64_to_double|double_to_int64|int64_to_string"
    r"|(contains|starts_with|ends_with|matches)_string|(contains|starts_with|ends_with)(_string)?|matches"
    r"|string_to_timestamp|string_to_duration|subtract_timestamp_timestamp"
    r"|timestamp_to_(hours|minutes|seconds|day_of_week|day_of_month|day_of_month_1_based|day_of_year|month|year)"
    r"|duration_to_(hours|minutes|seconds)"
)
PLAIN_PATTERN = re.compile(r"(?!.*(?:^|[*+?^$|(])[*+?])(?:[A-Za-z0-9 @,:;_/-]|\\\.|[.^$|()*+?]|\[[a-z0-9A-Z-]+\])*")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
SPAN = re.compile(r"\d{1,6}[hms]")
FAILING = ("index_list", "index_map", "divide_int64", "modulo_int64", "double_to_int64")
INSTEAD = {
    "size_string": "the length of a text is counted differently by different engines; compare with a word, or use `startsWith`",
    "string_size": "the length of a text is counted differently by different engines; compare with a word, or use `startsWith`",
    "divide_double": "dividing by what may be zero gives no number; multiply the other side instead, or divide by a written number",
}


def disagreements(tree: Node) -> Iterator[tuple[Node, str]]:
    """The parts of an expression whose answer is not certain to be the same in both, each with what to write instead."""
    for node in tree.walk():
        reason = _doubt(node)
        if reason is not None:
            yield node, reason


def may_fail(tree: Node) -> bool:
    """Whether a part of the expression can end in an error: an index, a division, a fact that may be absent, too large a number."""
    return any(
        bool(set(node.overloads) & set(FAILING))
        or (node.kind == "select" and node.text in OPTIONAL)
        or (node.kind == "call" and node.type == "int" and _beyond(node, LARGEST_INT))
        for node in tree.walk()
    )


def _doubt(node: Node) -> str | None:
    if node.kind == "other":
        return "this form is not for policies; use comparisons, `in`, `exists` and `all`"
    if node.type in ("uint", "bytes", "null", "any", "dyn"):
        return f"a value of type {node.type} is not for policies"
    if node.kind == "list" and len({part.type for part in node.parts}) > 1:
        return "a list holds values of one type"
    if node.kind == "fold":
        return _doubt_of_fold(node)
    return _doubt_of_call(node) if node.kind == "call" else None


def _doubt_of_fold(node: Node) -> str | None:
    if node.parts[1].type != "bool":
        return f"the condition inside `{node.value}` must be a yes or no"
    if may_fail(node.parts[1]):
        return f"the condition inside `{node.value}` can fail, and what comes of that depends on the engine; take that part out of it"
    return None


def _doubt_of_call(node: Node) -> str | None:
    for overload in node.overloads or ("none",):
        if overload == "divide_double" and _is_safe_divisor(node.parts[1]):
            continue
        if overload in INSTEAD:
            return INSTEAD[overload]
        if not ALIKE.fullmatch(overload):
            return f"`{node.text.strip('_@')}` in this form is not for policies: two engines answer it differently"
    if any(part.type.startswith("maitred.") for part in node.parts) and "index_map" not in node.overloads:
        return "a group of facts cannot be compared as a whole; compare its fields"
    if node.type == "double" and _beyond(node, LARGEST_DOUBLE):
        return "this number can grow beyond what a computer holds"
    return _doubt_of_text(node)


def _doubt_of_text(node: Node) -> str | None:
    written = node.parts[-1].value if node.parts and node.parts[-1].kind == "constant" else None
    overloads = set(node.overloads)
    if overloads & {"matches", "matches_string"} and not _is_plain_pattern(written):
        return "a pattern is written out and made of letters, digits and `. ^ $ | ( ) * + ? [a-z]` alone; `contains` is safer"
    if "string_to_timestamp" in overloads and not (isinstance(written, str) and MOMENT.fullmatch(written)):
        return "a moment is written out, such as `timestamp('2026-01-31T18:00:00Z')`"
    if "string_to_duration" in overloads and not (isinstance(written, str) and SPAN.fullmatch(written)):
        return "a span of time is written out, such as `duration('36h')`"
    return None


def _is_plain_pattern(written: object) -> bool:
    if not isinstance(written, str) or not PLAIN_PATTERN.fullmatch(written):
        return False
    try:
        re.compile(written)
    except re.error:
        return False
    return True


def _is_safe_divisor(node: Node) -> bool:
    return isinstance(node.value, float) and abs(node.value) >= 1e-6


def _beyond(node: Node, bound: float) -> bool:
    low, high = range_of(node)
    return low < -bound or high > bound
