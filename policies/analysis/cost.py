"""An upper bound of the work that an expression makes, so that no policy can slow down every decision."""

from __future__ import annotations

from collections.abc import Iterator

from policies.analysis.checking import CheckedSite
from policies.analysis.findings import Finding
from policies.analysis.sites import Path
from policies.analysis.syntax import Node
from policies.engine import CompiledPolicy
from policies.language.markup import place_of

MOST = 5_000
"""Steps of one expression; the longest of the shipped policy takes some dozens."""
MOST_TOGETHER = 200_000
LONG_LIST = 32
"""Elements that a list of facts is reckoned with."""
TEXT_STEPS = 5
PATTERN_STEPS = 50


def too_costly(policy: CompiledPolicy, sites: list[CheckedSite]) -> Iterator[Finding]:
    """Expressions that could take too long, one by one and all together."""
    together = 0
    for one in sites:
        steps = steps_of(one.tree) * (len(policy.pools) if one.site.sees_pool else 1)
        together += steps
        if steps > MOST:
            reason = f"{one.site.subject} may take {steps:,} steps for one case, and {MOST:,} are allowed: avoid lists inside of lists"
            yield _finding(policy, one.site.id, one.site.path, reason)
    if together > MOST_TOGETHER:
        reason = f"all conditions together may take {together:,} steps for one case, and {MOST_TOGETHER:,} are allowed"
        yield _finding(policy, "policy", ("guards",), reason)


def steps_of(node: Node) -> int:
    """Steps at most, with lists of facts as long as they are reckoned."""
    if node.kind == "fold":
        over, body = node.parts
        return steps_of(over) + _length(over) * (1 + steps_of(body))
    steps = 1 + sum(steps_of(part) for part in node.parts)
    if node.text == "matches":
        return steps + PATTERN_STEPS
    if node.text == "@in":
        return steps + _length(node.parts[1])
    return steps + TEXT_STEPS if node.text in ("contains", "startsWith", "endsWith") else steps


def _length(node: Node) -> int:
    return len(node.parts) if node.kind == "list" else LONG_LIST


def _finding(policy: CompiledPolicy, name: str, path: Path, reason: str) -> Finding:
    line, column = place_of(policy.places, *path)
    return Finding(code="too-costly", id=name, line=line, column=column, reason=reason)
