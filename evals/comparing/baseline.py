"""The accepted state of the suites in one file that is committed: what each case came to, in figures and without texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
from pydantic import Field, ValidationError

from domain.decision import Frozen
from domain.errors import InvalidInput, NotFound, SetupFailed
from evals.comparing.side import Outcome, Provenance, Side

FORMAT = 1
FOLDER = Path("evals/baselines")
MOST_BYTES = 1_000_000
EMBEDDED = "embedded"
LABEL = "baseline"


class Kept(Frozen):
    """One suite as it was accepted."""

    made: Provenance
    place: str = Field(default="", description="The file of a suite of the user's own, as it was named; empty for one of ours.")
    n: int | None = Field(default=None, description="How many cases were asked for; None: all.")
    overlaps: tuple[str, ...] = Field(default=(), description="Cases that stood nearly alike among the learnt texts already, by id.")
    outcomes: dict[str, Outcome]

    @property
    def dangerous(self) -> tuple[str, ...]:
        """Cases whose dangerous error is made, by id."""
        return tuple(case_id for case_id, one in self.outcomes.items() if one.dangerous)

    def side(self) -> Side:
        """As one side of a comparison, which takes slices, groups and metrics from the other."""
        return Side(made=self.made.model_copy(update={"label": LABEL}), metrics=(), outcomes=self.outcomes)


class Baseline(Frozen):
    """Suites that were accepted, each at its time; `reason` is the last one's."""

    model: str
    accepted_at: str = Field(description="RFC 3339.")
    reason: str
    suites: dict[str, Kept]


def path_for(model: str | None) -> Path:
    """Where the baseline of a model is committed."""
    return FOLDER / f"{re.sub(r'[^a-z0-9.]+', '-', (model or EMBEDDED).lower()).strip('-')}.json"


def read(path: Path) -> Baseline:
    """The baseline of a file. Raises NotFound when there is none, InvalidInput when it cannot be used."""
    try:
        text = path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound(f'There is no baseline {path}. Make one: maitred eval gate --accept --reason "first baseline".') from error
    except OSError as error:
        raise SetupFailed(f"Cannot read {path}: {error.strerror}.") from error
    again = "Take it from version control again, or delete it and accept a new one: maitred eval gate --accept --reason …"
    try:
        plain = orjson.loads(text)
        found = plain.pop("format", None)
        if found != FORMAT:
            raise InvalidInput(f"{path} has format {found}; this version of maitred reads format {FORMAT}. {again}")
        plain["suites"] = {name: _unfolded(one) for name, one in plain["suites"].items()}
        return Baseline.model_validate(plain)
    except (orjson.JSONDecodeError, ValidationError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise InvalidInput(f"{path} is no baseline, or a damaged one. {again}") from error


def write(path: Path, baseline: Baseline) -> int:
    """Write a baseline, a case a line so that a change of it can be read; the size in bytes. Raises InvalidInput past 1 MB."""
    text = b"\n".join(_lines(baseline)) + b"\n"
    if len(text) > MOST_BYTES:
        raise InvalidInput(
            f"The baseline would have {len(text):,} bytes, which is too much for a file that is committed (at most {MOST_BYTES:,}). "
            "Accept fewer cases of each suite with --n, or fewer suites with --suite."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".making")
        fresh.write_bytes(text)
        fresh.replace(path)
    except OSError as error:
        raise SetupFailed(f"Cannot write {path}: {error.strerror}.") from error
    return len(text)


def _lines(baseline: Baseline) -> Iterator[bytes]:
    head = {"format": FORMAT, "model": baseline.model, "accepted_at": baseline.accepted_at, "reason": baseline.reason}
    yield orjson.dumps(head)[:-1] + b',"suites":{'
    for number, (name, kept) in enumerate(sorted(baseline.suites.items()), 1):
        metrics = sorted({metric for one in kept.outcomes.values() for metric in one.values})
        about = {"made": kept.made.model_dump(), "place": kept.place, "n": kept.n, "overlaps": kept.overlaps, "metrics": metrics}
        yield orjson.dumps(name) + b":" + orjson.dumps(about)[:-1] + b',"cases":{'
        cases = [orjson.dumps(case_id) + b":" + orjson.dumps(_folded(one, metrics)) for case_id, one in sorted(kept.outcomes.items())]
        yield b",\n".join(cases)
        yield b"}}," if number < len(baseline.suites) else b"}}"
    yield b"}}"


def _folded(outcome: Outcome, metrics: list[str]) -> list[Any]:
    """Digest, whether the dangerous error was made, and a value for each metric; None where it does not apply."""
    return [outcome.digest, int(outcome.dangerous), *(_short(outcome.values.get(name)) for name in metrics)]


def _short(value: float | None) -> float | int | None:
    return int(value) if value is not None and value.is_integer() and abs(value) < 2**53 else value


def _unfolded(plain: Mapping[str, Any]) -> dict[str, Any]:
    outcomes: dict[str, Any] = {}
    for case_id, (digest, dangerous, *values) in plain["cases"].items():
        known = {name: float(value) for name, value in zip(plain["metrics"], values, strict=True) if value is not None}
        outcomes[case_id] = {"digest": digest, "slices": {}, "unit": case_id, "values": known, "dangerous": bool(dangerous)}
    return {**{name: value for name, value in plain.items() if name not in {"cases", "metrics"}}, "outcomes": outcomes}
