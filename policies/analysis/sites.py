"""Every expression of a policy, with what it belongs to and where each of its characters stands in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from policies.engine import CompiledPolicy
from policies.language.document import PolicyDocument
from policies.language.markup import Place, place_of

Path = tuple[str | int, ...]
Part = Literal["tier", "priority", "sla", "default", "guard", "where", "invariant", "holds"]
KEY = re.compile(r"[\w-]+\s*:\s*")


@dataclass(frozen=True)
class Site:
    """One expression: `index` counts within its part, `subject` names it for a person, `id` for a machine."""

    part: Part
    index: int
    path: Path
    source: str
    subject: str
    id: str

    @property
    def gives_number(self) -> bool:
        """Whether it gives a number; all others give a bool."""
        return self.part == "priority"

    @property
    def sees_pool(self) -> bool:
        """Whether it is asked once for every pool."""
        return self.part in ("where", "holds")


def sites_of(document: PolicyDocument) -> Iterator[Site]:
    """The expressions in the order of the document's parts."""
    for i, tier in enumerate(document.tiers):
        yield Site("tier", i, ("tiers", i, "when"), tier.when, f"tier `{tier.id}`", f"tier:{tier.id}")
    yield Site("priority", 0, ("priority",), document.priority, "`priority`", "priority")
    for i, row in enumerate(document.sla):
        if row.when is not None:
            yield Site("sla", i, ("sla", i, "when"), row.when, f"row {i + 1} of `sla`", f"sla:{i + 1}")
    for i, default in enumerate(document.defaults):
        if default.when is not None:
            yield Site("default", i, ("defaults", i, "when"), default.when, f"row {i + 1} of `defaults`", f"default:{i + 1}")
    for i, guard in enumerate(document.guards):
        subject, name = f"guard `{guard.id}`", f"guard:{guard.id}"
        yield Site("guard", i, ("guards", i, "when"), guard.when, subject, name)
        if guard.pools_where is not None:
            yield Site("where", i, ("guards", i, "pools_where"), guard.pools_where, f"`pools_where` of {subject}", f"{name}:pools_where")
    for i, one in enumerate(document.invariants):
        subject, name = f"invariant `{one.name}`", f"invariant:{one.name}"
        yield Site("invariant", i, ("invariants", i, "when"), one.when, subject, name)
        if one.holds.pools_where is not None:
            path = ("invariants", i, "holds", "pools_where")
            yield Site("holds", i, path, one.holds.pools_where, f"`pools_where` of {subject}", f"{name}:pools_where")


def place_inside(policy: CompiledPolicy, path: Path, source: str, offset: int) -> Place:
    """Where the character `offset` of an expression stands in the text; where its key stands when that cannot be told."""
    line, column = place_of(policy.places, *path)
    lines = policy.text.splitlines(keepends=True)
    if line > len(lines):
        return line, column
    rest = "".join([lines[line - 1][column - 1 :], *lines[line:]])
    key = KEY.match(rest)
    start = _aligned(rest, key.end(), source, offset) if key else None
    if start is None:
        return line, column
    before = rest[:start]
    breaks = before.count("\n")
    return (line, column + start) if not breaks else (line + breaks, start - before.rindex("\n"))


def _aligned(raw: str, start: int, source: str, offset: int) -> int | None:
    """The position in `raw` of `source[offset]`: quotes, their escapes and folded white space are stepped over."""
    quote = raw[start : start + 1]
    at = start + (1 if quote in ("'", '"') else 0)
    if quote in ("|", ">"):
        at = raw.find("\n", start) + 1
        at += len(raw[at:]) - len(raw[at:].lstrip())
    for character in source[:offset]:
        if character.isspace() or raw[at : at + 1].isspace():
            spaces = len(raw[at:]) - len(raw[at:].lstrip())
            at += spaces
            if character.isspace():
                continue
        doubled = (quote == "'" and raw.startswith("''", at)) or (quote == '"' and raw.startswith("\\", at))
        found = raw[at + 1 : at + 2] if doubled else raw[at : at + 1]
        if found != character:
            return None
        at += 2 if doubled else 1
    return at
