"""What a visitor may not, in words: what the page is for, and whose seat opens it."""

from __future__ import annotations

from console.speech import _, mark
from domain.access import Scope
from domain.account import SEATS, Seat

PURPOSES = {
    Scope.CASES_READ: mark("reads cases"),
    Scope.CASES_WRITE: mark("works on cases"),
    Scope.REVIEWS_READ: mark("reads reviews"),
    Scope.REVIEWS_RULE: mark("rules on reviews"),
    Scope.POLICIES_WRITE: mark("writes policies"),
    Scope.POLICIES_APPROVE: mark("approves policies"),
    Scope.LEDGER_READ: mark("reads the ledger and the settings"),
    Scope.ADMIN: mark("administers this service"),
}
NAMES = {
    Seat.LEAD: mark("lead"),
    Seat.POLICY_OWNER: mark("policy owner"),
    Seat.AUDITOR: mark("auditor"),
    Seat.ENGINEER: mark("engineer"),
    Seat.ADMIN: mark("admin"),
}


def forbidden_to(*scopes: Scope) -> str:
    """The sentence for a page that any of `scopes` opens."""
    between = " " + _("or") + " "
    seats = [_(NAMES[seat]) for seat, carried in SEATS.items() if set(scopes) & set(carried)]
    return _(
        "This is for whoever %(purpose)s. The seat %(seats)s opens it; an admin can give you one under Settings › Accounts.",
        purpose=between.join(_(PURPOSES[scope]) for scope in scopes),
        seats=between.join([", ".join(seats[:-1]), seats[-1]] if seats[1:] else seats),
    )
