"""The gate before a change goes in: every suite of the baseline is run, and held against what was accepted."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import Field

from domain.decision import Frozen
from domain.errors import Conflict, InvalidInput, NotFound
from domain.eval_report import GateNote
from evals import catalog
from evals.comparing import baseline as baselines
from evals.comparing.baseline import EMBEDDED, Baseline, Kept
from evals.comparing.leaks import Learnt, leaks, learnt_texts
from evals.comparing.side import side_of
from evals.comparing.verdict import Finding, SuiteVerdict, gone, hard_misses, verdict_on
from evals.running.folder import Run, load
from evals.running.progress import Quiet, Watcher
from evals.running.runner import askable, cases_of, run
from evals.running.spec import RunSpec
from evals.suite import Suite
from stores.eval_folders import EvalFolders


@dataclass(frozen=True)
class Plan:
    """What is run, and what it is held against."""

    spec: RunSpec
    baseline: Path
    suites: tuple[str, ...] = ()
    """Empty: every suite of the baseline; to accept one, every suite that there is, and those of the baseline."""
    gone: tuple[str, ...] = ()
    """Suites that leave the baseline when one is accepted: nothing else makes one leave."""


class GateReport(Frozen):
    """What the gate found."""

    model: str
    baseline: str = Field(description="The file.")
    accepted_at: str
    suites: tuple[SuiteVerdict, ...]
    runs: dict[str, str] = Field(description="Suite to the id of its run.")
    notes: tuple[str, ...] = Field(description="What concerns no suite of the baseline.")

    @property
    def passed(self) -> bool:
        """Whether the change may go in. Where nothing was held against the baseline, nobody knows."""
        return bool(self.suites) and all(one.passed for one in self.suites)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything against it."""
        return tuple(finding for one in self.suites for finding in one.findings)


@dataclass(frozen=True)
class Accepted:
    """A baseline that was written."""

    path: Path
    size: int
    baseline: Baseline
    suites: tuple[str, ...]
    left_out: tuple[str, ...]
    """Suites that have nothing to ask here and were never accepted, each with the reason."""


def gate_all(plan: Plan, watcher: Watcher | None = None) -> GateReport:
    """Run the suites and judge them. Raises NotFound without a baseline, and whatever a run raises."""
    accepted, known = baselines.read(plan.baseline), catalog.names()
    learnt = learnt_texts(plan.spec.model, plan.spec.prompts)
    verdicts: list[SuiteVerdict] = []
    runs: dict[str, str] = {}
    for name in plan.suites or tuple(kept.place or name for name, kept in sorted(accepted.suites.items())):
        if name in accepted.suites and _module(name) not in known:
            verdicts.append(gone(name))
            continue
        suite = catalog.find(name)
        kept = accepted.suites.get(suite.name)
        spec = _as_accepted(plan.spec, kept) if kept else plan.spec
        made = _made(suite, name, spec, watcher)
        runs[suite.name] = made.manifest.id
        verdicts.append(verdict_on(made, kept, leaks(cases_of(suite, spec), learnt)))
        _note(plan, made.manifest.id, verdicts[-1], accepted.accepted_at)
    return GateReport(
        model=plan.spec.model or EMBEDDED,
        baseline=str(plan.baseline),
        accepted_at=accepted.accepted_at,
        suites=tuple(verdicts),
        runs=runs,
        notes=() if plan.suites else tuple(_missing(accepted, known)),
    )


def accept_all(plan: Plan, reason: str, watcher: Watcher | None = None) -> Accepted:
    """Run the suites and write down what they come to. Raises Conflict when a hard metric is missed or a run stops before its end.

    Then nothing is written, nor when InvalidInput says that a suite which was accepted before would leave the baseline unnamed. Of all
    suites, one that has nothing to ask here and was never accepted is left out with its reason.
    """
    if not reason.strip():
        raise InvalidInput('Say why, for those who come after you: maitred eval gate --accept --reason "…"')
    before = _before(plan)
    names, left_out = _named(plan) if plan.suites else _all(plan, before)
    learnt = learnt_texts(plan.spec.model, plan.spec.prompts)
    kept: dict[str, Kept] = {}
    misses: list[Finding] = []
    for name in names:
        found, missed = _to_keep(name, plan.spec, learnt, watcher)
        kept[found.made.suite] = found
        misses += missed
    if misses:
        told = " ".join(f"{one.suite}: {one.sentence} ({', '.join(case.case_id for case in one.cases[:5])})" for one in misses)
        raise Conflict(f"This cannot be accepted, and the baseline stays as it is. {told}")
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    others = {name: one for name, one in before.items() if name not in plan.gone}
    accepted = Baseline(model=plan.spec.model or EMBEDDED, accepted_at=now, reason=reason.strip(), suites={**others, **kept})
    return Accepted(plan.baseline, baselines.write(plan.baseline, accepted), accepted, tuple(kept), tuple(left_out))


