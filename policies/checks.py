"""The publish checks that need no prover: each fault with line, column and a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policies.engine import CompiledPolicy
from policies.reader import fault, place_of
from policies.suite import run_suite, uncovered

ALWAYS_TRUE = "true"


def check_policy(policy: CompiledPolicy) -> list[dict[str, Any]]:
    """Every fault found, in the order of the lines."""
    found = [*_duplicates(policy), *_names(policy), *_tables(policy), *_tests(policy)]
    return sorted(found, key=lambda one: (one["line"], one["column"]))


def _duplicates(policy: CompiledPolicy) -> Iterator[dict[str, Any]]:
    for part, ids in (
        ("guards", [guard.id for guard in policy.document.guards]),
        ("tiers", [tier.id for tier in policy.document.tiers]),
        ("tests", [test.name for test in policy.document.tests]),
    ):
        for index, identifier in enumerate(ids):
            if identifier in ids[:index]:
                yield fault(place_of(policy.places, part, index), f"{part}: `{identifier}` stands twice")


def _names(policy: CompiledPolicy) -> Iterator[dict[str, Any]]:
    document, pools = policy.document, set(policy.pools)
    tiers = {tier.id for tier in document.tiers}
    named: list[tuple[tuple[str | int, ...], str]] = []
    named += [(("fallback", index, "pool"), row.pool) for index, row in enumerate(document.fallback)]
    named += [(("defaults", index, "pool"), row.pool) for index, row in enumerate(document.defaults)]
    named += [(("guards", index, "pools"), pool) for index, guard in enumerate(document.guards) for pool in guard.pools or ()]
    named += [(("pools", name, "overflow"), pool) for name, one in document.pools.items() for pool in one.overflow]
    for path, pool in named:
        if pool not in pools:
            yield fault(place_of(policy.places, *path), f"unknown pool `{pool}`; there are: {', '.join(sorted(pools))}")
    for part, rows in (("sla", document.sla), ("defaults", document.defaults)):
        for index, row in enumerate(rows):
            if row.tier is not None and row.tier not in tiers:
                yield fault(
                    place_of(policy.places, part, index, "tier"), f"unknown tier `{row.tier}`; there are: {', '.join(sorted(tiers))}"
                )


def _tables(policy: CompiledPolicy) -> Iterator[dict[str, Any]]:
    document, last = policy.document, len(policy.document.tiers) - 1
    for index, tier in enumerate(document.tiers):
        if tier.when.strip() == ALWAYS_TRUE and index < last:
            yield fault(
                place_of(policy.places, "tiers", index + 1),
                f"tier `{document.tiers[index + 1].id}` is never reached: the one before always matches",
            )
    if document.tiers[last].when.strip() != ALWAYS_TRUE:
        yield fault(place_of(policy.places, "tiers", last, "when"), "the last tier must be `true`, so that every client has one")
    for index, row in enumerate(document.sla):
        catches_all = row.tier is None and row.severity is None and row.when is None
        if catches_all and index < len(document.sla) - 1:
            yield fault(place_of(policy.places, "sla", index + 1), "this row is never reached: the one before fits everything")
    ending = document.sla[-1]
    if ending.tier is not None or ending.severity is not None or ending.when is not None:
        yield fault(
            place_of(policy.places, "sla", len(document.sla) - 1), "the last row must fit everything, so that every case has a promise"
        )
    if document.fallback[-1].region is not None:
        yield fault(place_of(policy.places, "fallback", len(document.fallback) - 1), "the last fallback must be for every region")


def _tests(policy: CompiledPolicy) -> Iterator[dict[str, Any]]:
    outcomes = run_suite(policy)
    for outcome in outcomes:
        if not outcome.passed:
            yield fault((outcome.line, 1), f"test `{outcome.name}` fails: {'; '.join(outcome.failures)}")
    guards, tiers = uncovered(policy, outcomes)
    ids = [guard.id for guard in policy.document.guards]
    for guard in guards:
        yield fault(place_of(policy.places, "guards", ids.index(guard)), f"no passing test sees guard `{guard}` fire")
    order = [tier.id for tier in policy.document.tiers]
    for tier in tiers:
        yield fault(place_of(policy.places, "tiers", order.index(tier)), f"no passing test reaches tier `{tier}`")
