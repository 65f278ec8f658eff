"""Concrete cases: what the solver found, written as facts and a proposal that the engine can judge and a test can hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from domain.decision import Proposal
from domain.facts import Facts
from policies.analysis.bounds import bounds, moment_of
from policies.analysis.logic import Term, conj, disj, neg, same, solver_library
from policies.analysis.space import CAREFUL_PROPOSAL, LOAD, Space
from policies.language.raw import laid_over_neutral, strict_proposal
from policies.language.vocabulary import vocabulary

PRESENT = "proposal.present"
SMALL = (1, 2, 3, 5, 10, 30, 60, 100, 1_000)
LAST = ("message.signals", "message", "client.contract", "client", "value", "context")


@dataclass(frozen=True)
class Example:
    """A case: facts laid over neutral ones, and a proposal or none."""

    given: dict[str, Any]
    suggestion: dict[str, Any] | None
    facts: Facts
    proposal: Proposal | None

    @property
    def shown(self) -> dict[str, Any]:
        """The case as a test of a policy would state it."""
        return {"given": self.given, **({"proposal": self.suggestion} if self.suggestion is not None else {})}

    def bare(self) -> Example:
        """The same case with nothing in it that neutral facts say too."""
        return example_of(_differences(self.facts.plain, Facts().plain), self.suggestion)


def example_of(given: Mapping[str, Any], suggestion: Mapping[str, Any] | None) -> Example:
    """A case from plain data. Raises ValueError when it is none."""
    proposal = strict_proposal(suggestion) if suggestion is not None else None
    return Example(dict(given), dict(suggestion) if suggestion is not None else None, laid_over_neutral(given), proposal)


@dataclass
class Witness:
    """A model of the solver, read as facts."""

    space: Space
    single: dict[str, Any] = field(default_factory=dict[str, Any])
    known: dict[str, bool] = field(default_factory=dict[str, bool])
    lists: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    loads: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    def read(self, model: Any) -> None:
        """Take over the values of a model."""
        self.single = {path: _constant(model, term) for path, term in self.space.variables.items()}
        self.known = {path: bool(_constant(model, term)) for path, term in self.space.present.items()}
        self.lists = {path: self._elements(model, path) for path in self.space.lists}
        self.loads = {pool: {name: _constant(model, term) for name, term in load.items()} for pool, load in self.space.pools.items()}

    def as_term(self) -> Term:
        """Exactly these values."""
        space = self.space
        singles = [same(space.variables[path], value) for path, value in self.single.items()]
        known = [term if self.known[path] else neg(term) for path, term in space.present.items() if path in self.known]
        members = [
            term if code in self.lists[path] else neg(term)
            for path, found in space.lists.items()
            for code, term in found.members.items()
            if path in self.lists and term is not False
        ]
        return conj([*singles, *known, *members])

    def wishes(self) -> list[tuple[str, Term]]:
        """What neutral facts would be like, the things to give up first at the end."""
        found: list[tuple[str, Term]] = [(f"load {pool}", neg(load["present"])) for pool, load in self.space.pools.items()]
        found += [(path, self._neutral(path)) for path in list(self.space.variables)]
        found += [(f"has {path}", neg(term)) for path, term in self.space.present.items()]
        for path, one in self.space.lists.items():
            terms = [one.others, *(term for _, term in sorted(one.members.items()))]
            found += [(path, neg(term)) for term in terms if term is not False]
            if one.size is not None:
                found.append((path, one.size == 0))
        return sorted(((name, term) for name, term in found if term is not True), key=lambda wish: _rank(wish[0]))

    def plainer(self, neutral: set[str]) -> list[list[Term]]:
        """For each value that is not neutral, plainer ones to try instead."""
        return [self._plainer(path, value) for path, value in self.single.items() if path not in neutral and not isinstance(value, bool)]

    def confirmed(self, claim: Callable[[Facts, Proposal | None], bool]) -> Example | None:
        """The case, if it is one and the claim is true of it."""
        try:
            found = example_of(self._given(), self._suggestion())
        except ValueError:
            return None
        return found if claim(found.facts, found.proposal) else None

    def _neutral(self, path: str) -> Term:
        if not path.startswith("proposal."):
            return same(self.space.variables[path], self.space.neutral(path))
        if path == PRESENT:
            return neg(self.space.variables[path])
        careful = self.space.neutral(path)
        name = path.removeprefix("proposal.")
        if name == "pool":
            careful = self.space.words.code(self.space.usual_pool)
        elif name in CAREFUL_PROPOSAL:
            value = CAREFUL_PROPOSAL[name]
            careful = Fraction(value) if isinstance(value, float) else self.space.words.code(str(value))
        return disj((neg(self.space.fact(PRESENT)), same(self.space.variables[path], careful)))

    def _plainer(self, path: str, value: Any) -> list[Term]:
        term, kind = self.space.variables[path], vocabulary()[path].kind
        if kind == "string":
            return [term == self.space.words.known] if not vocabulary()[path].values else []
        low, high = bounds()[path]
        if kind == "double":
            near = [Fraction(str(round(float(value) + step * 10.0**-digits, digits))) for digits in range(4) for step in (0, 1, -1)]
            return [same(term, one) for one in near if low <= one <= high]
        return [same(term, one) for one in SMALL if low <= one <= high] if kind == "int" else []

    def _elements(self, model: Any, path: str) -> list[int]:
        found = self.space.lists[path]
        codes = [code for code, term in sorted(found.members.items()) if term is not False and _constant(model, term)]
        if found.others is not False and _constant(model, found.others):
            codes += sorted({int(_constant(model, one)) for one in found.strangers} or {self.space.words.known})
        size = int(_constant(model, found.size)) if found.size is not None else len(codes)
        return codes + codes[:1] * min(size - len(codes), 1_000) if codes else codes

    def _given(self) -> dict[str, Any]:
        given: dict[str, Any] = {}
        for path, value in {**self.single, **self.lists}.items():
            if not path.startswith("proposal.") and self.known.get(path, True):
                shown = self._shown(path, value)
                if shown != _at(Facts().plain, path):
                    _put(given, path, shown)
        for pool, load in self.loads.items():
            if load["present"]:
                _put(given, "load.pools", {})
                given["load"]["pools"][pool] = {name: load[name] for name in LOAD if load[name]}
        return given

    def _suggestion(self) -> dict[str, Any] | None:
        if not self.single.get(PRESENT, False):
            return None
        found: dict[str, Any] = {"mode": "human", "pool": self.space.usual_pool, "confidence": 1.0}
        for path, value in {**self.single, **self.lists}.items():
            name = path.removeprefix("proposal.")
            if path.startswith("proposal.") and name != "present":
                shown = self._shown(path, value)
                if name in found or shown != CAREFUL_PROPOSAL.get(name, _at(Facts().plain, path)):
                    found[name] = shown
        return found

    def _shown(self, path: str, value: Any) -> Any:
        kind = vocabulary()[path].kind
        if kind.startswith("list"):
            return [self.space.words.word(code, path) for code in value]
        if kind == "string":
            return self.space.words.word(value, path)
        if kind == "timestamp":
            return moment_of(value).isoformat().replace("+00:00", "Z")
        return float(value) if kind == "double" else value


def _constant(model: Any, term: Term) -> Any:
    """The value of a term in a model, as plain data."""
    library = solver_library()
    value = model.eval(term, model_completion=True)
    if library.is_bool(value):
        return library.is_true(value)
    return value.as_long() if library.is_int(value) else Fraction(value.numerator_as_long(), value.denominator_as_long())


def _rank(name: str) -> tuple[int, str]:
    bare = name.removeprefix("has ")
    return next((len(LAST) - i for i, group in enumerate(LAST) if bare.startswith(group)), 0), name


def _at(plain: Any, path: str) -> Any:
    for step in path.split("."):
        plain = plain.get(step) if isinstance(plain, Mapping) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return plain  # pyright: ignore[reportUnknownVariableType]


def _put(given: dict[str, Any], path: str, value: Any) -> None:
    *groups, name = path.split(".")
    for group in groups:
        given = given.setdefault(group, {})
    given.setdefault(name, value)


def _differences(plain: Mapping[str, Any], neutral: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in plain.items():
        if isinstance(value, Mapping) and isinstance(neutral.get(name), Mapping) and name != "proposal":
            if inner := _differences(value, neutral[name]):  # pyright: ignore[reportUnknownArgumentType]
                found[name] = inner
        elif name != "proposal" and value != neutral.get(name):
            found[name] = value
    return found
