"""Rulers: a guard that asks for a review says by whom, and nobody else may rule on it."""

from __future__ import annotations

from desk.overrides import guards_of
from domain.access import ApiKey
from domain.decision import LEAD, Verdict
from domain.errors import Forbidden
from domain.views import ReviewRow
from policies.engine import CompiledPolicy


def rulers_asked(policy: CompiledPolicy, row: ReviewRow) -> list[str]:
    """The roles that whoever rules has to hold, every one of them; empty when any lead may. A later message can ask for more."""
    fired = {guard for amendment in row.amendments for guard in amendment["guards"]}
    later = {rule.review.by for rule in guards_of(policy, fired) if rule.review is not None}
    verdict = Verdict.model_validate(row.record["routing"]["verdict"])
    return sorted((verdict.rulers | {row.review["gate"]["by"]} | later) - {LEAD})


def refuse_others(policy: CompiledPolicy, row: ReviewRow, key: ApiKey) -> None:
    """Raises Forbidden, naming the roles, for a key whose holder lacks one."""
    if missing := [role for role in rulers_asked(policy, row) if not key.holds(role)]:
        told = {"roles": " and ".join(missing)}
        raise Forbidden.said("Policy wants this review ruled by the role %(roles)s, which you do not hold.", told)
