"""The history of evals in Postgres: runs with their figures, and what was judged of each case. Both only grow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from domain.errors import Conflict
from domain.eval_history import Figure, PastResult, PastRun

if TYPE_CHECKING:
    from stores.postgres import Database

AT_ONCE = 500
"""Results that one statement adds: each statement stays within the pool's patience, however large a run was."""
RUN = ", ".join(PastRun.model_fields)
ADD_RUN = f"""
insert into eval_runs ({RUN}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
on conflict (id) do nothing returning id
"""  # noqa: S608 - built from the constants above only
KEPT = "select results_digest from eval_runs where id = $1"
ADD_RESULTS = """
insert into eval_results (run_id, case_id, repeat, case_digest, slices, "group", passed, dangerous, judgement, error)
select $1, r.* from jsonb_to_recordset($2) r(
    case_id text, repeat integer, case_digest text, slices jsonb, "group" text, passed boolean, dangerous boolean, judgement jsonb,
    error text
)
"""
GET = f"select {RUN} from eval_runs where id = $1"  # noqa: S608 - built from the constants above only
LIST = f"""
select {RUN} from eval_runs where $1::text is null or suite = $1 order by began_at desc, id desc limit $2
"""  # noqa: S608 - built from the constants above only
RESULTS = """
select case_id, repeat, case_digest, slices, "group", passed, dangerous, judgement, error
from eval_results where run_id = $1 order by case_id collate "C", repeat
"""


class PgEvalHistory:
    """Finished runs of evals."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, run: PastRun, results: Sequence[PastResult]) -> bool:
        """Keep a run, all of it or nothing; False when it is kept already. Raises Conflict when another run is kept under its id."""
        async with self._database.connection() as connection, connection.transaction():
            if not await connection.fetchval(ADD_RUN, *run.model_dump().values()):
                if await connection.fetchval(KEPT, run.id) != run.results_digest:
                    raise Conflict(f"Another run is kept as {run.id}: a run is never changed. Run the suite again and keep that.")
                return False
            for first in range(0, len(results), AT_ONCE):
                rows = [one.model_dump(mode="json") for one in results[first : first + AT_ONCE]]
                await connection.execute(ADD_RESULTS, run.id, rows)
        return True

    async def get(self, run_id: str) -> PastRun | None:
        """A run; None when none is kept under that id."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(GET, run_id)
        return _run(row) if row else None

    async def runs(self, suite: str | None, limit: int) -> list[PastRun]:
        """Runs of a suite, or of all, newest first."""
        async with self._database.connection() as connection:
            return [_run(row) for row in await connection.fetch(LIST, suite, limit)]

    async def results(self, run_id: str) -> list[PastResult]:
        """What was judged in a run, by case and repeat."""
        async with self._database.connection() as connection:
            return [PastResult.model_validate(dict(row)) for row in await connection.fetch(RESULTS, run_id)]


def _run(row: Any) -> PastRun:
    figures = {name: Figure.model_validate(one) for name, one in row["figures"].items()}
    return PastRun.model_validate({**dict(row), "figures": figures})
