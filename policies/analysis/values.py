"""What an expression is worth in the solver: a term, and the condition under which it fails instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from policies.analysis.logic import Term, both, conj, disj, either, is_term, lifted, neg, solver_library, solver_term
from policies.analysis.space import Space


@dataclass(frozen=True)
class Value:
    """A value of CEL. A list is either written out (`items`) or a fact (`fact`)."""

    kind: str
    term: Term = None
    failed: Term = False
    items: tuple[Value, ...] | None = None
    fact: str | None = None

    @property
    def holds(self) -> Term:
        """It is true and does not fail."""
        return both(self.term, neg(self.failed))

    def failing(self, also: Term) -> Value:
        """The same value, which fails in this case too."""
        return replace(self, failed=either(self.failed, also))


def constant(value: Any, kind: str) -> Value:
    """A number or a truth that is written out; doubles are taken for the exact numbers that they are."""
    return Value(kind, Fraction(value) if kind == "double" else value)


def conjunction(one: Value, other: Value) -> Value:
    """CEL's `&&`: false on either side decides, even beside a failure."""
    return _absorbing(one, other, False)


def disjunction(one: Value, other: Value) -> Value:
    """CEL's `||`: true on either side decides, even beside a failure."""
    return _absorbing(one, other, True)


def _absorbing(one: Value, other: Value, decisive: bool) -> Value:
    def decides(value: Value) -> Term:
        return both(value.term if decisive else neg(value.term), neg(value.failed))

    join: Callable[[Term, Term], Term] = either if decisive else both
    failed = conj((either(one.failed, other.failed), neg(decides(one)), neg(decides(other))))
    return Value("bool", join(one.term, other.term), failed)


def compared(operator: str, one: Term, other: Term) -> Term:
    """An order between two numbers."""
    if is_term(one) or is_term(other):
        one, other = lifted(one, other)
    found: dict[str, Callable[[], Term]] = {
        "_<_": lambda: one < other,
        "_<=_": lambda: one <= other,
        "_>_": lambda: one > other,
        "_>=_": lambda: one >= other,
    }
    return found[operator]()


class Arithmetic:
    """Sums and products as the engine works them out: whole numbers that may not fit, and doubles that are rounded."""

    UNIT = Fraction(1, 2**52)
    TINY = Fraction(1, 2**1074)

    def __init__(self, space: Space) -> None:
        self._space = space
        self._rounded: dict[str, Term] = {}

    def whole(self, operator: str, one: Value, other: Value, fits: bool) -> Value:
        """`+ - * / %` of whole numbers. `fits`: the result is known to be one that a computer holds."""
        failed = either(one.failed, other.failed)
        a, b = (solver_term(value.term, self._space.context) for value in (one, other))
        if operator in ("_/_", "_%_"):
            return self._divided(operator, a, b, other.term, failed)
        result = {"_+_": lambda: a + b, "_-_": lambda: a - b, "_*_": lambda: a * b}[operator]()
        if not fits:
            failed = disj((failed, result > 2**63 - 1, result < -(2**63)))
        return Value("int", result, failed)

    def _divided(self, operator: str, a: Term, b: Term, divisor: Term, failed: Term) -> Value:
        """Division that drops the rest, as CEL's does."""
        if is_term(divisor) or divisor == 0:
            free = self._space.function(f"whole {operator}", (a, b), "int")
            return Value("int", free, either(failed, b == 0))
        library, context = solver_library(), self._space.context
        size = abs(divisor)
        quotient = library.If(a >= 0, a / size, -((-a) / size), context)
        quotient = quotient if divisor > 0 else -quotient
        return Value("int", quotient if operator == "_/_" else a - quotient * divisor, failed)

    def decimal(self, operator: str, one: Value, other: Value) -> Value:
        """`+ - * /` of doubles: the exact result, give or take the rounding."""
        failed = either(one.failed, other.failed)
        a, b = one.term, other.term
        if not is_term(a) and not is_term(b):
            found = {"_+_": lambda: float(a) + float(b), "_-_": lambda: float(a) - float(b), "_*_": lambda: float(a) * float(b)}
            result = float(a) / float(b) if operator == "_/_" else found[operator]()
            return Value("double", Fraction(result), failed)
        if operator == "_/_":
            a, b = lifted(a, b)
            return Value("double", self.rounded(a / b), failed)
        a, b = lifted(a, b)
        return Value("double", self.rounded({"_+_": lambda: a + b, "_-_": lambda: a - b, "_*_": lambda: a * b}[operator]()), failed)

    def rounded(self, exact: Term) -> Term:
        """Some number so close to the exact one as rounding leaves it: what is proved for all of them holds for the real one."""
        key = exact.sexpr()
        if key not in self._rounded:
            library, context = solver_library(), self._space.context
            near = self._space.real(f"rounded {len(self._rounded)} {key}")
            slack = library.If(exact >= 0, exact, -exact, context) * solver_term(self.UNIT, context) + solver_term(self.TINY, context)
            self._space.require(conj((near - exact <= slack, exact - near <= slack)))
            self._rounded[key] = near
        return self._rounded[key]

    def to_double(self, value: Value, exact: bool) -> Value:
        """A whole number as a double."""
        if not is_term(value.term):
            return Value("double", Fraction(float(value.term)), value.failed)
        real = solver_library().ToReal(value.term)
        return Value("double", real if exact else self.rounded(real), value.failed)

    def to_whole(self, value: Value) -> Value:
        """A double without what stands behind the point; it fails when that is too large."""
        library, context = solver_library(), self._space.context
        number = solver_term(value.term, context)
        whole = library.If(number >= 0, library.ToInt(number), -library.ToInt(-number), context)
        return Value("int", whole, disj((value.failed, number >= 2**63, number <= -(2**63))))


def each_equal(items: Iterable[tuple[Term, Term]], equal: Callable[[Term, Term], Term]) -> Term:
    """Whether all pairs are equal."""
    return conj(equal(one, other) for one, other in items)