def _named(plan: Plan) -> tuple[list[str], list[str]]:
    """The suites that were asked for, each of which has to have something to ask; none is left out."""
    found, silent = askable(plan.suites, plan.spec)
    for error in silent.values():
        raise error
    return list(found), []


def _all(plan: Plan, before: Mapping[str, Kept]) -> tuple[list[str], list[str]]:
    """Every suite that there is or was accepted, by name or file, and what is left out. Raises InvalidInput before one drops out."""
    accepted = {name: kept.place or name for name, kept in before.items() if name not in plan.gone}
    for name, place in accepted.items():
        try:
            called = catalog.find(place).name
        except InvalidInput as error:
            raise _dropping(name, error.message) from error
        if called != name:
            raise _dropping(name, f"Its file holds one that is named {called}.")
    gone = {_module(name) for name in plan.gone}
    wanted = {name: name for name in catalog.names() if name not in gone} | {_module(name): place for name, place in accepted.items()}
    found, silent = askable(tuple(wanted.values()), plan.spec)
    for name, place in accepted.items():
        if place in silent:
            raise _dropping(name, silent[place].message)
    left_out = [f"{name}: {error.message}" for name, error in silent.items()]
    if not found:
        raise InvalidInput(" ".join(("No suite has anything to ask, so there is nothing to accept.", *left_out)))
    return list(found), left_out


def _dropping(name: str, why: str) -> InvalidInput:
    return InvalidInput(f"{name} was accepted before and would leave the baseline. {why} If that is meant, name it: --gone {name}")


def _note(plan: Plan, run_id: str, verdict: SuiteVerdict, accepted_at: str) -> None:
    """What was said of a run lies beside it; where that cannot be written, the gate says it all the same."""
    told = tuple(f"{one.fault}: {one.sentence}" for one in verdict.findings)
    with contextlib.suppress(OSError):
        EvalFolders(plan.spec.home).write_gate(
            run_id, GateNote(passed=verdict.passed, baseline=str(plan.baseline), accepted_at=accepted_at, findings=told)
        )


def _to_keep(name: str, spec: RunSpec, learnt: Sequence[Learnt], watcher: Watcher | None) -> tuple[Kept, list[Finding]]:
    """A suite as it would be accepted, and the hard misses that forbid it."""
    suite = catalog.find(name)
    made = _made(suite, name, spec, watcher)
    side = side_of(made)
    overlaps = tuple(one.case_id for one in leaks(cases_of(suite, spec), learnt))
    place = name if name.endswith(".py") else ""
    return Kept(made=side.made, place=place, n=spec.n, overlaps=overlaps, outcomes=side.outcomes), list(hard_misses(made, side))


def _made(suite: Suite, name: str, spec: RunSpec, watcher: Watcher | None) -> Run:
    folder = run(name if name.endswith(".py") else suite, spec, watcher or Quiet())
    if not folder.complete:
        raise Conflict(
            f"The run of {suite.name} stopped before its end, so nothing can be said. Give it more with --max-cost or --max-tokens; "
            "what was answered is in the cache."
        )
    return load(folder.path)


def _as_accepted(spec: RunSpec, kept: Kept) -> RunSpec:
    """The same cases as the baseline's: chosen by its seed, and so many of them unless fewer are asked for."""
    return spec.model_copy(update={"seed": kept.made.seed, "n": spec.n or kept.n})


def _before(plan: Plan) -> dict[str, Kept]:
    """What was accepted before. Raises InvalidInput when a suite is named as gone that is not there."""
    try:
        before = baselines.read(plan.baseline).suites
    except NotFound:
        before = dict[str, Kept]()
    for name in plan.gone:
        if name not in before:
            raise InvalidInput(f"{name} is not in the baseline, so it cannot leave it; there are {', '.join(sorted(before)) or 'none'}.")
    return before


def _missing(accepted: Baseline, known: Sequence[str]) -> Iterator[str]:
    modules = {_module(name) for name in accepted.suites}
    for name in known:
        if name not in modules:
            yield f'{name} is not in the baseline: maitred eval gate --accept --suite {name} --reason "…"'


def _module(name: str) -> str:
    return name.replace("-", "_")
