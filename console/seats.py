"""What each seat is for, in words that stand beside its scopes."""

from __future__ import annotations

from console.speech import mark
from domain.account import Seat

SEATS_SAID = {
    Seat.LEAD: mark("rules on reviews and works on cases"),
    Seat.POLICY_OWNER: mark("writes policies, approves them and rolls them out; reads cases"),
    Seat.AUDITOR: mark("reads cases, reviews and the ledger, and changes nothing"),
    Seat.ENGINEER: mark("writes policies and rolls them out, but approves none; reads cases"),
    Seat.ADMIN: mark("everything, and every role"),
}
