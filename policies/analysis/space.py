"""The space of all facts and proposals, as variables of the solver with the bounds that the models state."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from domain.facts import Action, Facts, Mode
from domain.scalars import LARGEST_INT
from policies.analysis.bounds import bounds, moment_code
from policies.analysis.logic import Term, both, conj, disj, neg, same, solver_library
from policies.analysis.words import Words, is_possible
from policies.language.vocabulary import Fact, vocabulary

LONGEST_LIST = 2**20
LOAD = ("available", "open", "capacity")


@dataclass
class ListVariable:
    """A list fact: which words are in it, whether others are, and how long it is."""

    path: str
    members: dict[int, Term] = field(default_factory=dict[int, Term])
    others: Term = False
    size: Term | None = None
    strangers: list[Term] = field(default_factory=list[Term])


class Space:
    """Variables are made when they are first read, always under the same name, so the same question is the same question again."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.context = solver_library().Context()
        self.rules: list[Term] = []
        self.variables: dict[str, Term] = {}
        self.present: dict[str, Term] = {}
        self.lists: dict[str, ListVariable] = {}
        self.pools: dict[str, dict[str, Term]] = {}
        self.usual_pool = ""
        self._neutral = Facts().plain

    def truth(self, name: str) -> Term:
        """A free truth."""
        return solver_library().Bool(name, self.context)

    def whole(self, name: str) -> Term:
        """A free whole number."""
        return solver_library().Int(name, self.context)

    def real(self, name: str) -> Term:
        """A free number."""
        return solver_library().Real(name, self.context)

    def function(self, name: str, given: tuple[Term, ...], kind: str) -> Term:
        """What some function that the solver does not know gives for these arguments: always the same for the same."""
        library = solver_library()
        if not given:
            return {"bool": self.truth, "double": self.real}.get(kind, self.whole)(name)
        sort = {"bool": library.BoolSort, "double": library.RealSort}.get(kind, library.IntSort)(self.context)
        return library.Function(name, *(one.sort() for one in given), sort)(*given)

    def require(self, rule: Term) -> None:
        """Something that holds for all facts."""
        if rule is not True:
            self.rules.append(rule)

    def fact(self, path: str) -> Term:
        """The variable of a single fact."""
        if path not in self.variables:
            self.variables[path] = self._made(path, vocabulary()[path])
            if path.startswith("proposal.") and path != "proposal.present":
                absent = self.neutral(path)
                self.require(disj((self.fact("proposal.present"), same(self.variables[path], absent))))
        return self.variables[path]

    def is_present(self, path: str) -> Term:
        """Whether an optional fact is there; any other always is."""
        if not vocabulary()[path].optional:
            return True
        return self.present.setdefault(path, self.truth(f"has {path}"))

    def neutral(self, path: str) -> Term:
        """The value of a fact in neutral facts, as a constant."""
        value: Any = self._neutral
        for step in path.split("."):
            value = value.get(step)
        fact = vocabulary()[path]
        if fact.kind == "timestamp":
            return moment_code(Facts().now)
        if fact.kind == "string":
            return self.words.code(value)
        return Fraction(value) if fact.kind == "double" and value is not None else 0 if value is None else value

    def list_fact(self, path: str) -> ListVariable:
        """The variable of a list fact."""
        if path not in self.lists:
            others = False if vocabulary()[path].values else self.truth(f"{path} has others")
            self.lists[path] = ListVariable(path, others=others)
            if path.startswith("proposal.") and others is not False:
                self.require(disj((self.fact("proposal.present"), neg(others))))
        return self.lists[path]

    def member(self, path: str, code: int) -> Term:
        """Whether a known word is in a list fact."""
        found = self.list_fact(path)
        if code not in found.members:
            word = self.words.word(code, path)
            term = self.truth(f"{word!r} in {path}") if is_possible(path, word) else False
            found.members[code] = term
            if term is not False and path.startswith("proposal."):
                self.require(disj((self.fact("proposal.present"), neg(term))))
        return found.members[code]

    def all_members(self, path: str) -> dict[int, Term]:
        """Every known word of a list fact."""
        return {code: self.member(path, code) for code in range(self.words.known)}

    def size(self, path: str) -> Term:
        """How many elements a list fact has; a word may stand in it more than once."""
        found = self.list_fact(path)
        if found.size is None:
            inside = [*self.all_members(path).values(), found.others]
            present = [one for one in inside if one is not False]
            size = self.whole(f"size of {path}")
            library = solver_library()
            count = library.Sum(*(library.If(one, 1, 0, self.context) for one in present))
            self.require(both(size >= count, size <= LONGEST_LIST))
            self.require(disj((size == 0, *present)))
            found.size = size
        return found.size

    def stranger(self, path: str, name: str) -> Term:
        """Some element of a list fact that no policy names."""
        found = self.list_fact(path)
        code = self.whole(f"stranger {name}")
        self.require(both(code >= self.words.known, code < self.words.known + 1_000))
        found.strangers.append(code)
        return code

    def pool_load(self, pool: str) -> dict[str, Term]:
        """`load.pools[pool]`: whether it is known, and its counts."""
        if pool not in self.pools:
            made = {name: self.whole(f"load of {pool}: {name}") for name in LOAD}
            self.pools[pool] = {"present": self.truth(f"load of {pool} is known"), **made}
            for count in made.values():
                self.require(both(count >= 0, count <= LARGEST_INT))
        return self.pools[pool]

    def _made(self, path: str, fact: Fact) -> Term:
        if fact.kind == "bool":
            return self.truth(path)
        variable = self.real(path) if fact.kind == "double" else self.whole(path)
        if fact.kind == "string":
            self.require(self._among_words(variable, path, fact))
            return variable
        low, high = bounds()[path]
        self.require(conj((variable >= _exactly(low), variable <= _exactly(high))))
        return variable

    def _among_words(self, variable: Term, path: str, fact: Fact) -> Term:
        if fact.values:
            return disj(variable == self.words.code(value) for value in fact.values)
        impossible = [code for code, word in enumerate(self.words) if not is_possible(path, word)]
        return conj([variable >= 0, variable < self.words.known + 1_000, *(variable != code for code in impossible)])


def _exactly(bound: float) -> str | int:
    return int(bound) if float(bound).is_integer() else str(Fraction(bound))


CAREFUL_PROPOSAL = {"mode": Mode.HUMAN.value, "action": Action.REPLY.value, "confidence": 1.0, "model_region": "local"}
"""What a proposal in an example is like unless the example needs otherwise."""
