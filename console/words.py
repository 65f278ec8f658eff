"""How pages say amounts, times and names: short, in one place, the same everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from babel import dates, numbers

from console.speech import SPOKEN, Speech, _, mark

MODES = {"ai": mark("the AI answers"), "hybrid": mark("a person answers with an AI draft"), "human": mark("a person answers")}
ACTIONS = {
    "none": mark("nothing else"),
    "reply": mark("reply"),
    "refund": mark("refund"),
    "credit": mark("credit"),
    "cancel": mark("cancel the contract"),
    "change_account": mark("change the account"),
    "share_data": mark("share data"),
}
ROLES = {"lead": mark("lead"), "person": mark("person"), "policy_approver": mark("policy approver")}
"""Those that every policy knows; others are names of its own."""
STATES = {"ruled": mark("ruled"), "expired": mark("expired"), "closed": mark("closed")}
"""What became of a review that waits no more."""
RULED = {
    "approve": mark("approved"),
    "edit": mark("edited and approved"),
    "reject": mark("rejected"),
    "reassign": mark("reassigned"),
    "ask": mark("asked the client"),
}
MOMENTS = {"en": "d MMM{year}, HH:mm{seconds}", "de": "d. MMM{year}, HH:mm{seconds}"}
EXACT: ContextVar[bool] = ContextVar("exact", default=False)
"""Whether the page that is being made is evidence: its moments have year and seconds, whenever it is read."""
DAY_S = 86_400
SPANS = ((DAY_S, mark("d")), (3_600, mark("h")), (60, mark("min")))
SOON_S = 900
NAMES: ContextVar[Mapping[str, str]] = ContextVar("names", default=MappingProxyType({}))
"""What people are called on the page that is being made, by their actor or id."""
THOUSAND, MILLION = 1_000, 1_000_000


def money(value: dict[str, Any] | None) -> str:
    """`€2.1M` of `{"amount": "2104076.33", "currency": "EUR"}`."""
    if not value:
        return ""
    return _compact(Decimal(value["amount"]), value["currency"], SPOKEN.get())


def sum_of(amount: float | str | Decimal, currency: str) -> str:
    """`€1,204.50`, or `€1,204` where there are no cents: for what is paid out, which nobody wants rounded."""
    exact, speech = Decimal(str(amount)), SPOKEN.get()
    if exact != exact.to_integral_value():
        return numbers.format_currency(exact, currency, locale=speech.babel)
    return _whole(exact, currency, speech)


@lru_cache(4_096)
def _compact(amount: Decimal, currency: str, speech: Speech) -> str:
    """Kept, since the library takes a third of the time of a whole row for it.

    German has no short word for thousands, where the library would neither round nor group.
    """
    whole = amount.to_integral_value(ROUND_HALF_UP)
    steps: Any = speech.babel.compact_currency_formats["short"]["other"]
    if abs(whole) < THOUSAND or (abs(whole) < MILLION and steps[str(THOUSAND)].pattern == "0"):
        return _whole(whole, currency, speech)
    short = round(whole, max(whole.adjusted() % 3, 1) - whole.adjusted())
    digits = 0 if short.adjusted() % 3 else 1
    return numbers.format_compact_currency(short, currency, locale=speech.babel, fraction_digits=digits)


def _whole(amount: Decimal, currency: str, speech: Speech) -> str:
    pattern: Any = speech.babel.currency_formats["standard"].pattern
    return numbers.format_currency(amount or Decimal(0), currency, pattern.replace(".00", ""), speech.babel, False)


def decimal(value: float, digits: int) -> str:
    """`0.90` of 0.9 with two digits, as the visitor's language writes it."""
    return numbers.format_decimal(round(value, digits), f"#,##0.{'0' * digits}", SPOKEN.get().babel)


def percent(share: float | None) -> str:
    """`90 %` of 0.9034."""
    return "" if share is None else f"{share * 100:.0f} %"


def plain(name: str) -> str:
    """A name of the policy or the product as a reader would write it: `human_request` is `human request`."""
    return name.replace("_", " ")


def role(name: str) -> str:
    """A role as a reader would write it: those that every policy knows in their language, others by their name."""
    return _(ROLES[name]) if name in ROLES else plain(name)


def span(seconds: float) -> str:
    """A length of time in its two largest units: `4 min`, `3 h 52 min`, `12 d`."""
    left, told = int(abs(seconds)), list[str]()
    for size, unit in SPANS:
        if left >= size and len(told) < 2:
            told.append(f"{left // size} {_(unit)}")
            left %= size
    return " ".join(told[:1] if told and abs(seconds) >= DAY_S else told) or f"{left} {_('s')}"


def moment(stamp: str | datetime | None) -> str:
    """`25 Nov, 23:28 UTC`, in the visitor's language and on the visitor's clock; with the year when it is another one."""
    if stamp is None:
        return ""
    at, speech = stamp if isinstance(stamp, datetime) else datetime.fromisoformat(stamp), SPOKEN.get()
    there, exact = at.astimezone(speech.clock), EXACT.get()
    year = " y" if exact or there.year != datetime.now(speech.clock).year else ""
    pattern = MOMENTS[speech.locale].format(year=year, seconds=":ss" if exact else "")
    return f"{dates.format_datetime(there, pattern, locale=speech.babel)} {there.tzname()}"


async def exactly() -> None:
    """For pages that are evidence: `25 Nov 2026, 23:28:05 UTC`."""
    EXACT.set(True)


def left(due: str, now: datetime) -> dict[str, str]:
    """What is left until `due`: words, whether it is `late`, `soon` or `fine`, and the moment for whoever counts on."""
    seconds = (datetime.fromisoformat(due) - now).total_seconds()
    kind = "late" if seconds < 0 else "soon" if seconds < SOON_S else "fine"
    words = _("%(span)s late", span=span(seconds)) if kind == "late" else span(seconds)
    return {"words": words, "kind": kind, "at": due}


def actor(name: str | None) -> str:
    """`Lena Baum` of `person:lena`, or `lena` where nobody knows that person's name."""
    return NAMES.get().get(name or "") or (name or "").partition(":")[2] or (name or "")
