"""Who may move a version on: asked of the Cedar rules beside this module. Whatever they do not permit, or fail at, is denied."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from importlib import import_module
from typing import Any

import orjson

from domain.access import ApiKey, folded
from domain.policy_life import Approval, ApprovalNeeds, PolicyVersion
from policies.approvals.rules import rules

REVIEW_BOARD = "review_board"
APPROVAL_DAYS = 7
"""An approval counts for so long; a version that was not rolled out by then is looked at again."""
NOBODY = "maitred:policy"


class Act(StrEnum):
    """What somebody wants to do with a version."""

    DRAFT = "draft"
    SUBMIT = "submit"
    APPROVE = "approve"
    REJECT = "reject"
    CONCLUDE = "conclude"
    ROLL_OUT = "roll_out"
    ROLL_BACK = "roll_back"


class Answer(StrEnum):
    """Whose fault a refusal is: the person may not, the version cannot be moved now, or the request says too little."""

    FORBIDDEN = "forbidden"
    CONFLICT = "conflict"
    INPUT = "input"


@dataclass(frozen=True)
class Refusal:
    """One rule that says no."""

    rule: str
    answer: Answer
    because: str
    pointer: str = ""


@dataclass(frozen=True)
class Person:
    """Who asks."""

    actor: str
    scopes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()

    @classmethod
    def behind(cls, key: ApiKey, needs: ApprovalNeeds | None) -> Person:
        """Who answers for a key, with the roles that matter; `admin` holds every one of them."""
        asked = {REVIEW_BOARD, *(needs.owners if needs else ())}
        scopes = {scope for scope in ("policies:write", "policies:approve") if scope in key.scopes or "admin" in key.scopes}
        return cls(key.answerable, frozenset(scopes), frozenset({*key.roles, *(role for role in asked if key.holds(role))}))


@dataclass(frozen=True)
class Standing:
    """A version with its approvals, and what decides meanwhile."""

    version: PolicyVersion
    approvals: tuple[Approval, ...]
    active: str | None
    at: datetime
    counting: tuple[Approval, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "counting", tuple(one for one in self.approvals if one.approves and one.expires_at > self.at))


def expiry(at: datetime) -> datetime:
    """When an approval that is given at `at` stops to count."""
    return at + timedelta(days=APPROVAL_DAYS)


def refusals(act: Act, standing: Standing, person: Person, *, accepts: Iterable[str] = (), reason: str = "") -> tuple[Refusal, ...]:
    """Why `person` may not do this; empty when it is permitted."""
    cedar, texts = _cedar(), _Words(standing, frozenset(accepts))
    try:
        answer = cedar.library.is_authorized(
            {
                "principal": _uid(person.actor),
                "action": {"type": "Action", "id": act},
                "resource": {"type": "Version", "id": standing.version.digest},
                "context": {"accepts": sorted(texts.accepts), "reason_given": bool(reason.strip())},
            },
            cedar.rules,
            _entities(standing, person),
            schema=cedar.schema,
        )
        errors, allowed = list(answer.diagnostics.errors), bool(answer.allowed)
        named = [cedar.about[rule] for rule in answer.diagnostics.reasons] if not allowed else []
    except Exception as error:  # whatever a library at this border raises, nobody is let through by it
        errors, allowed, named = [str(error)], False, []
    if errors:
        return (Refusal("rules-failed", Answer.CONFLICT, f"The rules of approval could not be applied: {errors[0]}"),)
    if allowed:
        return ()
    if not named:
        return (Refusal("nothing-permits-it", Answer.FORBIDDEN, f"This key may not {act.replace('_', ' ')} policies."),)
    found = (Refusal(one["id"], Answer(one["answer"]), one["because"].format_map(texts.filled()), one.get("pointer", "")) for one in named)
    return tuple(sorted(found, key=lambda refusal: cedar.order[refusal.rule]))


def unmet(standing: Standing) -> tuple[str, ...]:
    """What a version still needs before it counts as approved, as sentences; empty when it does. What expired does not count."""
    if standing.version.needs is None:
        return ("It was not submitted.",)
    return tuple(refusal.because for refusal in refusals(Act.CONCLUDE, standing, Person(NOBODY)))


@dataclass(frozen=True)
class _Words:
    """What the rules' sentences are filled in with."""

    standing: Standing
    accepts: frozenset[str]

    def filled(self) -> dict[str, str]:
        version, needs, counting = (
            self.standing.version,
            self.standing.version.needs or ApprovalNeeds(base_digest=None),
            self.standing.counting,
        )
        accepted = {name for one in counting for name in one.accepts}
        roles = {role for one in counting for role in one.roles}
        return {
            "version": str(version.version),
            "stage": version.stage.replace("_", " "),
            "approvals": str(len({folded(one.actor) for one in counting})),
            "needed": str(needs.approvals),
            "days": str(APPROVAL_DAYS),
            "missing_owners": ", ".join(owner for owner in needs.owners if owner not in roles),
            "unaccepted": ", ".join(name for name in needs.unproved if name not in self.accepts),
            "not_accepted": ", ".join(name for name in needs.unproved if name not in accepted),
        }


def _entities(standing: Standing, person: Person) -> list[dict[str, Any]]:
    version, counting = standing.version, standing.counting
    needs = version.needs or ApprovalNeeds(base_digest=None)
    people = {folded(name): Person(name) for name in (version.author, *(one.actor for one in counting))} | {folded(person.actor): person}
    return [
        *(
            {"uid": _uid(one.actor), "attrs": {"scopes": sorted(one.scopes), "roles": sorted(one.roles)}, "parents": []}
            for one in people.values()
        ),
        {
            "uid": {"type": "Version", "id": version.digest},
            "attrs": {
                "author": _person(version.author),
                "stage": version.stage,
                "needed": needs.approvals,
                "owners": list(needs.owners),
                "board": needs.board,
                "unproved": list(needs.unproved),
                "compared_with_active": needs.base_digest == standing.active,
                "approvers": [_person(one.actor) for one in counting],
                "approvals": len({folded(one.actor) for one in counting}),
                "approver_roles": sorted({role for one in counting for role in one.roles}),
                "accepted": sorted({name for one in counting for name in one.accepts}),
            },
            "parents": [],
        },
    ]


def _person(actor: str) -> dict[str, Any]:
    return {"__entity": _uid(actor)}


def _uid(actor: str) -> dict[str, str]:
    """A person to the rules: two spellings of one name are one."""
    return {"type": "Person", "id": folded(actor)}


@dataclass(frozen=True)
class _Cedar:
    library: Any
    rules: Any
    schema: Any
    about: dict[str, dict[str, str]]
    order: dict[str, int]


@lru_cache(maxsize=1)
def _cedar() -> _Cedar:
    """The rules, parsed once. cedarpy is imported here, since a worker that approves nothing has no use for it."""
    library: Any = import_module("cedarpy")
    text, schema = rules()
    parsed = orjson.loads(library.policies_to_json_str(text))["staticPolicies"]
    about = {name: {"answer": Answer.CONFLICT, "because": "", **policy["annotations"]} for name, policy in parsed.items()}
    order = {one["id"]: int(name.removeprefix("policy")) for name, one in about.items()}
    return _Cedar(library, library.PolicySet.from_str(text), library.Schema.from_str(schema), about, order)
