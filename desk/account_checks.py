"""What an account must be before it is stored: fields that fit, an id and e-mail of its own, and somebody left who runs the service."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from domain.access import ApiKey, folded
from domain.account import PASSWORD_LENGTH, Account, Seat
from domain.errors import Conflict, Forbidden, InvalidInput
from domain.facts import Region
from domain.unit_of_work import Tx

ROLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
MOST_ROLES = 20
SENTENCES = {
    "id": "is made of letters, digits, `.`, `_` and `-`, and begins with a letter or digit",
    "email": "is no e-mail address",
    "name": "is missing, or holds more than 100 characters",
    "seats": f"are some of {', '.join(Seat)}",
}


def checked(wanted: dict[str, Any]) -> Account:
    """An account as it was asked for. Raises InvalidInput with a sentence for each field."""
    account, faults = None, [*_role_faults(wanted.get("roles") or ()), *_region_faults(wanted.get("region"))]
    try:
        account = Account.model_validate({**wanted, "roles": tuple(dict.fromkeys(wanted.get("roles") or ()))})
    except ValidationError as error:
        faults += [(f"/{fault['loc'][0]}", SENTENCES.get(str(fault["loc"][0]), fault["msg"])) for fault in error.errors()]
    if not wanted.get("seats"):
        faults.append(("/seats", "must be one at least"))
    if account is None or faults:
        raise InvalidInput.said("The account does not fit.", errors=list(dict(faults).items()))
    return account.model_copy(update={"seats": tuple(dict.fromkeys(account.seats))})


def changed(account: Account, wanted: dict[str, Any]) -> Account:
    """The account with some fields replaced. Raises InvalidInput."""
    return checked({**account.model_dump(), **wanted})


def must_be_long(password: str) -> None:
    """Raise InvalidInput for a password that is too short or too long."""
    fewest, most = PASSWORD_LENGTH
    if not fewest <= len(password) <= most:
        raise InvalidInput.said("The account does not fit.", errors=[("/password", f"takes {fewest} to {most} characters")])


def must_reach(by: ApiKey, region: str | None) -> None:
    """Raise Forbidden when somebody who belongs to a region would make or change what belongs to another, or to all."""
    if not by.sees(region, None):
        raise Forbidden.said("You belong to the region %(region)s, so this must belong to it too.", {"region": by.region})


def must_leave_an_admin(everybody: list[Account], after: Account) -> None:
    """Raise Conflict when the change would leave nobody who can let others in."""
    if any(_runs(one) for one in everybody) and not any(_runs(after if one.id == after.id else one) for one in everybody):
        told = {"name": after.name}
        raise Conflict.said("%(name)s is the last admin of every region who may sign in. Give somebody else the seat first.", told)


async def must_be_free(tx: Tx, person_id: str, email: str, now: datetime, by: ApiKey, *, but_for_invitations: bool = False) -> None:
    """Lock the accounts, and raise Conflict for an id or an e-mail that somebody has, Forbidden for somebody known by keys out of sight.

    Ids that differ by case only are one: a reader would take them for one person. With `but_for_invitations` the person's own earlier
    invitation is in nobody's way.
    """
    everybody, invited = await tx.accounts.locked(), await tx.accounts.invited()
    if any(folded(one.id) == folded(person_id) for one in everybody):
        raise Conflict.said("The id %(id)s has an account already.", {"id": person_id})
    if any(one.email == email for one in everybody):
        raise Conflict.said("%(email)s has an account already.", {"email": email})
    waiting = [one for one in invited if one.expires_at > now]
    if not but_for_invitations and any(folded(one.person_id) == folded(person_id) or one.email == email for one in waiting):
        told = {"id": person_id, "email": email}
        raise Conflict.said("%(id)s or %(email)s was invited: withdraw that first, or let them follow the link.", told)
    must_be_spelt_alike(person_id, {*(one.person_id for one in invited), *await tx.keys.persons()})
    await must_see_keys(tx, by, person_id)


async def must_see_keys(tx: Tx, by: ApiKey, person_id: str) -> None:
    """Raise Forbidden when a person acts, or acted, by keys that whoever asks does not see: it is somebody of another region."""
    if not all(by.sees(key.region, key.client_id) for key in await tx.keys.ever(f"person:{person_id}")):
        raise Forbidden(f"{person_id} is known by keys that you do not see. Ask an admin of every region, or choose another id.")


def must_be_spelt_alike(person_id: str, known: set[str]) -> None:
    """Raise Conflict for a person's id that differs from a known one by case only."""
    for other in sorted(known):
        if other != person_id and folded(other) == folded(person_id):
            raise Conflict(f"The id {other} is known already; {person_id} differs from it by case only. Use {other}, or choose another.")


def _runs(account: Account) -> bool:
    return account.active and Seat.ADMIN in account.seats and account.region is None


def _role_faults(roles: Any) -> list[tuple[str, str]]:
    if len(roles) > MOST_ROLES:
        return [("/roles", f"are {MOST_ROLES} at most")]
    strange = [one for one in roles if not ROLE.fullmatch(one)]
    return [("/roles", f"hold `{strange[0][:64]}`, which is no name of a role such as `legal`")] if strange else []


def _region_faults(region: str | None) -> list[tuple[str, str]]:
    return [("/region", f"is one of {', '.join(Region)}, or none")] if region is not None and region not in set(Region) else []
