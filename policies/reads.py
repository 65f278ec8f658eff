"""Which facts the engine must be handed: only what it is asked about, since handing over all of them costs three times as much."""

from __future__ import annotations

from typing import Any

from domain.facts import Facts
from policies.compilation import Rules

GROUPS = tuple(name for name in Facts.model_fields if name != "now")
Reads = dict[str, Any]
"""Field to the reads inside it; None: the field as a whole."""


def reads_of(rules: Rules) -> dict[str, Reads]:
    """Group to what the engine reads of it, over every expression that plain Python does not answer. A group that is not read stays,
    without fields."""
    optional = [*(row.when for row in rules.sla), *(row.when for row in rules.defaults), *(guard.where for guard in rules.guards)]
    expressions = [
        rules.priority,
        *(tier.when for tier in rules.tiers),
        *(guard.when for guard in rules.guards),
        *(one for one in optional if one is not None),
    ]
    paths = sorted({path for expression in expressions if expression.direct is None for path in expression.reads})
    whole = {path for path in paths if path in GROUPS}
    reads: dict[str, Reads] = {group: _every(group) if group in whole else {} for group in GROUPS}
    for path in paths:
        group, *steps = path.split(".")
        if group in GROUPS and group not in whole:
            _add(reads[group], steps)
    return reads


def chosen(reads: Reads, plain: Any) -> dict[str, Any]:
    """Of `plain`, what is read."""
    found: dict[str, Any] = {}
    for name, inner in reads.items():
        if name in plain:
            value = plain[name]
            found[name] = value if inner is None else chosen(inner, value)
    return found


def _every(group: str) -> Reads:
    annotation: Any = Facts.model_fields[group].annotation
    return dict.fromkeys(getattr(annotation, "model_fields", ()))


def _add(reads: Reads, steps: list[str]) -> None:
    """Paths come sorted, so a field that is read as a whole comes before its parts, which then add nothing."""
    for step in steps[:-1]:
        inner = reads.setdefault(step, {})
        if inner is None:
            return
        reads = inner
    reads[steps[-1]] = None
