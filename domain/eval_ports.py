"""The seams of what the service shows of evals: runs in folders, their history, and who makes what is not there yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from domain.eval_candidate import Deidentifier
from domain.eval_comparison import RunComparison
from domain.eval_history import PastResult, PastRun
from domain.eval_report import FailedCase, RunLine, RunReport


class KeptRuns(Protocol):
    """Runs of this home, with what was made of them."""

    async def lines(self) -> list[RunLine]:
        """The newest runs, newest first."""
        ...

    async def line(self, run_id: str) -> RunLine | None:
        """One run."""
        ...

    async def report(self, run_id: str) -> RunReport | None:
        """The report of a run; None when there is none that this release reads."""
        ...

    async def failed(self, run_id: str, first: int, count: int) -> Sequence[FailedCase]:
        """Some of the cases that failed, gravest first, from the place `first` on."""
        ...

    async def comparison(self, before: str, after: str, shared: bool) -> RunComparison | None:
        """Two runs side by side, if somebody compared them before."""
        ...


class RunHistory(Protocol):
    """Runs that were kept in the database, from whichever machine."""

    async def runs(self, suite: str | None, limit: int) -> list[PastRun]:
        """Newest first."""
        ...

    async def get(self, run_id: str) -> PastRun | None:
        """One run."""
        ...

    async def results(self, run_id: str) -> list[PastResult]:
        """What was judged in a run, by case and repeat."""
        ...


class EvalOffice(Protocol):
    """Makes what the console shows of runs, and knows what is personal. The one who knows suites and statistics stands behind it."""

    @property
    def deidentifier(self) -> Deidentifier:
        """For candidate cases."""
        ...

    async def make_report(self, run_id: str) -> None:
        """The report of a finished run. Raises NotFound, InvalidInput and TooBusy."""
        ...

    async def make_comparison(self, before: str, after: str, shared: bool) -> None:
        """Two runs side by side, on the cases that both have if `shared`. Raises InvalidInput for runs that cannot be compared."""
        ...
