"""What is known of a client as the page tells it: in groups, in words, each with who says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from console import words
from console.charts import whole
from console.speech import _, mark

GROUPS = (
    (
        mark("The company"),
        {
            "industry": mark("Industry"),
            "country": mark("Country"),
            "language": mark("Language"),
            "segment": mark("Size"),
            "regulated": mark("Regulated"),
            "health": mark("Health"),
            "flags": mark("Marks"),
            "domains": mark("Domains"),
            "account_manager": mark("Account manager"),
            "last_contact_at": mark("Last contact"),
        },
    ),
    (
        mark("The contract"),
        {
            "contract.tier": mark("Contract"),
            "contract.status": mark("Status"),
            "contract.annual_value": mark("Worth a year"),
            "contract.starts_on": mark("Since"),
            "contract.renews_on": mark("Renews on"),
            "contract.in_negotiation": mark("In negotiation"),
            "contract.dpa_signed": mark("Data agreement signed"),
            "contract.ai_allowed": mark("AI allowed"),
            "invoices.open": mark("Unpaid invoices"),
            "invoices.overdue": mark("Overdue"),
            "invoices.credits_year": mark("Credits in a year"),
        },
    ),
    (
        mark("The product"),
        {
            "product.open_incidents": mark("Open incidents"),
            "product.error_rate": mark("Failed calls in 24 h"),
            "product.top_error": mark("Most frequent error"),
            "product.calls_24h": mark("Calls in 24 h"),
            "product.usage_change": mark("Usage in 28 d against the 28 d before"),
            "product.seats_active": mark("Active seats"),
        },
    ),
    (
        mark("Earlier cases"),
        {
            "tier": mark("Tier by policy"),
            "cases.open": mark("Open here"),
            "cases.last_30_days": mark("Here in 30 d"),
            "cases.total": mark("Here in all"),
            "helpdesk.cases_30d": mark("In the helpdesk in 30 d"),
            "helpdesk.reopened_90d": mark("Reopened in 90 d"),
            "helpdesk.breached_90d": mark("SLA missed in 90 d"),
            "helpdesk.open_promises": mark("Promised and still open"),
        },
    ),
)
SHARES = ("health", "product.error_rate")
LONGEST = 400
"""Characters of a value that are shown: what a CRM says may be of any length, and the rest of the page is to be found below it."""
VERBATIM = ("product.top_error",)


@dataclass(frozen=True)
class Line:
    """One attribute in words."""

    label: str
    value: str
    source: str
    as_of: str | None
    age: str


def groups_of(attributes: dict[str, dict[str, Any]]) -> list[tuple[str, list[Line]]]:
    """The attributes that are there, in their groups; a group without any is left out."""
    told = [
        (_(title), [_line(name, label, attributes[name]) for name, label in group.items() if name in attributes]) for title, group in GROUPS
    ]
    return [(title, lines) for title, lines in told if lines]


def _line(name: str, label: str, known: dict[str, Any]) -> Line:
    said = _said(name, known["value"])
    shown = said if len(said) <= LONGEST else f"{said[:LONGEST]}…"
    return Line(_(label), shown, known["source"], known["as_of"], _aged(known["age_s"]))


def _aged(age_s: int | None) -> str:
    if age_s is None:
        return _("of unknown age")
    return _("%(age)s old", age=words.span(age_s)) if age_s else _("counted now")


def _said(name: str, value: Any) -> str:
    if value is None or value in ("", []):
        return _("nothing known") if value is None else _("none")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in SHARES:
        return f"{words.decimal(value * 100, 1)} %" if value < 0.1 else words.percent(value)
    if name == "product.usage_change":
        return f"{value * 100:+.0f} %"
    if isinstance(value, dict):
        return _money_or_name(cast("dict[str, Any]", value))
    if isinstance(value, list):
        return ", ".join(cast("list[str]", value))
    if isinstance(value, int | float):
        return whole(value)
    if name.endswith("_at"):
        return words.moment(value)
    return str(value) if name in VERBATIM else words.plain(str(value))


def _money_or_name(value: dict[str, Any]) -> str:
    return words.money(value) if "amount" in value else f"{value['name']} ({value['email']})"
