"""An upper bound of the work that an expression makes, so that no policy can slow down every decision."""

from __future__ import annotations

from policies.analysis.study import Study
from policies.analysis.syntax import Node

MOST = 5_000
"""Steps of one expression; the longest of the shipped policy takes some dozens."""
MOST_TOGETHER = 200_000
LONG_LIST = 32
"""Elements that a list of facts is reckoned with."""
TEXT_STEPS = 5
PATTERN_STEPS = 50


def check_cost(study: Study) -> None:
    """Expressions that could take too long, one by one and all together."""
    together = 0
    for one in study.sites:
        steps = steps_of(one.tree) * (len(study.policy.pools) if one.site.sees_pool else 1)
        together += steps
        if steps > MOST:
            reason = f"{one.site.subject} may take {steps:,} steps for one case, and {MOST:,} are allowed: avoid lists inside of lists"
            study.faults.append(study.finding("too-costly", one.site.id, one.site.path, reason))
    if together > MOST_TOGETHER:
        reason = f"all conditions together may take {together:,} steps for one case, and {MOST_TOGETHER:,} are allowed"
        study.faults.append(study.finding("too-costly", "policy", ("guards",), reason))


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
