"""Accepted candidates as a versioned dataset: cases, a data card and a suite, in a folder that is never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from domain.canonical import canonical_json
from domain.errors import InvalidInput
from domain.eval_candidate import Candidate, CandidateStatus
from domain.facts import Mode
from evals import datasets
from evals.case import EvalCase
from evals.production.near_duplicates import groups, near_duplicates, texts_of

CASES, CARD, MANIFEST, SUITE = "cases.jsonl", "CARD.md", "dataset.json", "rulings.py"
LICENCE = "LicenseRef-proprietary"
SUITE_TEXT = '''"""The rulings of this folder as a suite: `maitred eval run` takes the path of this file."""

from pathlib import Path

from evals.production.ruling_suite import ruling_suite

SUITE = ruling_suite(Path(__file__).parent)
'''


@dataclass(frozen=True)
class Dataset:
    """What a version is made of."""

    version: str
    cases: tuple[EvalCase, ...]
    candidates: tuple[Candidate, ...]

    @property
    def digest(self) -> str:
        """Digest over the digests of its cases."""
        return datasets.digest(self.cases)


def dataset_of(version: str, candidates: Sequence[Candidate], licence: str = LICENCE) -> Dataset:
    """The accepted candidates as cases, by id. Raises InvalidInput when there are none, or for a version that makes no folder's name."""
    if not version or not all(one.isalnum() or one in ".-_" for one in version) or version.startswith("."):
        raise InvalidInput(f"A version is named by letters, digits, dots and dashes, such as 2026.11; {version!r} is not.")
    accepted = sorted((one for one in candidates if one.status is CandidateStatus.ACCEPTED), key=lambda one: one.id)
    if not accepted:
        raise InvalidInput("No candidate is accepted, so there is nothing to export: `maitred eval candidates accept` does that.")
    group = groups(near_duplicates({one.id: texts_of(one) for one in accepted}))
    return Dataset(version, tuple(case_of(one, group[one.id], licence) for one in accepted), tuple(accepted))


def case_of(candidate: Candidate, group: str = "", licence: str = LICENCE) -> EvalCase:
    """A candidate as a case, with what its label says laid over the ruling."""
    label = candidate.label
    gold = {**candidate.gold, **(label.gold if label else {})}
    return EvalCase(
        id=candidate.id,
        source=f"ruling:{candidate.ruled_at:%Y-%m}",
        licence=licence,
        slices={**candidate.slices, **(label.slices if label else {})},
        input=candidate.input,
        gold={**gold, "why": candidate.why},
        dangerous=(label.dangerous if label else "") or _danger(candidate.input.get("proposal"), gold),
        group=group or candidate.id,
    )


def write(dataset: Dataset, folder: Path, card: str) -> Path:
    """Write a version into `folder/<version>`. The same version again changes nothing; another content under its name is refused.

    Raises InvalidInput.
    """
    place = folder / dataset.version
    if (place / MANIFEST).exists():
        known = orjson.loads((place / MANIFEST).read_bytes())
        if known["digest"] != dataset.digest:
            raise InvalidInput(
                f"{place} holds another version {dataset.version}: what was exported is never changed. Choose a new version."
            )
        return place
    files = {
        CASES: b"".join(canonical_json(one.model_dump(mode="json")) + b"\n" for one in dataset.cases),
        CARD: card.encode(),
        SUITE: SUITE_TEXT.encode(),
        MANIFEST: canonical_json({"version": dataset.version, "digest": dataset.digest, "cases": len(dataset.cases)}) + b"\n",
    }
    try:
        place.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():  # the manifest last: a folder without one is no version
            fresh = place / f".{name}.part"
            fresh.write_bytes(content)
            fresh.replace(place / name)
    except OSError as error:
        raise InvalidInput(f"Cannot write to {place}: {error.strerror}.") from error
    return place


def read(folder: Path) -> tuple[EvalCase, ...]:
    """The cases of a version's folder; of a folder of versions, those of the newest. Raises InvalidInput."""
    place = folder if (folder / CASES).exists() else newest(folder)
    if place is None:
        raise InvalidInput(f"{folder} holds no exported rulings; `maitred eval candidates export --to {folder}` makes them.")
    return tuple(datasets.read(place / CASES))


def newest(folder: Path, before: str | None = None) -> Path | None:
    """The version's folder that comes last by name, before another one when asked."""
    found = [one.parent for one in folder.glob(f"*/{MANIFEST}") if before is None or _order(one.parent.name) < _order(before)]
    return max(found, key=lambda one: _order(one.name), default=None)


def _order(name: str) -> tuple[tuple[int, int, str], ...]:
    """Numbers of a name by their size: 2026.9 comes before 2026.11."""
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in name.replace("-", ".").split("."))


def _danger(proposal: dict[str, Any] | None, gold: dict[str, Any]) -> str:
    if gold.get("mode") == Mode.AI or proposal is None or proposal.get("mode") != Mode.AI:
        return ""
    return "an AI alone answers what a lead gave to a person"
