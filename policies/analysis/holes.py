"""Cases for which guards leave nothing: each guard is right alone, and together they leave no pool or nobody to answer."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from domain.decision import Envelope, FiredGuard, Verdict
from policies.analysis.logic import Term, conj, neg
from policies.analysis.prover import Answer
from policies.analysis.study import Study, listed
from policies.envelope import narrowed, widest

MOST_SETS = 8
LARGEST_SET = 4


def check_holes(study: Study) -> None:
    """The smallest sets of guards that leave nothing, each with a case."""
    excluded: list[Term] = []
    for _ in range(MOST_SETS):
        found = study.finds(conj((study.ruling.empty, *excluded)), lambda verdict, _f, _p: verdict.envelope.empty)
        if found.answer is Answer.UNKNOWN and not excluded:
            study.not_proved("envelope-never-empty", ("guards",), "That guards never leave a case without anywhere to go")
        if found.example is None:
            return
        verdict = study.policy.evaluate(found.example.facts, found.example.proposal)
        names = _smallest(study, verdict)
        fires = {one.guard.rule.id: one.fires for one in study.ruling.guards}
        excluded.append(neg(conj(fires[name] for name in names)))
        order = [guard.id for guard in study.policy.document.guards]
        last = max(order.index(name) for name in names)
        together = "guard" if len(names) == 1 else "guards"
        what = "nobody to answer" if not _left(study, verdict, names).modes else "no pool"
        leave = f"{together} {listed(names)} {'leaves' if len(names) == 1 else 'together leave'} {what}"
        reason = f"{leave}: such a case ends in the fallback `{verdict.route.pool}`, against what they say"
        study.faults.append(study.finding("envelope-empty", f"guards:{'+'.join(names)}", ("guards", last), reason, found.example))


def check_skills(study: Study) -> None:
    """Skills that no pool has at all; and cases in which no pool that is left has them."""
    known = {skill for pool in study.policy.pools.values() for skill in pool.skills}
    document = study.policy.document
    asked = [(("guards", i), f"guard `{guard.id}`", guard.require_skills) for i, guard in enumerate(document.guards)]
    asked += [(("defaults", i), f"row {i + 1} of `defaults`", row.skills) for i, row in enumerate(document.defaults)]
    missing = False
    for path, subject, skills in asked:
        for skill in skills:
            if skill not in known:
                missing = True
                reason = f"{subject} asks for the skill `{skill}`, which no pool has"
                study.faults.append(study.finding("skill-unknown", f"skill:{skill}", path, reason))
    if missing or not study.ruling.skills:
        return
    found = study.finds(conj((study.ruling.unskilled, neg(study.ruling.empty))), lambda verdict, _f, _p: _is_unskilled(study, verdict))
    if found.example is not None:
        verdict = study.policy.evaluate(found.example.facts, found.example.proposal)
        skills = ", ".join(verdict.envelope.required_skills)
        reason = f"for some cases no pool that is left has all the skills asked for ({skills}): a lead is asked each time"
        study.notes.append(study.finding("skills-nobody-has", "skills", ("guards",), reason, found.example))


def _is_unskilled(study: Study, verdict: Verdict) -> bool:
    needed = set(verdict.envelope.required_skills)
    return bool(needed) and not any(needed <= set(study.policy.pools[name].skills) for name in verdict.envelope.pools)


def _smallest(study: Study, verdict: Verdict) -> list[str]:
    """The fewest of the guards that fired whose effects alone leave nothing."""
    narrowing = [guard for guard in verdict.guards if guard.effect.modes is not None or guard.effect.pools is not None]
    for size in range(1, min(LARGEST_SET, len(narrowing)) + 1):
        for some in combinations(narrowing, size):
            if _after(study, some).empty:
                return [guard.id for guard in some]
    kept = list(narrowing)
    for guard in narrowing:
        fewer = [one for one in kept if one is not guard]
        if _after(study, fewer).empty:
            kept = fewer
    return [guard.id for guard in kept]


def _left(study: Study, verdict: Verdict, names: list[str]) -> Envelope:
    return _after(study, [guard for guard in verdict.guards if guard.id in names])


def _after(study: Study, guards: Iterable[FiredGuard]) -> Envelope:
    return narrowed(widest(study.policy.pools), [guard.effect for guard in guards])
