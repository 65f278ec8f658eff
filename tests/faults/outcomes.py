"""What the fault tests found, in a file that `make faults` makes its table of. Outside of it nothing is kept."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson

VARIABLE = "MAITRED_FAULTS_REPORT"


@dataclass(frozen=True)
class FaultRow:
    """One line of the table."""

    fault: str
    tries: int
    lost: int = 0
    twice: int = 0
    recoveries_s: Sequence[float] = field(default_factory=tuple[float, ...])


def keep(outcome: FaultRow) -> None:
    """Add a line to the report, if one is being made."""
    if path := os.environ.get(VARIABLE):
        with Path(path).open("ab") as report:
            report.write(orjson.dumps(asdict(outcome), option=orjson.OPT_APPEND_NEWLINE))


def kept(path: Path) -> list[FaultRow]:
    """The lines of a report; those of the same fault made one."""
    found: dict[str, FaultRow] = {}
    for line in path.read_bytes().splitlines():
        new = FaultRow(**orjson.loads(line))
        before = found.get(new.fault, FaultRow(new.fault, 0))
        found[new.fault] = FaultRow(
            new.fault,
            before.tries + new.tries,
            before.lost + new.lost,
            before.twice + new.twice,
            [*before.recoveries_s, *new.recoveries_s],
        )
    return list(found.values())


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
