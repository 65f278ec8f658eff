"""Overrides: a person of the role that a guard names suspends it for one decision, with a reason, and with a second person where asked."""

from __future__ import annotations

from collections.abc import Iterable

from domain.access import ApiKey
from domain.decision import Route
from domain.errors import Conflict, Forbidden, ForbiddenByPolicy, InvalidInput
from domain.facts import Facts
from domain.review import Review, Ruling
from policies.engine import CompiledPolicy
from policies.language.document import GuardRule, OverrideRule

Refusals = dict[str, dict[str, str]]


def refused(policy: CompiledPolicy, seen: Iterable[Facts], route: Route, suspended: frozenset[str] = frozenset()) -> Refusals:
    """By guard, why `route` is forbidden for any of these facts."""
    return {one["id"]: one for facts in seen for one in policy.judge(facts, route, suspended).refusals(route)}


def refuse_forbidden(policy: CompiledPolicy, seen: Iterable[Facts], ruling: Ruling, route: Route, key: ApiKey) -> None:
    """Nothing when no guard forbids the route, or when the ruling suspends all that do, by somebody who may.

    Raises ForbiddenByPolicy for what stays forbidden, Forbidden for a key that may not override, InvalidInput for an override without a
    reason or of a guard that is not in its way.
    """
    seen = list(seen)
    forbidding, asked = refused(policy, seen, route), frozenset(ruling.overrides)
    if needless := sorted(asked - forbidding.keys()):
        raise InvalidInput("An override names what is in its way.", [("/overrides", f"{needless[0]} does not forbid this route")])
    rules = {rule.id: rule.override for rule in guards_of(policy, forbidding) if rule.override is not None}
    if left := refused(policy, seen, route, asked & rules.keys()):
        reasons = " ".join(refusal["because"] for refusal in left.values())
        raise ForbiddenByPolicy(f"Policy forbids this route: {reasons}", list(left.values()), _way_out(rules, left))
    if asked:
        _must_be_permitted({name: rules[name] for name in asked}, ruling, key)


def guards_of(policy: CompiledPolicy, names: Iterable[str]) -> list[GuardRule]:
    """The rules of these guards."""
    wanted = set(names)
    return [rule for rule in policy.document.guards if rule.id in wanted]


def seconded(policy: CompiledPolicy, review: Review, ruling: Ruling) -> Ruling | None:
    """The ruling that stands; None while it waits for a second person.

    Whoever confirms asks for the same; another wish takes the place of the one that waited. Raises Conflict when the first person asks
    again: nobody is their own second pair of eyes.
    """
    if not any(rule.override and rule.override.second_pair_of_eyes for rule in guards_of(policy, ruling.overrides)):
        return ruling
    first = review.override
    if first is None or _wish(first) != _wish(ruling):
        return None
    if first.actor == ruling.actor:
        raise Conflict(f"You asked for this at {first.ruled_at:%H:%M:%S} UTC; policy wants a second person to confirm it.")
    return first.model_copy(update={"seconded_by": ruling.actor, "ruled_at": ruling.ruled_at})


def _wish(ruling: Ruling) -> tuple[object, ...]:
    return ruling.action, ruling.route, sorted(ruling.overrides)


def _must_be_permitted(rules: dict[str, OverrideRule], ruling: Ruling, key: ApiKey) -> None:
    if not key.actor.startswith("person:"):
        raise Forbidden("Guards are suspended by a person: use a key made with `--person`.")
    for guard, rule in sorted(rules.items()):
        if not key.holds(rule.role):
            raise Forbidden(f"Guard {guard} may be suspended by the role {rule.role} only, which this key does not hold.")
    if not ruling.reason.strip():
        raise InvalidInput("An override needs a reason.", [("/reason", "must not be empty")])


def _way_out(rules: dict[str, OverrideRule], left: Refusals) -> str:
    """What a reader may do, when every guard in the way can be suspended."""
    if not left.keys() <= rules.keys():
        return ""
    roles = " and ".join(sorted({rules[name].role for name in left}))
    second = ", with a second person to confirm" if any(rules[name].second_pair_of_eyes for name in left) else ""
    return f"A person of the role {roles} may suspend {', '.join(sorted(left))} for this decision by `overrides`{second}."
