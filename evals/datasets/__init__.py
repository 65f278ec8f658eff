"""Data files of cases: JSONL (an object a line) or YAML (a list), with every fault named by file and line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import orjson
from pydantic import ValidationError

from domain import canonical
from domain.errors import InvalidInput
from evals.case import EvalCase
from policies.language.markup import place_of, read_markup

HERE = Path(__file__).parent
ENDINGS = (".jsonl", ".yaml", ".yml")
MOST_TOLD = 20


class DataFault(InvalidInput):
    """A data file that cannot be used; `errors` lists (file:line, sentence)."""


def read(path: Path | str) -> list[EvalCase]:
    """The cases of a file, in its order. A bare name, such as `routing`, is one of this folder's.

    Raises DataFault: a sentence for every fault, each with file and line, and no case at all.
    """
    file = _file(path)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else f"is no UTF-8 ({error})"
        raise DataFault(f"Cannot read {file}: {reason}.") from error
    cases, faults = list[EvalCase](), list[tuple[str, str]]()
    first: dict[str, int] = {}
    for line, plain in _lines(text) if file.suffix == ".jsonl" else _items(text):
        found, wrong = (None, [plain]) if isinstance(plain, str) else _case(plain)
        if found is not None and (earlier := first.setdefault(found.id, line)) != line:
            wrong = [f"the id {found.id} stands in line {earlier} already; ids are given once"]
        faults += [(f"{file}:{line}", fault) for fault in wrong]
        cases += [found] if found is not None else []
    if not cases and not faults:
        faults = [(f"{file}:1", "holds no case")]
    if faults:
        told = "\n".join(f"{place}: {fault}" for place, fault in faults[:MOST_TOLD])
        more = f"\nand {len(faults) - MOST_TOLD} more" if len(faults) > MOST_TOLD else ""
        raise DataFault(f"{told}{more}", faults)
    return cases


def digest(cases: Sequence[EvalCase]) -> str:
    """Digest over the digests of the cases, in order."""
    return canonical.digest("\n".join(case.digest for case in cases).encode())


def _file(path: Path | str) -> Path:
    if isinstance(path, Path) or "/" in path or path.endswith(ENDINGS):
        file = Path(path)
        if file.suffix not in ENDINGS:
            raise DataFault(f"{file} is no data file: its name has to end in {', '.join(ENDINGS)}.")
        return file
    found = [HERE / f"{path}{ending}" for ending in ENDINGS if (HERE / f"{path}{ending}").exists()]
    if not found:
        raise DataFault(f"There is no data file {path}.jsonl or {path}.yaml in {HERE}.")
    return found[0]


def _lines(text: str) -> Iterator[tuple[int, Any]]:
    """Line and object; a sentence in place of one that is no object. Lines are ended by \\n alone, as JSON writers do."""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            plain = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            yield number, f"is no JSON: {error}"
            continue
        yield number, plain if isinstance(plain, dict) else "must be an object"


def _items(text: str) -> Iterator[tuple[int, Any]]:
    """Line and object of each item of a YAML list; a sentence in place of one that is none."""
    root, places, faults = read_markup(text)
    for fault in faults:
        yield fault["line"], fault["reason"]
    if faults or root is None:
        return
    if not isinstance(root, list):
        yield 1, "must be a list of cases, each beginning with `- id:`"
        return
    for number, plain in enumerate(cast("list[Any]", root)):
        yield place_of(places, number)[0], plain if isinstance(plain, dict) else "must be an object"


def _case(plain: dict[str, Any]) -> tuple[EvalCase | None, list[str]]:
    try:
        return EvalCase.model_validate(plain), []
    except ValidationError as error:
        return None, [f"{'.'.join(map(str, fault['loc']))}: {_said(cast('dict[str, Any]', fault))}" for fault in error.errors()]


def _said(fault: dict[str, Any]) -> str:
    known = {"missing": "is missing", "extra_forbidden": "is no field of a case"}
    return known.get(fault["type"]) or str(fault["msg"])
