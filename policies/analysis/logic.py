"""The solver's language with constants folded: plain `True` and `False` where a term is known, solver terms where it is not."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

Term = Any
"""A term of the solver, or a plain Python value when it is constant. The library carries no types."""


def solver_library() -> Any:
    """The solver. It is big, and a process that only decides never needs it."""
    return importlib.import_module("z3")


def neg(term: Term) -> Term:
    """Not."""
    return (not term) if isinstance(term, bool) else solver_library().Not(term)


def conj(terms: Iterable[Term]) -> Term:
    """All of them."""
    kept: list[Term] = []
    for term in terms:
        if term is False:
            return False
        if term is not True:
            kept.append(term)
    return True if not kept else kept[0] if len(kept) == 1 else solver_library().And(*kept)


def disj(terms: Iterable[Term]) -> Term:
    """Any of them."""
    kept: list[Term] = []
    for term in terms:
        if term is True:
            return True
        if term is not False:
            kept.append(term)
    return False if not kept else kept[0] if len(kept) == 1 else solver_library().Or(*kept)


def both(one: Term, other: Term) -> Term:
    """The one and the other."""
    return conj((one, other))


def either(one: Term, other: Term) -> Term:
    """The one or the other."""
    return disj((one, other))


def same(one: Term, other: Term) -> Term:
    """Equality of two numbers, codes or truths."""
    if not is_term(one) and not is_term(other):
        return one == other
    if isinstance(one, bool) or isinstance(other, bool):
        truth, term = (one, other) if isinstance(one, bool) else (other, one)
        return term if truth else neg(term)
    left, right = lifted(one, other)
    return left == right


def choose(condition: Term, yes: Term, no: Term) -> Term:
    """`yes` when the condition holds, else `no`."""
    if isinstance(condition, bool):
        return yes if condition else no
    if isinstance(yes, bool) or isinstance(no, bool):
        return either(both(condition, yes), both(neg(condition), no))
    if not is_term(yes) and not is_term(no) and yes == no:
        return yes
    library, context = solver_library(), condition.ctx
    return library.If(condition, solver_term(yes, context), solver_term(no, context), context)


def lifted(one: Term, other: Term) -> tuple[Term, Term]:
    """Two numbers, at least one of them a term, both as terms."""
    context = one.ctx if is_term(one) else other.ctx
    return solver_term(one, context), solver_term(other, context)


def solver_term(value: Term, context: Any) -> Term:
    """A constant as the solver takes it; fractions are exact, so that a double stands for the number that it is."""
    library = solver_library()
    if isinstance(value, bool):
        return library.BoolVal(value, context)
    if isinstance(value, Fraction):
        return library.Q(value.numerator, value.denominator, context)
    return library.IntVal(value, context) if isinstance(value, int) else value


def is_term(value: Term) -> bool:
    """Whether it is a term of the solver and no constant."""
    return not isinstance(value, bool | int | Fraction)
