"""Finished runs in their order: from the folders of this home and, where a database is named, from Postgres as well."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from pydantic import Field

from domain.canonical import digest_of
from domain.decision import Frozen
from domain.errors import InvalidInput, MaitredError
from domain.eval_history import Figure, PastResult, PastRun
from evals.comparing.compare import differences
from evals.comparing.side import PASSED, Provenance, provenance_of
from evals.running.folder import MANIFEST, RunFolder, load, runs_of
from evals.statistics.slices import Observed, figure_of
from evals.statistics.summary import Judged, observations, unit_of
from stores.evals import PgEvalHistory
from stores.postgres import Database
from stores.schema import migrate

PATIENCE_S = 5.0
CONNECTIONS = 2
FOLDER, POSTGRES = "folder", "postgres"


class Entry(Frozen):
    """A run in the history."""

    run: PastRun
    changed: tuple[str, ...] = Field(description="What is different from the run of this suite before it; empty for the first one.")
    kept: tuple[str, ...] = Field(description="Where it is kept: `folder`, `postgres`.")


async def push(run: Judged, database_url: str) -> bool:
    """Keep a finished run in Postgres; False when it is kept there already. Raises Conflict, StoreUnavailable and SetupFailed."""
    async with _history(database_url) as history:
        return await history.put(past_run(run), past_results(run))


async def push_if_possible(run: Judged, database_url: str) -> str:
    """The same at the end of a run: a database that is away costs the run nothing. Why it was not kept, or empty."""
    try:
        await push(run, database_url)
    except Exception as error:  # whatever a database does: the run is over, and lies in its folder
        reason = error.message if isinstance(error, MaitredError) else f"{type(error).__name__}."
        return f"The run is in its folder, and was not kept in Postgres: {reason} Later: maitred eval history push {run.manifest.id}"
    return ""


async def entries(home: Path, database_url: str | None, suite: str | None, limit: int) -> list[Entry]:
    """The newest runs, newest first. Raises StoreUnavailable and SetupFailed."""
    folders = {folder.id: (folder, made) for folder, made in _finished(home) if suite in (None, made.suite)}
    kept = {run.id: run for run in await _in_postgres(database_url, suite, limit + 1)}
    made = {run_id: one for run_id, (_, one) in folders.items()} | {run.id: _made(run) for run in kept.values()}
    ordered = sorted(made.values(), key=lambda one: (datetime.fromisoformat(one.made_at), one.label), reverse=True)
    found: list[Entry] = []
    for at, one in enumerate(ordered[:limit]):
        run = kept.get(one.label) or past_run(load(folders[one.label][0].path))
        places = ((FOLDER, folders), (POSTGRES, kept))
        held = tuple(name for name, runs in places if one.label in runs)
        found.append(Entry(run=run, changed=_changed(one, ordered[at + 1 :]), kept=held))
    return found


def _finished(home: Path) -> Iterator[tuple[RunFolder, Provenance]]:
    """The finished runs of a home; what is unfinished, or cannot be read any more, is left out."""
    for manifest in runs_of(home).glob(f"*/{MANIFEST}"):
        folder = RunFolder(manifest.parent)
        try:
            if folder.complete:
                yield folder, provenance_of(folder.manifest)
        except InvalidInput:
            continue


async def _in_postgres(database_url: str | None, suite: str | None, limit: int) -> list[PastRun]:
    if not database_url:
        return []
    async with _history(database_url) as history:
        return await history.runs(suite, limit)


def past_run(run: Judged) -> PastRun:
    """A run as it is kept, with its figures. Raises InvalidInput for a run without results."""
    manifest = run.manifest
    if not run.results:
        raise InvalidInput(f"Run {manifest.id} has no results: there is nothing to keep.")
    shared = PastRun.model_fields.keys() & type(manifest).model_fields.keys() - {"began_at"}
    return PastRun(
        **{name: getattr(manifest, name) for name in shared},
        began_at=datetime.fromisoformat(manifest.began_at),
        figures=dict(_figures(run)),
        dangerous=len({one.case_id for one in run.results if one.judgement.dangerous}),
        results=len(run.results),
        results_digest=digest_of([one.model_dump(mode="json") for one in past_results(run)]),
    )


def past_results(run: Judged) -> list[PastResult]:
    """What was judged, without what was said word for word."""
    return [
        PastResult(
            case_id=one.case_id,
            repeat=one.repeat,
            case_digest=one.case_digest,
            slices=one.slices,
            group=one.group,
            passed=one.judgement.passed and not one.error,
            dangerous=one.judgement.dangerous,
            judgement=one.judgement.model_dump(mode="json", exclude_defaults=True),
            error=one.error,
        )
        for one in sorted(run.results, key=lambda one: (one.case_id, one.repeat))
    ]


def _figures(run: Judged) -> Iterator[tuple[str, Figure]]:
    """What passed every rule, and each metric of the suite."""
    passed = [Observed(one.case_id, float(one.judgement.passed and not one.error), unit_of(one), one.slices) for one in run.results]
    for metric, observed in ((PASSED, passed), *((one, observations(one, run.results)) for one in run.manifest.metrics)):
        if observed:
            figure = figure_of(metric, observed)
            yield metric.name, Figure(value=figure.value, low=figure.low, high=figure.high, cases=figure.n)


def _changed(now: Provenance, earlier: Sequence[Provenance]) -> tuple[str, ...]:
    before = next((one for one in earlier if one.suite == now.suite), None)
    if before is None:
        return ()
    rules = f"rules: {before.suite_version} → {now.suite_version}"
    cases = f"cases: {before.cases} → {now.cases}" if before.cases != now.cases else "cases: others"
    return (
        *((rules,) if before.suite_version != now.suite_version else ()),
        *((cases,) if before.dataset_digest != now.dataset_digest else ()),
        *differences(before, now),
    )


def _made(run: PastRun) -> Provenance:
    shared = Provenance.model_fields.keys() & PastRun.model_fields.keys()
    return Provenance(label=run.id, made_at=run.began_at.isoformat(), **{name: getattr(run, name) for name in shared})


@asynccontextmanager
async def _history(database_url: str) -> AsyncGenerator[PgEvalHistory, None]:
    await migrate(database_url)
    database = Database(database_url, connections=CONNECTIONS, patience_s=PATIENCE_S)
    await database.open()
    try:
        yield PgEvalHistory(database)
    finally:
        await database.close()
