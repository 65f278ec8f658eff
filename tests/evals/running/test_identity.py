"""An answer in the cache is known by the code that could have made it another one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from evals.running.identity import ALONE, ANSWERING, ROOT


def imported_by(file: Path) -> Iterator[Path]:
    """The files of ours that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
        for name in names:
            place = ROOT.joinpath(*name.split("."))
            yield from (one for one in (place.with_suffix(".py"), place / "__init__.py") if one.is_file())


def reached_from(folder: Path) -> set[Path]:
    """The files of a folder, with everything of ours that they import, and that which these import."""
    open_ones = list(folder.glob("*.py"))
    reached = set(open_ones)
    while open_ones:
        fresh = set(imported_by(open_ones.pop())) - reached
        reached |= fresh
        open_ones += fresh
    return reached


def test_whatever_the_house_imports_makes_its_answers_other_ones() -> None:
    reached = {file.relative_to(ROOT).as_posix() for file in reached_from(ROOT / "evals" / "house")}
    assert {"desk/reviews.py", "graphs/routing.py"} <= reached
    assert [name for name in sorted(reached) if name not in ALONE and not name.startswith(tuple(f"{one}/" for one in ANSWERING))] == []


def test_every_file_that_stands_alone_is_there() -> None:
    assert [name for name in ALONE if not (ROOT / name).is_file()] == []
