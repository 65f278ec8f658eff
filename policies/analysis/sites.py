"""Every expression of a policy, with what it belongs to and where each of its characters stands in the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from policies.engine import CompiledPolicy
from policies.language.document import PolicyDocument
from policies.language.inside import place_in
from policies.language.markup import Place, place_of

Path = tuple[str | int, ...]
Part = Literal["tier", "priority", "sla", "default", "guard", "where", "invariant", "holds"]


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
    return place_in(policy.text, policy.places, path, source, offset) or place_of(policy.places, *path)
