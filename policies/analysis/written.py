"""Expressions written out again from their trees, to quote a part of one."""

from __future__ import annotations

import json

from policies.analysis.syntax import Node

INFIX = {
    "_&&_": "&&", "_||_": "||", "_==_": "==", "_!=_": "!=", "_<_": "<", "_<=_": "<=", "_>_": ">", "_>=_": ">=",
    "_+_": "+", "_-_": "-", "_*_": "*", "_/_": "/", "_%_": "%", "@in": "in",
}  # fmt: skip
METHODS = ("contains", "startsWith", "endsWith", "matches")


def written(node: Node, inside: bool = False) -> str:
    """The expression as a person would write it; `inside` another one it gets parentheses where it needs them."""
    parts = [written(part, True) for part in node.parts]
    if node.kind == "constant":
        return json.dumps(node.value, ensure_ascii=False)
    if node.kind == "name":
        return node.text
    if node.kind == "select":
        return f"{parts[0]}.{node.text}"
    if node.kind == "has":
        return f"has({parts[0]}.{node.text})"
    if node.kind == "list":
        return f"[{', '.join(parts)}]"
    if node.kind == "fold":
        return f"{parts[0]}.{node.value}({node.text}, {written(node.parts[1])})"
    return _call(node, parts, inside)


def start_of(node: Node) -> int:
    """The character at which it begins: the place of a call is that of its operator."""
    return min(part.column for part in node.walk())


def conjuncts(node: Node) -> list[Node]:
    """The conditions that must all hold, when it is made of such."""
    return [one for part in node.parts for one in conjuncts(part)] if node.text == "_&&_" else [node]


def _call(node: Node, parts: list[str], inside: bool) -> str:
    if node.text in INFIX and len(parts) == 2:
        text = f"{parts[0]} {INFIX[node.text]} {parts[1]}"
        return f"({text})" if inside else text
    if node.text in ("!_", "-_"):
        return node.text[0] + parts[0]
    if node.text == "_[_]":
        return f"{parts[0]}[{parts[1]}]"
    if node.text == "_?_:_":
        text = f"{parts[0]} ? {parts[1]} : {parts[2]}"
        return f"({text})" if inside else text
    if node.text in METHODS or node.text.startswith("get"):
        return f"{parts[0]}.{node.text}({', '.join(parts[1:])})"
    return f"{node.text}({', '.join(parts)})"
