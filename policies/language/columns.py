"""Tables of a policy text in columns: rows such as `- {tier: strategic, ack: 5m}` of one table stand below each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, cast

from pydantic import BaseModel

from policies.language.document import DefaultRow, EscalationRule, FallbackRow, Pool, SlaRow, TierRule
from policies.language.markup import LOADER, yaml

WIDEST = 140
"""Rows are put into columns only when none becomes longer than this."""
TABLES: dict[str, type[BaseModel]] = {
    "tiers": TierRule,
    "sla": SlaRow,
    "pools": Pool,
    "fallback": FallbackRow,
    "defaults": DefaultRow,
    "escalation": EscalationRule,
}


@dataclass(frozen=True)
class Row:
    """One row: where it stands, what comes before its cells, and the cells by key."""

    line: int
    head: str
    cells: dict[str, str]


def in_columns(text: str) -> str:
    """The text, which has no comments, with its tables in columns."""
    lines = text.split("\n")
    root = yaml.compose(text, Loader=LOADER)
    for key, value in root.value:
        if key.value in TABLES and not root.flow_style and isinstance(value, yaml.CollectionNode) and not value.flow_style:
            rows = list(_rows(value, lines))
            for row, line in zip(rows, _laid_out(rows, _order(rows, TABLES[key.value])), strict=True):
                lines[row.line] = line
    return "\n".join(lines)


def _order(rows: list[Row], model: type[BaseModel]) -> list[str]:
    """The keys as the rows have them, where they agree; else as the language has them."""
    seen = list(dict.fromkeys(key for row in rows for key in row.cells))
    agree = all(list(row.cells) == [key for key in seen if key in row.cells] for row in rows)
    return seen if agree else [field.alias or name for name, field in model.model_fields.items()]


def _rows(table: Any, lines: list[str]) -> Iterator[Row]:
    """The rows that stand on one line each; others are left as they are."""
    named = isinstance(table, yaml.MappingNode)
    pairs = cast("list[tuple[Any, Any]]", table.value if named else [(None, item) for item in table.value])
    rows = [(name, row) for name, row in pairs if isinstance(row, yaml.MappingNode) and row.flow_style and _on_one_line(row)]
    longest = max((name.end_mark.column for name, _ in rows if name is not None), default=0)
    for name, row in rows:
        number: int = row.start_mark.line
        line: str = lines[number]
        head = line[: row.start_mark.column]
        if name is not None:
            head = f"{head.rstrip():<{longest + 1}} "
        cells = {key.value: line[key.start_mark.column : value.end_mark.column] for key, value in row.value}
        yield Row(number, head, cells)


def _on_one_line(node: Any) -> bool:
    return node.start_mark.line == node.end_mark.line


def _laid_out(rows: list[Row], order: list[str]) -> list[str]:
    """The whole table in columns, or where that is too wide, each run of rows with the same keys, or where that is, row by row."""
    whole = _aligned(rows, order)
    if _fit(whole):
        return whole
    lines: list[str] = []
    for _, run in groupby(rows, key=lambda row: frozenset(row.cells)):
        same = list(run)
        together = _aligned(same, order)
        lines += together if _fit(together) else [_aligned([row], order)[0] for row in same]
    return lines


def _fit(lines: list[str]) -> bool:
    return all(len(line) <= WIDEST for line in lines)


def _aligned(rows: list[Row], order: list[str]) -> list[str]:
    widths = {key: max((len(row.cells[key]) for row in rows if key in row.cells), default=0) for key in order}
    return [f"{row.head}{{{_cells(row, [key for key in order if widths[key]], widths)}}}" for row in rows]


def _cells(row: Row, order: list[str], widths: dict[str, int]) -> str:
    last = max((place for place, key in enumerate(order) if key in row.cells), default=-1)
    parts = [f"{row.cells[key]}," if key in row.cells else "" for key in order[:last]]
    padded = [f"{part:<{widths[key] + 2}}" for part, key in zip(parts, order, strict=False)]
    return "".join(padded) + (row.cells[order[last]] if last >= 0 else "")
