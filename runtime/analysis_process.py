"""`python -m runtime.analysis_process`: examines one policy text and ends. Provers need much memory, which goes with the process.

In: an `Errand` in MessagePack on standard input. Out: two lines of JSON, the plain checks first, so they count if a prover is stopped.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import ormsgpack

from domain.canonical import digest_of
from domain.errors import PolicyInvalid
from domain.examination import Examination, Remark
from policies.checks import check_policy
from policies.comparison.behaviour import strategic_effects
from policies.comparison.recorded import case_of
from policies.comparison.sampling import sample_cases
from policies.engine import CompiledPolicy, compile_policy

MEMORY_LIMIT = 4 * 1024**3
GRACE_S = 5
"""A process whose worker died ends itself so many seconds after the worker would have ended it."""
POLITENESS = 10
"""Added to the process's niceness: live decisions come first."""


@dataclass(frozen=True)
class Errand:
    """What is to be examined, beside which text, over which recorded decisions (id, record), and how long a prover may try."""

    text: str
    base: str | None
    decisions: tuple[tuple[str, bytes], ...]
    patience_s: float
    limit_s: float


def plainly_checked(policy: CompiledPolicy) -> tuple[Remark, ...]:
    """The faults that are found without a prover."""
    return tuple(_remark(fault) for fault in check_policy(policy))


def examined(policy: CompiledPolicy, errand: Errand, plain: tuple[Remark, ...]) -> Examination:
    """What the provers find besides, and what changes for the most valuable clients."""
    base = compile_policy(errand.base) if errand.base is not None else None
    analyse: Any = import_module("policies.analysis").analyse
    found = analyse(policy, base=base, patience_s=errand.patience_s)
    return Examination(
        faults=_together(plain, _remarks(found.faults)),
        unproved=_remarks(found.unproved),
        notes=_remarks(found.notes),
        widenings=_remarks(found.widenings),
        narrowings=_remarks(found.narrowings),
        strategic=tuple(_strategic(base, policy, errand.decisions)) if base is not None else (),
    )


def _strategic(base: CompiledPolicy, policy: CompiledPolicy, decisions: tuple[tuple[str, bytes], ...]) -> list[str]:
    recorded = (case for row in decisions if (case := case_of(*row)) is not None)
    return strategic_effects(base, policy, [*sample_cases(base, policy), *recorded])


def _together(*found: tuple[Remark, ...]) -> tuple[Remark, ...]:
    """Each fault once, in the order of the lines."""
    once = {(one.line, one.column, one.reason): one for some in found for one in some}
    return tuple(sorted(once.values(), key=lambda one: (one.line, one.column)))


def _remarks(findings: Any) -> tuple[Remark, ...]:
    return tuple(_remark(finding.model_dump(mode="json")) for finding in findings)


def _remark(found: dict[str, Any]) -> Remark:
    code, reason = found.get("code", "check"), found["reason"]
    identifier = found.get("id") or f"{code}-{digest_of([code, reason]).removeprefix('sha256:')[:8]}"
    return Remark(id=identifier, code=code, line=found["line"], column=found["column"], reason=reason, example=found.get("example"))


def main() -> None:
    """Read the errand, do it, and say what was found."""
    os.nice(POLITENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    errand = Errand(**ormsgpack.unpackb(sys.stdin.buffer.read()))
    signal.alarm(int(errand.limit_s) + GRACE_S)
    try:
        policy = compile_policy(errand.text)
    except PolicyInvalid as error:
        print(Examination(faults=tuple(_remark(fault) for fault in error.faults)).model_dump_json(), flush=True)
        return
    plain = plainly_checked(policy)
    print(Examination(faults=plain).model_dump_json(), flush=True)
    print(examined(policy, errand, plain).model_dump_json(), flush=True)


if __name__ == "__main__":
    main()
