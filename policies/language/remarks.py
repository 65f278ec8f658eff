"""Comments and blank lines of a policy text: taken out before it is written anew, and put back where they belong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from policies.language.markup import LOADER, yaml

Path = tuple[str | int, ...]
TAIL: Path = ("…",)
"""Where comments belong that nothing follows."""


@dataclass(frozen=True)
class Remark:
    """A comment (or a blank line, when `text` is empty): before the part at `path`, or behind it."""

    line: int
    text: str
    path: Path
    behind: bool


@dataclass(frozen=True)
class _Entry:
    """A key or an item that begins a line, and the last line that is its own."""

    path: Path
    first: int
    last: int


def remarks_of(text: str) -> list[Remark]:
    """Every comment and blank line, in order, with the part that it is about."""
    entries = list(_entries(yaml.compose(text, Loader=LOADER), ()))
    found: list[Remark] = []
    for number, column, comment in _comments(text):
        around = next((entry for entry in reversed(entries) if entry.first <= number <= entry.last), None)
        if around is not None and (column > 0 or number > around.first):
            found.append(Remark(number, comment, around.path, column > 0))
        else:
            path = next((entry.path for entry in entries if entry.first > number), TAIL)
            found.append(Remark(number, comment, path, False))
    return found


def without_remarks(text: str) -> str:
    """The text alone."""
    lines = text.split("\n")
    gone: set[int] = set()
    for number, column, _ in _comments(text):
        lines[number] = lines[number][:column]
        if not lines[number].strip():
            gone.add(number)
    return "\n".join(line for number, line in enumerate(lines) if number not in gone) + "\n"


def with_remarks(text: str, remarks: list[Remark]) -> str:
    """The text with the remarks of another way to write it: a comment stands two spaces behind its part, or above it as far in."""
    lines, kept = text.rstrip("\n").split("\n"), inside_scalars(text)
    places = {entry.path: entry.first for entry in _entries(yaml.compose(text, Loader=LOADER), ())}
    above: dict[int, list[str]] = {}
    behind: dict[int, list[str]] = {}
    for remark in remarks:
        place = places.get(remark.path, len(lines))
        (behind if remark.behind and place not in kept else above).setdefault(place, []).append(remark.text)
    written: list[str] = []
    for number, line in enumerate([*lines, ""]):
        asides = behind.get(number, [])
        before = [*above.get(number, []), *(asides if len(asides) > 1 else [])]
        written += [f"{line[: len(line) - len(line.lstrip())]}{comment}" if comment else "" for comment in before]
        written.append(f"{line}  {asides[0]}" if len(asides) == 1 else line)
    return "\n".join(_single_blanks(written)).strip("\n") + "\n"


def inside_scalars(text: str) -> set[int]:
    """Lines of texts of several lines: their spaces mean something, and no comment fits behind them."""
    inside: set[int] = set()
    for start, end in _scalars(text):
        if end.line > start.line:
            inside.update(range(start.line, end.line + (end.column > 0)))
    return inside


def _single_blanks(lines: list[str]) -> Iterator[str]:
    kept = inside_scalars("\n".join(lines))
    for number, line in enumerate(lines):
        if line or number in kept or number == 0 or lines[number - 1]:
            yield line


def _scalars(text: str) -> Iterator[tuple[Any, Any]]:
    """(start, end) of every scalar."""
    for token in yaml.scan(text, Loader=LOADER):
        if isinstance(token, yaml.ScalarToken):
            yield token.start_mark, token.end_mark


def _comments(text: str) -> Iterator[tuple[int, int, str]]:
    """(line, column, comment) of every comment, with column 0 when it has the line for itself; blank lines as empty comments."""
    covered: dict[int, list[tuple[int, float]]] = {}
    for start, end in _scalars(text):
        for line in range(start.line, end.line + 1):
            first = start.column if line == start.line else 0
            covered.setdefault(line, []).append((first, end.column if line == end.line else float("inf")))
    for number, line in enumerate(text.rstrip("\n").split("\n")):
        spans = covered.get(number, [])
        if not line.strip() and not any(last > 0 for _, last in spans):
            yield number, 0, ""
            continue
        column = next((at for at, sign in enumerate(line) if sign == "#" and not any(first <= at < last for first, last in spans)), None)
        if column is not None:
            yield number, column if line[:column].strip() else 0, line[column:].rstrip()


def _entries(node: Any, path: Path) -> Iterator[_Entry]:
    """Keys and items of the block parts, in order; a flow part or a scalar belongs to its entry with all its lines."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        named = isinstance(node, yaml.MappingNode)
        for place, item in enumerate(node.value):
            key, value = item if named else (item, item)
            inner = (*path, key.value if named else place)
            yield _Entry(inner, key.start_mark.line, _last_line(value) if _is_leaf(value) else key.start_mark.line)
            if not _is_leaf(value):
                yield from _entries(value, inner)
    elif node is not None and path == ():
        yield _Entry(path, node.start_mark.line, _last_line(node))


def _is_leaf(node: Any) -> bool:
    return isinstance(node, yaml.ScalarNode) or bool(node.flow_style)


def _last_line(node: Any) -> int:
    end = node.end_mark
    return max(node.start_mark.line, end.line - (end.column == 0))
