"""Links by which people make an account or choose a password: what they are found by, and when they count no more."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from domain.access import SHELL_ACTOR, ApiKey, Scope, folded
from domain.account import Account, Invitation
from domain.errors import Conflict, Forbidden

STANDING = {"email", "seats", "roles", "region"}
"""What a link says of its person; another one of these, and the link is not meant for the person as they are."""


def hash_of(secret: str) -> bytes:
    """What a link's secret is found by."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def void() -> Forbidden:
    """What follows a link that does not count."""
    return Forbidden.said(
        "This link does not count: it was used, withdrawn, replaced by a newer one, is older than three days, "
        "or the account of its person or its maker changed since. Ask for another."
    )


def counts(link: Invitation, everybody: Sequence[Account]) -> bool:
    """Whether a link still counts: its person is as it says, and whoever made it could make it now."""
    person = next((one for one in everybody if one.id == link.person_id), None)
    if person is not None and not (person.active and link.model_dump(include=STANDING) == person.model_dump(include=STANDING)):
        return False
    maker = next((one for one in everybody if one.key.actor == link.invited_by), None)
    if maker is None:
        return link.invited_by == SHELL_ACTOR
    return maker.active and maker.key.may(Scope.ADMIN) and maker.key.sees(link.region, None)


def rival(one: Invitation, link: Invitation) -> bool:
    """Whether one link takes the place of the other: they are for one person, or sent to one e-mail."""
    return folded(one.person_id) == folded(link.person_id) or one.email == link.email


def must_rival_no_other_region(by: ApiKey, link: Invitation, waiting: Sequence[Invitation]) -> None:
    """Raise Conflict when a new link would void one of a region that whoever makes it does not see."""
    for one in waiting:
        if rival(one, link) and not by.sees(one.region, None):
            told = {"id": link.person_id, "email": link.email}
            raise Conflict.said("%(id)s or %(email)s was invited by somebody of another region. Ask an admin of every region.", told)
