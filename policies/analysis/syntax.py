"""Expressions as trees: what the type checker has read, with the type and the place of every part."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

Kind = Literal["constant", "name", "select", "has", "call", "list", "fold", "other"]
PRIMITIVES = {1: "bool", 2: "int", 3: "uint", 4: "double", 5: "string", 6: "bytes"}
WELL_KNOWN = {1: "any", 2: "timestamp", 3: "duration"}
# message: field number, name, type, label, message type; after cel/expr/{syntax,checked}.proto of the CEL specification
MESSAGES: dict[str, tuple[tuple[int, str, int, int, str], ...]] = {
    "Constant": ((2, "bool", 8, 1, ""), (3, "int", 3, 1, ""), (5, "double", 1, 1, ""), (6, "string", 9, 1, "")),
    "Name": ((1, "name", 9, 1, ""),),
    "Select": ((1, "operand", 11, 1, "Expr"), (2, "field", 9, 1, ""), (3, "test_only", 8, 1, "")),
    "Call": ((1, "target", 11, 1, "Expr"), (2, "function", 9, 1, ""), (3, "args", 11, 3, "Expr")),
    "Elements": ((1, "elements", 11, 3, "Expr"),),
    "Fold": (
        (1, "name", 9, 1, ""),
        (2, "range", 11, 1, "Expr"),
        (3, "sum", 9, 1, ""),
        (4, "init", 11, 1, "Expr"),
        (5, "condition", 11, 1, "Expr"),
        (6, "step", 11, 1, "Expr"),
        (7, "result", 11, 1, "Expr"),
    ),
    "Expr": (
        (2, "id", 3, 1, ""),
        (3, "constant", 11, 1, "Constant"),
        (4, "name", 11, 1, "Name"),
        (5, "select", 11, 1, "Select"),
        (6, "call", 11, 1, "Call"),
        (7, "list", 11, 1, "Elements"),
        (9, "fold", 11, 1, "Fold"),
    ),
    "Item": ((1, "item", 11, 1, "Type"),),
    "Pairs": ((1, "key", 11, 1, "Type"), (2, "value", 11, 1, "Type")),
    "Type": (
        (3, "primitive", 13, 1, ""),
        (5, "well_known", 13, 1, ""),
        (6, "list", 11, 1, "Item"),
        (7, "map", 11, 1, "Pairs"),
        (9, "message", 9, 1, ""),
    ),
    "TypeEntry": ((1, "key", 3, 1, ""), (2, "value", 11, 1, "Type")),
    "Reference": ((3, "overloads", 9, 3, ""),),
    "ReferenceEntry": ((1, "key", 3, 1, ""), (2, "value", 11, 1, "Reference")),
    "Position": ((1, "key", 3, 1, ""), (2, "value", 5, 1, "")),
    "Source": ((4, "positions", 11, 3, "Position"),),
    "Checked": (
        (2, "references", 11, 3, "ReferenceEntry"),
        (3, "types", 11, 3, "TypeEntry"),
        (4, "expr", 11, 1, "Expr"),
        (5, "source", 11, 1, "Source"),
    ),
    "Packed": ((2, "value", 12, 1, ""),),
}


@dataclass(frozen=True)
class Node:
    """One part of an expression. `text` is its name, field, function or bound variable; `parts` what it is made of.

    A fold is `exists` or `all` over `parts[0]` with the condition `parts[1]`; any other is of the kind `other`.
    """

    kind: Kind
    type: str
    column: int
    text: str = ""
    value: bool | int | float | str | None = None
    parts: tuple[Node, ...] = ()
    overloads: tuple[str, ...] = field(default=())

    def walk(self) -> Iterator[Node]:
        """This part and all below it."""
        yield self
        for part in self.parts:
            yield from part.walk()


def tree_of(serialized: bytes) -> Node:
    """The tree of a checked expression."""
    packed = _message("Packed")()
    packed.ParseFromString(serialized)
    checked = _message("Checked")()
    checked.ParseFromString(packed.value)
    return _Reader(checked).node(checked.expr)


class _Reader:
    def __init__(self, checked: Any) -> None:
        self._types = {entry.key: _type_name(entry.value) for entry in checked.types}
        self._overloads = {entry.key: tuple(entry.value.overloads) for entry in checked.references}
        self._columns = {entry.key: entry.value for entry in checked.source.positions}

    def node(self, expr: Any) -> Node:
        """The tree of one part."""
        kind, type_name, column = expr.WhichOneof("kind"), self._types.get(expr.id, "dyn"), self._columns.get(expr.id, 0)
        if kind == "constant":
            value = expr.constant.WhichOneof("kind")
            return Node("constant" if value else "other", type_name, column, value=getattr(expr.constant, value) if value else None)
        if kind == "name":
            return Node("name", type_name, column, expr.name.name)
        if kind == "select":
            asked: Kind = "has" if expr.select.test_only else "select"
            return Node(asked, type_name, column, expr.select.field, parts=(self.node(expr.select.operand),))
        if kind == "call":
            parts = [expr.call.target] if expr.call.HasField("target") else []
            nodes = tuple(self.node(part) for part in [*parts, *expr.call.args])
            return Node("call", type_name, column, expr.call.function, parts=nodes, overloads=self._overloads.get(expr.id, ()))
        if kind == "list":
            return Node("list", type_name, column, parts=tuple(self.node(part) for part in expr.list.elements))
        return self._fold(expr.fold, type_name, column) if kind == "fold" else Node("other", type_name, column)

    def _fold(self, fold: Any, type_name: str, column: int) -> Node:
        step, init = self.node(fold.step), self.node(fold.init)
        parts = (self.node(fold.range), step.parts[1]) if len(step.parts) == 2 else (self.node(fold.range), step)
        if step.text in ("_||_", "_&&_") and init.type == "bool":
            return Node("fold", type_name, column, fold.name, value="exists" if step.text == "_||_" else "all", parts=parts)
        return Node("other", type_name, column, fold.name, parts=parts)


def _type_name(found: Any) -> str:
    kind = found.WhichOneof("kind")
    if kind == "primitive":
        return PRIMITIVES.get(found.primitive, "dyn")
    if kind == "well_known":
        return WELL_KNOWN.get(found.well_known, "dyn")
    if kind == "list":
        return f"list({_type_name(found.list.item)})"
    if kind == "map":
        return f"map({_type_name(found.map.key)}, {_type_name(found.map.value)})"
    return found.message if kind == "message" else "dyn"


@cache
def _message(name: str) -> Any:
    factory: Any = importlib.import_module("google.protobuf.message_factory")
    return factory.GetMessageClass(_descriptors().FindMessageTypeByName(f"checked.{name}"))


@cache
def _descriptors() -> Any:
    proto: Any = importlib.import_module("google.protobuf.descriptor_pb2")
    pools: Any = importlib.import_module("google.protobuf.descriptor_pool")
    file = proto.FileDescriptorProto(name="checked.proto", package="checked", syntax="proto3")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        if name in ("Constant", "Expr", "Type"):
            message.oneof_decl.add(name="kind")
        for number, label_name, kind, label, inner in fields:
            made = message.field.add(name=label_name, number=number, type=kind, label=label)
            if inner:
                made.type_name = f".checked.{inner}"
            if message.oneof_decl and label_name != "id":
                made.oneof_index = 0
    pool = pools.DescriptorPool()
    pool.Add(file)
    return pool
