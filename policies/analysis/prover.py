"""Asks the solver, within a patience, and turns its answers into facts that the engine itself has judged."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.decision import Proposal
from domain.facts import Facts
from policies.analysis.examples import Example, Witness
from policies.analysis.logic import Term, conj, neg, solver_library
from policies.analysis.space import Space

LONGEST_QUESTION_S = 4.0
MOST_TRIES = 12
Claim = Callable[[Facts, Proposal | None], bool]


class Answer(StrEnum):
    """What is known about a question."""

    POSSIBLE = "possible"
    IMPOSSIBLE = "impossible"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Found:
    """An answer; `example` is a case that the engine was asked about and that is as it was said to be."""

    answer: Answer
    example: Example | None = None


class Prover:
    """One solver for all questions about a space. The same questions in the same order get the same answers."""

    def __init__(self, space: Space, patience_s: float) -> None:
        self.space = space
        self._ends_at = time.monotonic() + patience_s
        self._solver: Any = solver_library().Solver(ctx=space.context)
        self._solver.set("random_seed", 0)
        self._told = 0
        self.undecided = 0
        self._samples: Callable[[], Iterable[Example]] = tuple
        self._sampled: list[Example] | None = None

    @property
    def left_s(self) -> float:
        """Seconds of patience that are left."""
        return self._ends_at - time.monotonic()

    def know(self, samples: Callable[[], Iterable[Example]]) -> None:
        """Cases to try where the solver cannot say for certain; they are made when first needed."""
        self._samples = samples

    def sample(self, claim: Claim) -> Example | None:
        """The first of the cases to try for which a claim is true."""
        if self._sampled is None and self.left_s > 0:
            self._sampled = list(self._samples())
        for one in self._sampled or ():
            if self.left_s <= 0:
                return None
            if claim(one.facts, one.proposal):
                return one.bare()
        return None

    def asks(self, *goal: Term) -> Answer:
        """Whether there are facts for which all of these hold."""
        term = conj(goal)
        if term is False:
            return Answer.IMPOSSIBLE
        return self._ask([] if term is True else [term])

    def never(self, *goal: Term) -> bool:
        """Whether it is proved that these never hold together; that it could not be told is remembered in `undecided`."""
        answer = self.asks(*goal)
        self.undecided += answer is Answer.UNKNOWN
        return answer is Answer.IMPOSSIBLE

    def finds(self, goal: Term, claim: Claim, *, plain: bool = True) -> Found:
        """A case for which `goal` holds and for which the engine confirms `claim`; `plain`: one that is easy to read."""
        if goal is False:
            return Found(Answer.IMPOSSIBLE)
        excluded: list[Term] = []
        for _ in range(MOST_TRIES):
            answer, witness = self._witness([goal, *excluded], plain or bool(excluded))
            if answer is Answer.IMPOSSIBLE and not excluded:
                return Found(answer)
            if witness is None:
                break
            if (example := witness.confirmed(claim)) is not None:
                return Found(Answer.POSSIBLE, example)
            excluded.append(neg(witness.as_term()))
        sample = self.sample(claim)
        return Found(Answer.POSSIBLE, sample) if sample is not None else Found(Answer.UNKNOWN)

    def core(self, goal: list[Term], names: dict[str, Term]) -> list[str] | None:
        """The names of the terms that, with `goal`, cannot hold together: few, though not always fewest. None when they can."""
        markers = {name: self.space.truth(f"marker {number}") for number, name in enumerate(names)}
        library = solver_library()
        self._tell()
        self._solver.push()
        try:
            self._solver.add(*goal, *(library.Implies(markers[name], term, self.space.context) for name, term in names.items()))
            if self._check(list(markers.values())) is not Answer.IMPOSSIBLE:
                return None
            inside = {str(one) for one in self._solver.unsat_core()}
            kept = [name for name in names if str(markers[name]) in inside]
            for name in list(kept):
                fewer = [one for one in kept if one != name]
                if self._check([markers[one] for one in fewer]) is Answer.IMPOSSIBLE:
                    kept = fewer
            return kept
        finally:
            self._solver.pop()

    def _ask(self, goal: list[Term]) -> Answer:
        self._tell()
        self._solver.push()
        try:
            self._solver.add(*goal)
            return self._check([])
        finally:
            self._solver.pop()

    def _witness(self, goal: list[Term], plain: bool) -> tuple[Answer, Witness | None]:
        """A model; a plain one differs from neutral facts in as few places as can be found quickly."""
        self._tell()
        self._solver.push()
        try:
            self._solver.add(*(one for one in goal if one is not True))
            witness = Witness(self.space)
            answer = self._check([])
            if answer is not Answer.POSSIBLE:
                return answer, None
            witness.read(self._solver.model())
            if not plain:
                return answer, witness
            wishes = self._granted(witness)
            self._settle(witness, [term for _, term in wishes], {name for name, _ in wishes})
            return Answer.POSSIBLE, witness
        finally:
            self._solver.pop()

    def _granted(self, witness: Witness) -> list[tuple[str, Term]]:
        """The wishes that can all come true together."""
        wishes, dropped = witness.wishes(), list[tuple[str, Term]]()
        self._tell_new_rules()
        while self._check([term for _, term in wishes]) is Answer.IMPOSSIBLE:
            inside = {one.get_id() for one in self._solver.unsat_core()}
            last = max(number for number, (_, term) in enumerate(wishes) if term.get_id() in inside)
            dropped.append(wishes.pop(last))
        for wish in dropped:
            if self._check([*(term for _, term in wishes), wish[1]]) is Answer.POSSIBLE:
                wishes.append(wish)
        return wishes

    def _settle(self, witness: Witness, kept: list[Term], neutral: set[str]) -> None:
        """Read the model, then prefer plain numbers and words where the model took any."""
        if self._check(kept) is not Answer.POSSIBLE:
            return
        witness.read(self._solver.model())
        for choices in witness.plainer(neutral):
            for term in choices:
                if self._check([*kept, term]) is Answer.POSSIBLE:
                    kept.append(term)
                    witness.read(self._solver.model())
                    break

    def _check(self, assumptions: list[Term]) -> Answer:
        left = min(self.left_s, LONGEST_QUESTION_S)
        if left <= 0:
            return Answer.UNKNOWN
        self._solver.set("timeout", max(1, int(left * 1_000)))
        found = str(self._solver.check(*assumptions))
        return {"sat": Answer.POSSIBLE, "unsat": Answer.IMPOSSIBLE}.get(found, Answer.UNKNOWN)

    def _tell(self) -> None:
        self._solver.add(*self.space.rules[self._told :])
        self._told = len(self.space.rules)

    def _tell_new_rules(self) -> None:
        """Rules of variables that wishes have made; outside of this question they are told again."""
        self._solver.add(*self.space.rules[self._told :])
