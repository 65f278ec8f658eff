"""Names that a policy uses must be names that it defines: pools, tiers, calendars."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from policies.language.document import ALWAYS, PolicyDocument
from policies.language.markup import Places, fault, place_of

MOST_FAULTS = 50
Use = tuple[tuple[str | int, ...], str]


def unknown_names(document: PolicyDocument, places: Places) -> Iterator[dict[str, Any]]:
    """A fault for every use of a pool, tier or calendar that is not there, up to a number that anybody would read."""
    known = {
        "pool": set(document.pools),
        "tier": {tier.id for tier in document.tiers},
        "calendar": {ALWAYS, *document.calendars},
    }
    uses = {"pool": _pools(document), "tier": _tiers(document), "calendar": _calendars(document)}
    unknown = ((kind, path, name) for kind, found in uses.items() for path, name in found if name not in known[kind])
    for kind, path, name in islice(unknown, MOST_FAULTS):
        yield fault(place_of(places, *path), f"unknown {kind} `{name}`; {_hint(name, known[kind])}")


def _hint(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, known, 1)
    return f"did you mean `{close[0]}`?" if close else f"there are: {', '.join(sorted(known))}"


def _pools(document: PolicyDocument) -> Iterator[Use]:
    yield from ((("fallback", index, "pool"), row.pool) for index, row in enumerate(document.fallback))
    yield from ((("defaults", index, "pool"), row.pool) for index, row in enumerate(document.defaults))
    yield from ((("guards", index, "pools"), pool) for index, guard in enumerate(document.guards) for pool in guard.pools or ())
    yield from ((("pools", name, "overflow"), pool) for name, one in document.pools.items() for pool in one.overflow)
    yield from ((("invariants", index), pool) for index, one in enumerate(document.invariants) for pool in one.holds.pools or ())
    yield from ((("tests", index, "expect"), test.expect.pool) for index, test in enumerate(document.tests) if test.expect.pool)


def _tiers(document: PolicyDocument) -> Iterator[Use]:
    yield from ((("sla", index, "tier"), row.tier) for index, row in enumerate(document.sla) if row.tier)
    yield from ((("defaults", index, "tier"), row.tier) for index, row in enumerate(document.defaults) if row.tier)
    yield from ((("tests", index, "expect"), test.expect.tier) for index, test in enumerate(document.tests) if test.expect.tier)


def _calendars(document: PolicyDocument) -> Iterator[Use]:
    yield from ((("sla", index, "calendar"), row.calendar) for index, row in enumerate(document.sla))
