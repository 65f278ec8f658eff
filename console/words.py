"""How pages say amounts, times and names: short, in one place, the same everywhere."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

MODES = {"ai": "the AI answers", "hybrid": "a person answers with an AI draft", "human": "a person answers"}
ACTIONS = {
    "none": "nothing else",
    "reply": "reply",
    "refund": "refund",
    "credit": "credit",
    "cancel": "cancel the contract",
    "change_account": "change the account",
    "share_data": "share data",
}
RULED = {"approve": "approved", "edit": "edited and approved", "reject": "rejected", "reassign": "reassigned", "ask": "asked the client"}
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}
SPANS = ((86_400, "d"), (3_600, "h"), (60, "min"))
SOON_S = 900


def money(value: dict[str, Any] | None) -> str:
    """`€2.1M` of `{"amount": "2104076.33", "currency": "EUR"}`."""
    if not value:
        return ""
    amount, sign = Decimal(value["amount"]), SIGNS.get(value["currency"], f"{value['currency']} ")
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if amount >= size:
            return f"{sign}{amount / size:.{1 if amount < 10 * size else 0}f}{letter}"
    return f"{sign}{amount:.0f}"


def percent(share: float | None) -> str:
    """`90 %` of 0.9034."""
    return "" if share is None else f"{share * 100:.0f} %"


def plain(name: str) -> str:
    """A name of the policy or the product as a reader would write it: `human_request` is `human request`."""
    return name.replace("_", " ")


def span(seconds: float) -> str:
    """A length of time in its two largest units: `4 min`, `3 h 52 min`, `12 d`."""
    left, told = int(abs(seconds)), list[str]()
    for size, unit in SPANS:
        if left >= size and len(told) < 2:
            told.append(f"{left // size} {unit}")
            left %= size
    return " ".join(told[:1] if told and told[0].endswith("d") else told) or f"{left} s"


def moment(stamp: str | datetime | None) -> str:
    """`25 Nov, 23:28 UTC`."""
    if stamp is None:
        return ""
    at = stamp if isinstance(stamp, datetime) else datetime.fromisoformat(stamp)
    return f"{at.astimezone(UTC):%-d %b, %H:%M} UTC"


def left(due: str, now: datetime) -> dict[str, str]:
    """What is left until `due`: words, and whether it is `late`, `soon` or `fine`."""
    seconds = (datetime.fromisoformat(due) - now).total_seconds()
    kind = "late" if seconds < 0 else "soon" if seconds < SOON_S else "fine"
    return {"words": f"{span(seconds)} late" if kind == "late" else span(seconds), "kind": kind}


def actor(name: str | None) -> str:
    """`lead-1` of `person:lead-1`."""
    return (name or "").partition(":")[2] or (name or "")
