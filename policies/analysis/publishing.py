"""The analysis of one version: everything that can be known about it before it decides anything."""

from __future__ import annotations

from policies.analysis.checking import check_sites
from policies.analysis.cost import too_costly
from policies.analysis.findings import Analysis, Finding, in_order
from policies.analysis.holes import check_holes, check_skills
from policies.analysis.narrowing import check_narrowings
from policies.analysis.promises import check_invariants
from policies.analysis.prover import Prover
from policies.analysis.reach import check_defaults, check_failures, check_guards, check_rows
from policies.analysis.redundancy import check_redundancy
from policies.analysis.ruling import Ruling
from policies.analysis.sampling import samples_of
from policies.analysis.space import Space
from policies.analysis.study import Study
from policies.analysis.widening import check_widenings
from policies.analysis.words import words_of
from policies.checks import check_policy
from policies.engine import CompiledPolicy

CHECKS = (check_failures, check_guards, check_rows, check_defaults, check_holes, check_skills, check_invariants, check_redundancy)
LEFT_OPEN = {
    check_guards: ("guards-not-always", ("guards",), "That no guard fires for every case"),
    check_rows: ("rows-reached", ("tiers",), "That every tier and every row of `sla` is reached"),
    check_defaults: ("defaults-used", ("defaults",), "That every row of `defaults` can be used"),
    check_redundancy: ("guards-differ", ("guards",), "That every guard does something that no other does"),
}
"""What is put down when a check could not decide all that it asked; the other checks say so one by one."""
SAID_BEFORE = ("tier-unreachable", "sla-unreachable", "default-never-allowed")


def analyse(policy: CompiledPolicy, *, base: CompiledPolicy | None = None, patience_s: float = 20.0) -> Analysis:
    """Everything found about `policy` beyond policies/checks.py, and where it allows more than `base`.

    What takes longer than `patience_s` stays unproved. An expression that is not well typed or costs too much is a fault,
    and nothing is proved about a policy that has one.
    """
    sites, faults = check_sites(policy)
    base_sites, base_faults = check_sites(base) if base is not None else ([], [])
    faults = faults or list(too_costly(policy, sites))
    if faults:
        return Analysis(faults=in_order(faults))
    documents = [one.document for one in (policy, base) if one is not None]
    space = Space(words_of(documents, [one.tree for one in (*sites, *base_sites)]))
    space.usual_pool = policy.document.fallback[-1].pool
    study = Study(policy, sites, Ruling(policy, sites, space, "new"), Prover(space, patience_s))
    study.prover.know(lambda: samples_of(policy, sites))
    for check in CHECKS:
        undecided = study.prover.undecided
        check(study)
        if study.prover.undecided > undecided and check in LEFT_OPEN:
            study.not_proved(*LEFT_OPEN[check])
    if base is not None and (base_faults or study.prover.left_s <= 0):
        study.not_proved("wider", ("guards",), "That it allows nothing that the version before did not")
    elif base is not None:
        was = Ruling(base, base_sites, space, "old")
        check_widenings(study, was)
        check_narrowings(study, was)
    return Analysis(
        faults=in_order(_news(policy, study.faults)),
        unproved=in_order(study.unproved),
        notes=in_order(study.notes),
        widenings=in_order(study.widenings),
        narrowings=in_order(study.narrowings),
    )


def _news(policy: CompiledPolicy, faults: list[Finding]) -> list[Finding]:
    """The faults that policies/checks.py does not name already, at the same place."""
    if not any(one.code in SAID_BEFORE for one in faults):
        return faults
    said = {(one["line"], one["column"]) for one in check_policy(policy) if "never" in one["reason"]}
    return [one for one in faults if one.code not in SAID_BEFORE or (one.line, one.column) not in said]
