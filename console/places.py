"""Where one can go: one table for the navigation, the page that everybody begins on and the palette."""

from __future__ import annotations

from dataclasses import dataclass

from console.speech import mark
from domain.access import ApiKey, Scope


@dataclass(frozen=True)
class Place:
    """A page that stands in the navigation."""

    id: str
    path: str
    says: str
    scopes: tuple[Scope, ...]
    """Any of them opens it."""


PLACES = (
    Place("inbox", "/inbox", mark("Inbox"), (Scope.REVIEWS_READ,)),
    Place("cases", "/cases", mark("Cases"), (Scope.CASES_READ,)),
    Place("clients", "/clients", mark("Clients"), (Scope.CASES_READ,)),
    Place("dashboard", "/dashboard", mark("Dashboard"), (Scope.CASES_READ,)),
    Place("policies", "/policies", mark("Policies"), (Scope.CASES_READ, Scope.POLICIES_WRITE, Scope.POLICIES_APPROVE)),
    Place("evals", "/evals", mark("Evals"), (Scope.POLICIES_WRITE, Scope.ADMIN)),
    Place("audit", "/audit", mark("Audit"), (Scope.LEDGER_READ,)),
    Place("settings", "/settings", mark("Settings"), (Scope.LEDGER_READ, Scope.POLICIES_WRITE, Scope.POLICIES_APPROVE)),
)


def places_of(key: ApiKey) -> list[Place]:
    """What somebody's seats open."""
    return [place for place in PLACES if any(key.may(scope) for scope in place.scopes)]
