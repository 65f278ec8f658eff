"""The publish checks that need no prover: each fault with line, column and a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from domain.decision import Route
from domain.facts import ClientFacts, Facts, Region
from policies.engine import CompiledPolicy
from policies.language.markup import fault, place_of
from policies.language.vocabulary import vocabulary
from policies.suite import run_suite, uncovered

ALWAYS_TRUE = "true"


def check_policy(policy: CompiledPolicy) -> list[dict[str, Any]]:
    """Every fault found, in the order of the lines."""
    found = [*_duplicates(policy), *_tables(policy), *_absent(policy), *_defaults(policy), *_tests(policy)]
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


def _absent(policy: CompiledPolicy) -> Iterator[dict[str, Any]]:
    """Optional facts that are read without `has()`: the condition would fail, and count as fired, whenever one is unknown."""
    rules = policy.rules
    conditions = [
        *((("tiers", index, "when"), tier.when) for index, tier in enumerate(rules.tiers)),
        (("priority",), rules.priority),
        *((("sla", index, "when"), row.when) for index, row in enumerate(rules.sla)),
        *((("defaults", index, "when"), row.when) for index, row in enumerate(rules.defaults)),
        *((("guards", index, "when"), guard.when) for index, guard in enumerate(rules.guards)),
    ]
    for path, condition in conditions:
        for fact in condition.reads if condition is not None else ():
            known = vocabulary().get(fact)
            if condition is not None and known is not None and known.optional and f"has({fact})" not in condition.source:
                yield fault(place_of(policy.places, *path), f"`{fact}` may be unknown: write `has({fact}) && ...`")


def _defaults(policy: CompiledPolicy) -> Iterator[dict[str, Any]]:
    """Defaults that guards on the region alone (or on nothing) keep out for every client that they are for."""
    envelopes = {region: policy.frame(Facts(client=ClientFacts(region=region))) for region in Region}
    regional = {guard.rule.id for guard in policy.rules.guards if set(guard.when.reads) <= {"client.region"}}
    for index, row in enumerate(policy.document.defaults):
        route = Route(mode=row.mode, pool=row.pool)
        barred = {
            region: [
                guard.id
                for guard in verdict.guards
                if guard.id in regional and guard.effect.model_copy(update={"require_skills": (), "forbid_actions": ()}).forbids(route)
            ]
            for region, verdict in envelopes.items()
            if row.region in (None, region)
        }
        if all(barred.values()):
            guards = ", ".join(sorted({guard for found in barred.values() for guard in found}))
            yield fault(place_of(policy.places, "defaults", index), f"this default is never possible: {guards} forbids it")


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
