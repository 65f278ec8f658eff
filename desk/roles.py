"""Roles: what the policies that decide ask for by name, who holds it, and what nobody holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from domain.access import ApiKey, KeyRegister
from domain.account import Account, Accounts
from domain.decision import LEAD
from policies.approvals.approval import REVIEW_BOARD
from policies.engine import CompiledPolicy
from policies.shelf import PolicyShelf


class Purpose(StrEnum):
    """What a policy wants of a role's holder."""

    APPROVE = "approve"
    """To approve changes of a guard."""
    RULE = "rule"
    """To rule on reviews that a guard asks for."""
    SUSPEND = "suspend"
    """To suspend a guard for one decision, if they wish."""


@dataclass(frozen=True)
class Need:
    """One thing that a role is for."""

    what: Purpose
    guard: str = ""
    """Empty: whatever changes what the most valuable clients get."""
    second: bool = False
    """A second holder has to confirm."""


@dataclass(frozen=True)
class RoleStanding:
    """A role, and who holds it by name; whoever has every scope stands in for every role."""

    name: str
    needs: tuple[Need, ...]
    accounts: tuple[Account, ...]
    keys: tuple[ApiKey, ...]

    @property
    def is_unheld(self) -> bool:
        """Something asks for it, and nobody has it."""
        return bool(self.needs) and not (self.accounts or self.keys)

    @property
    def lacks_a_second(self) -> bool:
        """A second person has to confirm, and there is one alone."""
        people = {one.key.actor for one in self.accounts} | {key.actor for key in self.keys if key.actor.startswith("person:")}
        return len(people) == 1 and any(need.second for need in self.needs)


@dataclass(frozen=True)
class RoleBoard:
    """Reads what stands where."""

    policies: PolicyShelf
    accounts: Accounts
    register: KeyRegister

    async def all(self, by: ApiKey) -> list[RoleStanding]:
        """Every role that is asked for or held, those that nobody holds first; holders of other regions are not named."""
        needs: defaultdict[str, list[Need]] = defaultdict(list)
        for policy in (self.policies.live.active, self.policies.live.candidate):
            for role, need in _needs(policy) if policy else ():
                if need not in needs[role]:
                    needs[role].append(need)
        accounts = [one for one in await self.accounts.all() if one.active and by.sees(one.region, None)]
        keys = [one.key for one in await self.register.all() if one.revoked_at is None and by.sees(one.key.region, one.key.client_id)]
        held = {role for one in accounts for role in one.roles} | {role for key in keys for role in key.roles}
        found = [
            RoleStanding(
                role,
                tuple(needs.get(role, ())),
                tuple(one for one in accounts if role in one.roles),
                tuple(key for key in keys if role in key.roles),
            )
            for role in {*needs, *held}
        ]
        return sorted(found, key=lambda one: (not one.is_unheld, not one.needs, one.name))

    def asked(self) -> list[str]:
        """The roles that what decides now asks for."""
        return sorted({role for role, _ in _needs(self.policies.live.active)})


def _needs(policy: CompiledPolicy) -> Iterator[tuple[str, Need]]:
    yield REVIEW_BOARD, Need(Purpose.APPROVE)
    for guard in policy.document.guards:
        yield guard.owner, Need(Purpose.APPROVE, guard.id)
        if guard.review is not None and guard.review.by != LEAD:
            yield guard.review.by, Need(Purpose.RULE, guard.id)
        if guard.override is not None:
            yield guard.override.role, Need(Purpose.SUSPEND, guard.id, second=guard.override.second_pair_of_eyes)
