"""`python -m evals.papers_process`: makes one report or comparison, puts it where the console looks, and ends.

A process of its own, since statistics take seconds of a core and what they import takes memory: both go with it, and live decisions
come first. In: an `Errand` as JSON on standard input. Out: nothing, or a fault as one line of JSON and exit status 1.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import orjson

from domain.decision import Frozen
from domain.errors import MaitredError
from evals.comparing.papers import keep_comparison
from evals.reports.papers import keep_report
from evals.running.folder import RunFolder, runs_of

POLITENESS = 10
"""Added to the process's niceness."""
LIMIT_S = 120
"""After which it ends, whether or not anybody still waits for it."""


class Errand(Frozen):
    """What to make: the report of `run`, or the comparison of `before` and `after`."""

    home: str
    run: str = ""
    before: str = ""
    after: str = ""
    shared: bool = False


def make(errand: Errand) -> None:
    """Make it. Raises NotFound and InvalidInput."""
    home = Path(errand.home)
    if errand.run:
        keep_report(RunFolder(runs_of(home) / errand.run), own=False)
    else:
        keep_comparison(home, errand.before, errand.after, shared=errand.shared)


def main() -> None:
    """One errand."""
    os.nice(POLITENESS)
    signal.alarm(LIMIT_S)
    try:
        make(Errand.model_validate_json(sys.stdin.buffer.read()))
    except MaitredError as error:
        sys.stdout.buffer.write(orjson.dumps({"code": error.code, "message": error.message}) + b"\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
