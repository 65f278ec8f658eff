"""What must be approved before a version may decide, found by comparing it with the one that is active."""

from __future__ import annotations

from collections.abc import Iterator

from domain.examination import Examination, Remark
from domain.policy_life import ApprovalNeeds
from policies.approvals.loosened import loosened_guards, verdicts_of
from policies.engine import CompiledPolicy
from policies.language.document import GuardRule

STRATEGIC_APPROVALS = 2
SHOWN = 5
"""So many changes of one kind are named and the rest is counted; what a version allows more is named whole."""


def needs_of(before: CompiledPolicy | None, after: CompiledPolicy, found: Examination) -> ApprovalNeeds:
    """The needs of `after`.

    Owners of guards that change or hold less, the board when strategic clients get something else or less is proved, proofs that failed.
    """
    touched = list(touched_guards(before, after))
    loosened = list(_loosened(before, after, found))
    strategic = list(_strategic(before, found))
    unpromised = list(_unpromised(before, after))
    wider = [(_may_be_strategic(one, before, after), one.reason) for one in (found.widenings if before else ())]
    board = bool(strategic or unpromised or any(high for high, _ in wider))
    return ApprovalNeeds(
        base_digest=before.digest if before else None,
        approvals=STRATEGIC_APPROVALS if board else 1,
        owners=tuple(sorted({owner for _, owners in (*touched, *loosened) for owner in owners})),
        board=board,
        unproved=tuple(dict.fromkeys(remark.id for remark in found.unproved)),
        why=(
            *_told([what for what, _ in touched]),
            *(what for what, _ in loosened),
            *unpromised,
            *_told(strategic),
            *(f"It allows more{' to the most valuable clients' if high else ''}: {reason}" for high, reason in wider),
            *(f"Not proved: {remark.reason}" for remark in found.unproved),
        ),
    )


def touched_guards(before: CompiledPolicy | None, after: CompiledPolicy) -> Iterator[tuple[str, set[str]]]:
    """(what happened to a guard, whose approval that needs): the owner before and the one after, so that nobody gives a guard away."""
    was, now = _guards(before), _guards(after)
    for name in dict.fromkeys([*was, *now]):
        old, new = was.get(name), now.get(name)
        if old != new:
            owners = [guard.owner for guard in (old, new) if guard is not None]
            what = "is new" if old is None else "is gone" if new is None else "changes"
            yield f"Guard {name} {what}; owned by {' and '.join(dict.fromkeys(owners))}.", set(owners)


def _loosened(before: CompiledPolicy | None, after: CompiledPolicy, found: Examination) -> Iterator[tuple[str, set[str]]]:
    """The same of guards whose text stands and that hold less: what they read has changed."""
    if before is None:
        return
    was, now = _guards(before), _guards(after)
    for name in loosened_guards(before, after, found.widenings):
        if was[name] == now.get(name):
            yield f"Guard {name} holds less, though its own text stands; owned by {was[name].owner}.", {was[name].owner}


def _guards(policy: CompiledPolicy | None) -> dict[str, GuardRule]:
    return {guard.id: guard for guard in policy.document.guards} if policy else {}


def _unpromised(before: CompiledPolicy | None, after: CompiledPolicy) -> Iterator[str]:
    """Invariants that are not proved as they were."""
    now = {invariant.name: invariant for invariant in after.document.invariants}
    for invariant in before.document.invariants if before else ():
        if invariant not in after.document.invariants:
            yield f"Invariant `{invariant.name}` {'changes' if invariant.name in now else 'is gone'}: it is not proved as it was."


def _strategic(before: CompiledPolicy | None, found: Examination) -> Iterator[str]:
    if before is None:
        yield "No version is active yet, so all that the most valuable clients get is new."
        return
    yield from found.strategic
    for narrowing in found.narrowings:
        yield f"It gives the most valuable clients something else: {narrowing.reason}."


def _may_be_strategic(widening: Remark, before: CompiledPolicy | None, after: CompiledPolicy) -> bool:
    """Whether the example is a client of the highest tier of either version; one that cannot be read may be."""
    policies = [policy for policy in (before, after) if policy is not None]
    verdicts = verdicts_of(widening, policies)
    if verdicts is None:
        return True
    return any(said.tier.rank >= max(tier.rank for tier in policy.tiers) for policy, said in zip(policies, verdicts, strict=True))


def _told(reasons: list[str]) -> list[str]:
    more = len(reasons) - SHOWN
    return reasons if more <= 0 else [*reasons[:SHOWN], f"And {more} more."]
