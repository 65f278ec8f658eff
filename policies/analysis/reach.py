"""What never comes to pass: guards that never fire or always do, rows that no case reaches, conditions that can fail."""

from __future__ import annotations

from domain.decision import Verdict
from policies.analysis.logic import conj, disj, neg
from policies.analysis.prover import Answer
from policies.analysis.sites import Path, Site
from policies.analysis.study import Study
from policies.analysis.syntax import Node
from policies.analysis.values import Value
from policies.analysis.written import conjuncts, written
from policies.checks import ALWAYS_TRUE
from policies.language.vocabulary import vocabulary
from policies.suite import run_suite

LOOKED_AT_FOR_ABSENCE = ("tier", "priority", "sla", "default", "guard")


def check_guards(study: Study) -> None:
    """Guards that never fire, and guards that always do."""
    seen = {name for outcome in run_suite(study.policy) for name in outcome.fired}
    for i, one in enumerate(study.ruling.guards):
        path: Path = ("guards", i, "when")
        name, tree = one.guard.rule.id, study.trees[path].tree
        if name not in seen:
            found = study.finds(one.fires, lambda verdict, _f, _p, name=name: _fired(verdict, name), plain=False)
            if found.answer is Answer.IMPOSSIBLE:
                why, part = _contradiction(study, path, tree)
                reason = f"guard `{name}` can never fire: {why}"
                study.faults.append(study.finding("guard-never-fires", f"guard:{name}", path, reason, at=part))
                continue
            study.settle(found, f"guard-fires:{name}", path, f"That guard `{name}` ever fires")
        always = study.prover.never(neg(one.fires))
        if always and one.guard.rule.when.strip() == ALWAYS_TRUE:
            study.notes.append(study.finding("guard-for-all", f"guard:{name}", path, f"guard `{name}` holds for every case, as it says"))
        elif always:
            reason = f"guard `{name}` fires for every case: `{written(tree)}` is always true. Write `true` if that is meant"
            study.faults.append(study.finding("guard-always-fires", f"guard:{name}", path, reason, at=tree))


def check_rows(study: Study) -> None:
    """Tiers and rows that no case reaches, because the ones before take every case that they are for."""
    document, ruling = study.policy.document, study.ruling
    deserted: set[str | None] = set()
    for i, tier in enumerate(document.tiers):
        if study.prover.never(ruling.tiers[i]):
            deserted.add(tier.id)
            reason = f"tier `{tier.id}` is never reached: no client fits it that no tier before it takes"
            study.faults.append(study.finding("tier-unreachable", f"tier:{tier.id}", ("tiers", i), reason))
    for i, row in enumerate(document.sla[:-1]):
        if row.tier not in deserted and study.prover.never(ruling.rows[i]):
            reason = f"row {i + 1} of `sla` is never reached: no case fits it that no row before it takes"
            study.faults.append(study.finding("sla-unreachable", f"sla:{i + 1}", ("sla", i), reason))
    seen: set[str | None] = set()
    for i, row in enumerate(document.fallback[:-1]):
        if row.region in seen or None in seen:
            reason = f"row {i + 1} of `fallback` is never reached: a row before it takes every case of its region"
            study.faults.append(study.finding("fallback-unreachable", f"fallback:{i + 1}", ("fallback", i), reason))
        seen.add(row.region)


def check_defaults(study: Study) -> None:
    """Defaults that the guards never leave open, and defaults that others always come before."""
    ruling, before = study.ruling, list[object]()
    for i, row in enumerate(study.policy.document.defaults):
        fits = ruling.defaults[i].holds
        inside = conj((fits, ruling.modes[row.mode], ruling.usable_pools[row.pool]))
        path: Path = ("defaults", i)
        if study.prover.never(fits):
            reason = f"row {i + 1} of `defaults` is never used: no case fits it"
            study.faults.append(study.finding("default-unreachable", f"default:{i + 1}", path, reason))
        elif study.prover.never(inside):
            reason = f"row {i + 1} of `defaults` is never possible: whenever it fits, guards forbid mode {row.mode} or pool `{row.pool}`"
            study.faults.append(study.finding("default-never-allowed", f"default:{i + 1}", path, reason))
        elif study.prover.never(inside, neg(disj(before))):
            reason = f"row {i + 1} of `defaults` is never used: a row before it takes every case that it is for"
            study.faults.append(study.finding("default-unreachable", f"default:{i + 1}", path, reason))
        before.append(inside)


def check_failures(study: Study) -> None:
    """Conditions that fail for some facts. A failing guard counts as fired, which nobody can have meant."""
    for one in study.sites:
        site = one.site
        if site.part in LOOKED_AT_FOR_ABSENCE and _is_read_unasked(one.tree, site.source):
            continue  # policies/checks.py says so
        pools = list(study.policy.pools) if site.sees_pool else [None]
        for pool in pools:
            value = _value(study, site, pool)
            found = study.prover.finds(
                value.failed, lambda facts, proposal, site=site, pool=pool: study.outcome(site, facts, proposal, pool) is None
            )
            if study.settle(found, f"can-fail:{site.id}", site.path, f"That {site.subject} never fails"):
                reason = f"{site.subject} cannot be worked out for some facts, and then counts as fulfilled and asks for a review"
                study.faults.append(study.finding("can-fail", site.id, site.path, reason, found.example))
            if found.answer is not Answer.IMPOSSIBLE:
                break


def _value(study: Study, site: Site, pool: str | None) -> Value:
    ruling = study.ruling
    names = {} if site.part == "tier" else ruling.names
    return ruling.condition(site.path, {**names, "pool": ruling.pool_facts[pool]} if pool is not None else names)


def _is_read_unasked(tree: Node, source: str) -> bool:
    """Whether an optional fact is read and nobody asks whether it is there."""
    paths = {written(node) for node in tree.walk() if node.kind == "select"}
    return any(fact.optional and path in paths and f"has({path})" not in source for path, fact in vocabulary().items())


def _fired(verdict: Verdict, name: str) -> bool:
    return any(fired.id == name for fired in verdict.guards)


def _contradiction(study: Study, path: Path, tree: Node) -> tuple[str, Node]:
    """Why a condition is never true, and the part of it that is to blame."""
    parts = conjuncts(tree)
    terms = {str(number): study.ruling.of(part).holds for number, part in enumerate(parts)}
    kept = study.prover.core([], terms) or list(terms)
    blamed = [parts[int(name)] for name in kept]
    if len(blamed) == 1:
        return f"`{written(blamed[0])}` is never true", blamed[0]
    return f"{' and '.join(f'`{written(part)}`' for part in blamed)} are never true together", blamed[-1]
