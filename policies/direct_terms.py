"""The shapes of an expression that mean the same in CEL and in Python, each with its kind and the size that it never exceeds."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from policies.language.vocabulary import ANY_POOL, vocabulary

NUMBERS = ("int", "double")
WORDS = "list of string"
LARGEST = {"int": 2.0**53, "double": 1e15}
"""No fact is larger (domain/scalars.py)."""
LIMIT = {"int": 2.0**62, "double": 1e300}
"""Beyond it, the engine's numbers overflow and Python's do not."""
TIER_AND_POOL = {
    "tier.id": "string",
    "tier.rank": "int",
    "pool.id": "string",
    "pool.region": "string",
    "pool.skills": WORDS,
    "pool.languages": WORDS,
}
COMPARISONS: dict[str, type[ast.cmpop]] = {
    "==": ast.Eq,
    "!=": ast.NotEq,
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
    "in": ast.In,
}
SUMS: dict[str, type[ast.operator]] = {"+": ast.Add, "-": ast.Sub, "*": ast.Mult}
NOTHING: frozenset[str] = frozenset()


class NotDirect(Exception):
    """Only the engine may answer this expression."""


@dataclass(frozen=True)
class Term:
    """A part of an expression that never fails. `if_true` and `if_false` name the optional facts that are present when it is that."""

    tree: ast.expr
    kind: str
    bound: float = 0.0
    if_true: frozenset[str] = NOTHING
    if_false: frozenset[str] = NOTHING


@cache
def known_facts() -> dict[str, tuple[str, bool]]:
    """Path to (kind, whether it may be absent) of every fact that a term can be."""
    facts = {path: (fact.kind, fact.optional) for path, fact in vocabulary().items() if ANY_POOL not in path}
    return facts | {path: (kind, False) for path, kind in TIER_AND_POOL.items()}


def local_name(path: str) -> str:
    """The variable that holds a fact."""
    return path.replace(".", "__")


def fact(path: str, kind: str) -> Term:
    """A fact that is there."""
    return Term(ast.Name(local_name(path), ast.Load()), kind, LARGEST.get(kind, 0.0))


def presence(path: str, optional: bool) -> Term:
    """`has(path)`: an absent fact is None in its variable."""
    if not optional:
        return Term(ast.Constant(True), "bool")
    tree = ast.Compare(ast.Name(local_name(path), ast.Load()), [ast.IsNot()], [ast.Constant(None)])
    return Term(tree, "bool", if_true=frozenset({path}))


def literal(value: bool | int | float | str) -> Term:
    """A constant of the expression."""
    kind = {bool: "bool", int: "int", float: "double", str: "string"}[type(value)]
    return Term(ast.Constant(value), kind, _within(kind, abs(value)) if kind in NUMBERS and not isinstance(value, str) else 0.0)


def members(items: Sequence[Term]) -> Term:
    """A list of constants of one kind."""
    kinds = {item.kind for item in items}
    if len(kinds) != 1 or not all(isinstance(item.tree, ast.Constant) for item in items):
        raise NotDirect
    return Term(ast.Tuple([item.tree for item in items], ast.Load()), f"list of {kinds.pop()}")


def both(items: Sequence[Term], *, every: bool) -> Term:
    """`&&` (every) or `||` of conditions."""
    if len(items) == 1:
        return items[0]
    if any(item.kind != "bool" for item in items):
        raise NotDirect
    tree = ast.BoolOp(ast.And() if every else ast.Or(), [item.tree for item in items])
    if every:
        return Term(tree, "bool", if_true=NOTHING.union(*(item.if_true for item in items)))
    return Term(tree, "bool", if_false=NOTHING.union(*(item.if_false for item in items)))


def opposite(term: Term) -> Term:
    """`!term`."""
    if term.kind != "bool":
        raise NotDirect
    return Term(ast.UnaryOp(ast.Not(), term.tree), "bool", if_true=term.if_false, if_false=term.if_true)


def minus(term: Term) -> Term:
    """`-term`."""
    if term.kind not in NUMBERS:
        raise NotDirect
    return Term(ast.UnaryOp(ast.USub(), term.tree), term.kind, term.bound)


def comparison(left: Term, mark: str, right: Term) -> Term:
    """One comparison of two things of one kind; an int and a double compare by size when a double holds the int exactly."""
    numbers = left.kind in NUMBERS and right.kind in NUMBERS
    if mark == "in":
        fits = right.kind == f"list of {left.kind}"
    elif numbers:
        fits = left.kind == right.kind or all(term.kind == "double" or term.bound <= LARGEST["int"] for term in (left, right))
    else:
        fits = left.kind == right.kind and left.kind in ("string", "bool") and mark in ("==", "!=")
    if not fits:
        raise NotDirect
    return Term(ast.Compare(left.tree, [COMPARISONS[mark]()], [right.tree]), "bool")


def arithmetic(left: Term, mark: str, right: Term) -> Term:
    """A sum, difference or product that cannot overflow."""
    if left.kind != right.kind or left.kind not in NUMBERS:
        raise NotDirect
    bound = left.bound * right.bound if mark == "*" else left.bound + right.bound
    return Term(ast.BinOp(left.tree, SUMS[mark](), right.tree), left.kind, _within(left.kind, bound))


def choice(condition: Term, yes: Term, no: Term) -> Term:
    """`condition ? yes : no`."""
    if condition.kind != "bool" or yes.kind != no.kind:
        raise NotDirect
    return Term(ast.IfExp(condition.tree, yes.tree, no.tree), yes.kind, max(yes.bound, no.bound))


def call(name: str, arguments: Sequence[Term]) -> Term:
    """One of the few functions that mean the same in both; the receiver of a method is its first argument."""
    kinds = [argument.kind for argument in arguments]
    trees = [argument.tree for argument in arguments]
    if name == "double" and kinds in (["int"], ["double"]) and arguments[0].bound <= LARGEST["int"]:
        return Term(ast.Call(ast.Name("float", ast.Load()), trees, []), "double", arguments[0].bound)
    if name == "size" and kinds == [WORDS]:
        return Term(ast.Call(ast.Name("len", ast.Load()), trees, []), "int", LARGEST["int"])
    if name == "contains" and kinds == ["string", "string"]:
        return Term(ast.Compare(trees[1], [ast.In()], [trees[0]]), "bool")
    if name in ("startsWith", "endsWith") and kinds == ["string", "string"]:
        return Term(ast.Call(ast.Attribute(trees[0], name.lower(), ast.Load()), trees[1:], []), "bool")
    raise NotDirect


def _within(kind: str, bound: float) -> float:
    if bound > LIMIT[kind]:
        raise NotDirect
    return bound
