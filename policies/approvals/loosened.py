"""Guards that hold less than they did although their own text is the same, as the examples of widenings show it.

What a guard means hangs on more than its text: on the pools that `pools_where` reads, and on the tiers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from domain.decision import Effect, Verdict
from domain.examination import Remark
from policies.engine import CompiledPolicy
from policies.envelope import strictness
from policies.language.raw import laid_over_neutral, strict_proposal


def verdicts_of(widening: Remark, policies: Iterable[CompiledPolicy]) -> tuple[Verdict, ...] | None:
    """What each version says of a widening's example; None when there is none or it cannot be read."""
    try:
        example = widening.example or {}
        facts, proposal = laid_over_neutral(example["given"]), example.get("proposal")
        suggested = strict_proposal(proposal) if proposal is not None else None
    except (KeyError, ValueError):
        return None
    return tuple(policy.evaluate(facts, suggested) for policy in policies)


def loosened_guards(before: CompiledPolicy, after: CompiledPolicy, widenings: Iterable[Remark]) -> Iterator[str]:
    """Ids of guards that fire no more, or forbid less, for a case that shows a widening; each once."""
    shown = (verdicts_of(widening, (before, after)) for widening in widenings)
    yield from dict.fromkeys(name for pair in shown if pair is not None for name in _loosened(*pair))


def _loosened(before: Verdict, after: Verdict) -> Iterator[str]:
    now = {guard.id: guard.effect for guard in after.guards}
    for guard in before.guards:
        effect = now.get(guard.id)
        if effect is None or narrows_less(guard.effect, effect):
            yield guard.id


def narrows_less(before: Effect, after: Effect) -> bool:
    """Whether `after` lets anything through, or asks for anything less, than `before` alone did."""
    return (
        _wider(before.modes, after.modes)
        or _wider(before.pools, after.pools)
        or _wider(before.model_regions, after.model_regions)
        or not set(before.forbid_actions) <= set(after.forbid_actions)
        or not set(before.require_skills) <= set(after.require_skills)
        or before.priority_floor > after.priority_floor
        or (before.review is not None and (after.review is None or strictness(after.review) > strictness(before.review)))
    )


def _wider(before: Collection[str] | None, after: Collection[str] | None) -> bool:
    """Whether more is left than was; None leaves everything."""
    return before is not None and (after is None or not set(after) <= set(before))
