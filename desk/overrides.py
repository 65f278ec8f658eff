"""Overrides: a person of the role that a guard names suspends it for one decision, with a reason, and with a second person where asked."""

from __future__ import annotations

from collections.abc import Iterable

from domain.access import ApiKey, Scope, folded
from domain.decision import Route
from domain.errors import Conflict, Forbidden, ForbiddenByPolicy, InvalidInput
from domain.facts import Facts
from domain.review import Review, Ruling
from domain.unit_of_work import Tx
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
        fault = ("/overrides", f"{needless[0]} does not forbid this route")
        raise InvalidInput.said("An override names what is in its way.", errors=[fault])
    rules = {rule.id: rule.override for rule in guards_of(policy, forbidding) if rule.override is not None}
    if left := refused(policy, seen, route, asked & rules.keys()):
        raise _forbidden(rules, left)
    if asked:
        _must_be_permitted({name: rules[name] for name in asked}, ruling, key)


def guards_of(policy: CompiledPolicy, names: Iterable[str]) -> list[GuardRule]:
    """The rules of these guards."""
    wanted = set(names)
    return [rule for rule in policy.document.guards if rule.id in wanted]


async def seconded(tx: Tx, policy: CompiledPolicy, review: Review, ruling: Ruling) -> Ruling | None:
    """The ruling that stands; None while it waits for a second person.

    Whoever confirms asks for the same; another wish takes the place of the one that waited, and so does the same one when its first person
    may not ask for it any more. Raises Conflict when the first person asks again: nobody is their own second pair of eyes.
    """
    rules = [rule.override for rule in guards_of(policy, ruling.overrides) if rule.override]
    if not any(rule.second_pair_of_eyes for rule in rules):
        return ruling
    first = review.override
    if first is None or _wish(first) != _wish(ruling):
        return None
    if folded(first.actor) == folded(ruling.actor):
        raise Conflict.said("You asked for this at %(at)s; policy wants a second person to confirm it.", {"at": first.ruled_at})
    if not await _may_still(tx, first.actor, {rule.role for rule in rules}):
        return None
    return first.model_copy(update={"seconded_by": ruling.actor, "ruled_at": ruling.ruled_at})


async def _may_still(tx: Tx, actor: str, roles: set[str]) -> bool:
    """Whether somebody may rule and holds every role today, by their account or a key of theirs."""
    account = await tx.accounts.one(actor.removeprefix("person:"))
    keys = [*([account.key] if account is not None and account.active else []), *await tx.keys.of(actor)]
    return all(any(key.may(Scope.REVIEWS_RULE) and key.holds(role) for key in keys) for role in roles)


def _wish(ruling: Ruling) -> tuple[object, ...]:
    return ruling.action, ruling.route, sorted(ruling.overrides)


def _must_be_permitted(rules: dict[str, OverrideRule], ruling: Ruling, key: ApiKey) -> None:
    if not key.actor.startswith("person:"):
        raise Forbidden("Guards are suspended by a person: use a key made with `--person`.")
    if key.answerable != key.actor:
        raise Forbidden(
            f"This key was made by {key.made_by} and counts as theirs: guards are suspended under an account, or a key that a shell made."
        )
    for guard, rule in sorted(rules.items()):
        if not key.holds(rule.role):
            told = {"guard": guard, "role": rule.role}
            raise Forbidden.said("Guard %(guard)s may be suspended by the role %(role)s only, which you do not hold.", told)
    if not ruling.reason.strip():
        raise InvalidInput.said("An override needs a reason.", errors=[("/reason", "must not be empty")])


def _forbidden(rules: dict[str, OverrideRule], left: Refusals) -> ForbiddenByPolicy:
    """What stays forbidden, and what a reader may do when every guard in the way can be suspended."""
    message = f"Policy forbids this route: {' '.join(refusal['because'] for refusal in left.values())}"
    if not left.keys() <= rules.keys():
        return ForbiddenByPolicy(message, list(left.values()))
    roles, second = tuple(sorted({rules[name].role for name in left})), any(rules[name].second_pair_of_eyes for name in left)
    confirmed = ", with a second person to confirm" if second else ""
    way_out = (
        f"A person of the role {' and '.join(roles)} may suspend {', '.join(sorted(left))} for this decision by `overrides`{confirmed}."
    )
    return ForbiddenByPolicy(message, list(left.values()), way_out, roles, second)
