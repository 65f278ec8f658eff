"""What must be approved before a version may decide, found by comparing it with the one that is active."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from domain.examination import Examination, Remark
from domain.policy_life import ApprovalNeeds
from policies.engine import CompiledPolicy
from policies.language.raw import laid_over_neutral

STRATEGIC_APPROVALS = 2
SHOWN = 5
"""So many changes of one kind are named; the rest is counted."""


def needs_of(before: CompiledPolicy | None, after: CompiledPolicy, found: Examination) -> ApprovalNeeds:
    """The needs of `after`: owners of guards that change, the board when strategic clients get something else, proofs that failed."""
    touched = list(touched_guards(before, after))
    strategic = [*_strategic(before, after, found)]
    owners = sorted({owner for _, owners in touched for owner in owners})
    return ApprovalNeeds(
        base_digest=before.digest if before else None,
        approvals=STRATEGIC_APPROVALS if strategic else 1,
        owners=tuple(owners),
        board=bool(strategic),
        unproved=tuple(dict.fromkeys(remark.id for remark in found.unproved)),
        why=(*_told([what for what, _ in touched]), *_told(strategic), *(f"Not proved: {remark.reason}" for remark in found.unproved)),
    )


def touched_guards(before: CompiledPolicy | None, after: CompiledPolicy) -> Iterator[tuple[str, set[str]]]:
    """(what happened to a guard, whose approval that needs): the owner before and the one after, so that nobody gives a guard away."""
    was = {guard.id: guard for guard in before.document.guards} if before else {}
    now = {guard.id: guard for guard in after.document.guards}
    for name in dict.fromkeys([*was, *now]):
        old, new = was.get(name), now.get(name)
        if old != new:
            owners = [guard.owner for guard in (old, new) if guard is not None]
            what = "is new" if old is None else "is gone" if new is None else "changes"
            yield f"Guard {name} {what}; owned by {' and '.join(dict.fromkeys(owners))}.", set(owners)


def _strategic(before: CompiledPolicy | None, after: CompiledPolicy, found: Examination) -> Iterator[str]:
    if before is None:
        yield "No version is active yet, so all that the most valuable clients get is new."
        return
    yield from found.strategic
    for widening in found.widenings:
        if _may_be_strategic(widening, (before, after)):
            yield f"It allows more to the most valuable clients: {widening.reason}"
    for narrowing in found.narrowings:
        yield f"It gives the most valuable clients something else: {narrowing.reason}."


def _may_be_strategic(widening: Remark, policies: Iterable[CompiledPolicy]) -> bool:
    """Whether the example is a client of the highest tier of either version; one that cannot be read may be."""
    try:
        facts = laid_over_neutral((widening.example or {})["given"])
    except (KeyError, ValueError):
        return True
    return any(policy.frame(facts).tier.rank >= max(tier.rank for tier in policy.tiers) for policy in policies)


def _told(reasons: list[str]) -> list[str]:
    more = len(reasons) - SHOWN
    return reasons if more <= 0 else [*reasons[:SHOWN], f"And {more} more."]
