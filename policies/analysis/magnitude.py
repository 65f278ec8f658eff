"""Between which bounds a number in an expression can lie, from the bounds of the facts."""

from __future__ import annotations

from policies.analysis.syntax import Node

LARGEST_INT = 2**63 - 1
LARGEST_DOUBLE = 1e300
UNBOUNDED = (-float(2**63), float(2**63))
Range = tuple[float, float]


def range_of(node: Node) -> Range:
    """(lowest, highest) of a number; generous where nothing closer is known."""
    if isinstance(node.value, int | float) and node.kind == "constant":
        return float(node.value), float(node.value)
    parts = [range_of(part) for part in node.parts if part.type in ("int", "double")]
    if node.kind == "call" and node.text == "_?_:_":
        return min(low for low, _ in parts), max(high for _, high in parts)
    if node.kind == "call" and len(parts) == 2 and node.text in ("_+_", "_-_", "_*_", "_/_", "_%_"):
        return _combined(node.text, parts[0], parts[1])
    if node.kind == "call" and len(parts) == 1 and node.text == "-_":
        return -parts[0][1], -parts[0][0]
    if node.kind == "call" and len(parts) == 1 and node.text in ("double", "int"):
        return parts[0]
    return (-1e15, 1e15) if node.type == "double" else (-float(2**53), float(2**53))


def _combined(operator: str, left: Range, right: Range) -> Range:
    if operator == "_+_":
        return left[0] + right[0], left[1] + right[1]
    if operator == "_-_":
        return left[0] - right[1], left[1] - right[0]
    if operator == "_%_":
        most = max(abs(right[0]), abs(right[1]))
        return -most, most
    if operator == "_/_":
        least = min(abs(right[0]), abs(right[1])) if right[0] * right[1] > 0 else 1.0
        right = (-1 / least, 1 / least)
    products = [one * other for one in left for other in right]
    return min(products), max(products)
