"""What must hold between two estimates of one client when one thing of its record changes, whatever the formula is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.client import ClientProfile, Contract, Invoice
from domain.facts import ContractStatus, Segment
from domain.value import ValueEstimate
from evals.house.changes import Changes

CENT = 0.01
LAST = 6
FEW = 3

Change = Callable[[ClientProfile, datetime], ClientProfile]


@dataclass(frozen=True)
class Relation:
    """A change of a record, and what it may not do to the estimate; `fault` says in words what it did, or nothing."""

    says: str
    change: Change
    fault: Callable[[ValueEstimate, ValueEstimate], str]


def _contract(**update: object) -> Change:
    def changed(profile: ClientProfile, now: datetime) -> ClientProfile:
        del now
        return profile.model_copy(update={"contract": _of(profile).model_copy(update=update)})

    return changed


def _of(profile: ClientProfile) -> Contract:
    if profile.contract is None:
        raise ValueError(f"{profile.id} has no contract to change")
    return profile.contract


def _worth(factor: float) -> Change:
    return lambda profile, now: _contract(annual_value=_of(profile).annual_value * factor)(profile, now)


def _renews_in(days: int) -> Change:
    return lambda profile, now: _contract(renews_on=now.date() + timedelta(days=days))(profile, now)


def _billed(scaled: Callable[[int, int], float]) -> Change:
    """Every invoice times what `scaled` gives for its place and the number of all."""

    def changed(profile: ClientProfile, now: datetime) -> ClientProfile:
        del now
        count = len(profile.invoices)
        bills = [one.model_copy(update={"amount": one.amount * scaled(place, count)}) for place, one in enumerate(profile.invoices)]
        return profile.model_copy(update={"invoices": tuple(bills)})

    return changed


def _profile(**update: object) -> Change:
    return lambda profile, now: profile.model_copy(update=update)


def _credited(profile: ClientProfile, now: datetime) -> ClientProfile:
    del now
    *before, last = profile.invoices
    credited: Invoice = last.model_copy(update={"credit": last.credit + last.amount * 0.5})
    return profile.model_copy(update={"invoices": (*before, credited)})


def _shortened(profile: ClientProfile, now: datetime) -> ClientProfile:
    del now
    return profile.model_copy(update={"invoices": profile.invoices[-FEW:]})


def _not_lower(field: str) -> Callable[[ValueEstimate, ValueEstimate], str]:
    return lambda before, after: _moved(field, before, after) if _value(after, field) < _value(before, field) - CENT else ""


def _not_higher(field: str) -> Callable[[ValueEstimate, ValueEstimate], str]:
    return lambda before, after: _moved(field, before, after) if _value(after, field) > _value(before, field) + CENT else ""


def _equal(before: ValueEstimate, after: ValueEstimate) -> str:
    return "" if (before.at_stake, before.score) == (after.at_stake, after.score) else _moved("at_stake", before, after)


def _less_sure(before: ValueEstimate, after: ValueEstimate) -> str:
    return _not_higher("confidence")(before, after)


def _value(estimate: ValueEstimate, field: str) -> float:
    return float(getattr(estimate, field))


def _moved(field: str, before: ValueEstimate, after: ValueEstimate) -> str:
    return f"{field} went from {_value(before, field):,.2f} to {_value(after, field):,.2f}"


RELATIONS: dict[str, Relation] = {
    "more revenue": Relation("A larger contract is not worth less.", _worth(1.25), _not_lower("at_stake")),
    "less revenue": Relation("A smaller contract is not worth more.", _worth(0.8), _not_higher("at_stake")),
    "more spend": Relation("Larger bills are not worth less.", _billed(lambda place, count: 1.2), _not_lower("at_stake")),
    "growing": Relation(
        "Bills that rose lately are not worth less.",
        _billed(lambda place, count: 1.3 if place >= count - LAST else 1.0),
        _not_lower("at_stake"),
    ),
    "shrinking": Relation(
        "Bills that fell lately are not worth more.",
        _billed(lambda place, count: 0.7 if place >= count - LAST else 1.0),
        _not_higher("at_stake"),
    ),
    "notice": Relation("Who has given notice is not less at stake.", _contract(status=ContractStatus.NOTICE), _not_lower("at_stake")),
    "ended": Relation(
        "An ended contract is not worth more than a live one.", _contract(status=ContractStatus.ENDED), _not_higher("at_stake")
    ),
    "credited": Relation("A credit does not raise what a client is worth.", _credited, _not_higher("at_stake")),
    "renewal near": Relation("A renewal that comes near does not lower the score.", _renews_in(30), _not_lower("score")),
    "health drops": Relation("A client that does badly does not lose score.", _profile(health=0.1), _not_lower("score")),
    "larger segment": Relation("An enterprise does not score lower.", _profile(segment=Segment.ENTERPRISE), _not_lower("score")),
    "smaller segment": Relation("A small company does not score higher.", _profile(segment=Segment.SMALL), _not_higher("score")),
    "short history": Relation("Fewer bills do not make us surer.", _shortened, _less_sure),
    "no bills": Relation("A record without bills does not make us surer.", _profile(invoices=()), _less_sure),
    "erratic": Relation("Erratic bills do not make us surer.", _billed(lambda place, count: 1.6 if place % 2 else 0.4), _less_sure),
    "no client": Relation("A stranger is not estimated with more confidence.", _profile(), _less_sure),
    "other name": Relation(
        "Name, language and country of a client change nothing.", _profile(name="Another Name", language="fr", country="FR"), _equal
    ),
}
THROUGH_THE_GRAPH: dict[str, tuple[Changes, Callable[[ValueEstimate, ValueEstimate], str]]] = {
    "CRM down": (
        Changes(tools_down=("profile",)),
        lambda before, after: "" if after.confidence < before.confidence else "as sure as before",
    ),
    "usage halved": (Changes(telemetry={"usage_28d": 500.0, "usage_prior_28d": 1_000.0}), _not_higher("at_stake")),
}
"""What the tools say instead, and what that may not do to the estimate that a run of the graph makes."""
STRANGER = "no client"
"""The relation whose second estimate is that of an unknown sender."""
