"""Expressions that plain Python answers as the engine would, without handing it a single fact.

Facts are validated before anything is evaluated, so the kind and the largest size of each is known when an expression is compiled. One that
could fail, or that CEL and Python might read differently in any case, is left to the engine. No text of a policy becomes text of a program:
the tree is built node by node from the few shapes of `direct_terms`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from policies import direct_terms as terms
from policies.direct_terms import NotDirect, Term

TOKEN = re.compile(
    r"""[ \t\r\n]*(?:
    (?P<double>\d+\.\d+(?:[eE][+-]?\d+)?)
    | (?P<int>\d+)
    | (?P<string>"[^"\\\n]*"|'[^'\\\n]*')
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<mark>&&|\|\||[=!<>]=|[-<>!()\[\],.?:+*])
    )[ \t\r\n]*""",
    re.ASCII | re.VERBOSE,
)
RELATIONS = frozenset(terms.COMPARISONS)
MOST_TOKENS = 400
DEEPEST = 20
"""Brackets within brackets."""
CONSTANTS = {"true": True, "false": False}
FUNCTIONS = frozenset({"size", "double"})
END = ("mark", "")

Answer = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Direct:
    """An expression that plain Python may answer, with the paths of the facts that it reads."""

    source: str
    paths: frozenset[str]

    def tree(self) -> ast.expr:
        """The expression as a Python tree. It is made when it is asked for: kept, it would weigh more than all the rest of a policy."""
        return _Translation(self.source).whole().tree


def translated(source: str) -> Direct | None:
    """`source`, which is valid CEL, as Python; None when only the engine may answer it."""
    try:
        translation = _Translation(source)
        translation.whole()
    except NotDirect:
        return None
    return Direct(source, frozenset(translation.paths))


def answer_of(direct: Direct) -> Answer:
    """The expression as a function of plain facts (with `tier`, and `pool` where it is read)."""
    return _function(direct.tree(), direct.paths)


def answers_of(several: Sequence[Direct]) -> Answer:
    """Several expressions as one function that gives a tuple: each fact is looked up once for all of them."""
    paths = frozenset[str]().union(*(direct.paths for direct in several))
    return _function(ast.Tuple([direct.tree() for direct in several], ast.Load()), paths)


@lru_cache(1_000)
def values_of(paths: tuple[str, ...]) -> Answer | None:
    """A function that gives the facts at `paths`, in this order; None when one of them may be absent or is no single fact."""
    facts = terms.known_facts()
    if any(facts.get(path, ("", True))[1] for path in paths):
        return None
    names: list[ast.expr] = [ast.Name(terms.local_name(path), ast.Load()) for path in paths]
    return _function(ast.Dict([ast.Constant(path) for path in paths], names), frozenset(paths))


def _function(tree: ast.expr, paths: frozenset[str]) -> Answer:
    facts = terms.known_facts()
    body: list[ast.stmt] = [_looked_up(path, facts[path][1]) for path in sorted(paths)]
    function = ast.FunctionDef("answer", ast.arguments([], [ast.arg("facts")], None, [], [], None, []), [*body, ast.Return(tree)], [])
    space: dict[str, Any] = {"__builtins__": {}, "len": len, "float": float}
    exec(compile(ast.fix_missing_locations(ast.Module([function], [])), "<policy>", "exec"), space)  # noqa: S102 - no text goes in, see above
    return space["answer"]


def _looked_up(path: str, optional: bool) -> ast.stmt:
    *groups, name = path.split(".")
    value: ast.expr = ast.Name("facts", ast.Load())
    for group in groups:
        value = ast.Subscript(value, ast.Constant(group), ast.Load())
    if optional:
        value = ast.Call(ast.Attribute(value, "get", ast.Load()), [ast.Constant(name)], [])
    else:
        value = ast.Subscript(value, ast.Constant(name), ast.Load())
    return ast.Assign([ast.Name(terms.local_name(path), ast.Store())], value)


class _Translation:
    """Recursive descent over CEL's grammar, less what `direct_terms` has no shape for."""

    def __init__(self, source: str) -> None:
        self._tokens = _tokens_of(source)
        self._at = 0
        self._depth = 0
        self._present: frozenset[str] = frozenset()
        self.paths: set[str] = set()

    def whole(self) -> Term:
        """The whole expression. Raises NotDirect."""
        term = self._expression()
        if self._tokens[self._at] != END:
            raise NotDirect
        return term

    def _expression(self) -> Term:
        self._depth += 1
        if self._depth > DEEPEST:
            raise NotDirect
        term = self._any()
        if self._took("?"):
            with self._knowing(term.if_true):
                yes = self._any()
            self._take(":")
            with self._knowing(term.if_false):
                no = self._expression()
            term = terms.choice(term, yes, no)
        self._depth -= 1
        return term

    def _any(self) -> Term:
        return self._chain(self._every, "||", every=False)

    def _every(self) -> Term:
        return self._chain(self._relation, "&&", every=True)

    def _chain(self, part: Callable[[], Term], mark: str, *, every: bool) -> Term:
        """Parts that are asked from the left: each knows what those before it found present."""
        parts = [part()]
        known = self._present
        while self._took(mark):
            self._present |= parts[-1].if_true if every else parts[-1].if_false
            parts.append(part())
        self._present = known
        return terms.both(parts, every=every)

    def _relation(self) -> Term:
        left = self._sum()
        mark = self._tokens[self._at][1]
        if mark not in RELATIONS or self._tokens[self._at][0] == "string":
            return left
        self._at += 1
        return terms.comparison(left, mark, self._sum())

    def _sum(self) -> Term:
        left = self._product()
        while (mark := self._one_of("+", "-")) is not None:
            left = terms.arithmetic(left, mark, self._product())
        return left

    def _product(self) -> Term:
        left = self._signed()
        while self._took("*"):
            left = terms.arithmetic(left, "*", self._signed())
        return left

    def _signed(self) -> Term:
        if self._took("-"):
            return terms.minus(self._member())
        if self._took("!"):
            return terms.opposite(self._member())
        return self._member()

    def _member(self) -> Term:
        term = self._primary()
        while self._took("."):
            name = self._name()
            term = terms.call(name, [term, *self._arguments()])
        return term

    def _primary(self) -> Term:
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind == "mark":
            return self._bracketed(text)
        if kind != "name":
            return terms.literal(text[1:-1] if kind == "string" else int(text) if kind == "int" else float(text))
        if text in CONSTANTS:
            return terms.literal(CONSTANTS[text])
        if text == "has":
            return self._presence()
        if text in FUNCTIONS:
            return terms.call(text, self._arguments())
        return self._fact(text)

    def _bracketed(self, opening: str) -> Term:
        if opening == "(":
            term = self._expression()
            self._take(")")
            return term
        if opening != "[":
            raise NotDirect
        items = [self._signed()]
        while self._took(","):
            items.append(self._signed())
        self._take("]")
        return terms.members(items)

    def _arguments(self) -> list[Term]:
        self._take("(")
        if self._took(")"):
            return []
        items = [self._expression()]
        self._take(")")
        return items

    def _presence(self) -> Term:
        self._take("(")
        path = self._path(self._name())
        self._take(")")
        known = terms.known_facts().get(path)
        if known is None:
            raise NotDirect
        if known[1]:
            self.paths.add(path)
        return terms.presence(path, known[1])

    def _fact(self, root: str) -> Term:
        path = self._path(root)
        known = terms.known_facts().get(path)
        if known is None or (known[1] and path not in self._present):
            raise NotDirect
        self.paths.add(path)
        return terms.fact(path, known[0])

    def _path(self, root: str) -> str:
        """The dotted path from here on; a name that is called is no step of it."""
        steps = [root]
        while self._tokens[self._at] == ("mark", ".") and self._tokens[self._at + 1][0] == "name":
            if self._tokens[self._at + 2] == ("mark", "("):
                break
            steps.append(self._tokens[self._at + 1][1])
            self._at += 2
        return ".".join(steps)

    @contextmanager
    def _knowing(self, present: frozenset[str]) -> Generator[None]:
        known, self._present = self._present, self._present | present
        yield
        self._present = known

    def _name(self) -> str:
        kind, text = self._tokens[self._at]
        if kind != "name":
            raise NotDirect
        self._at += 1
        return text

    def _one_of(self, *marks: str) -> str | None:
        return next((mark for mark in marks if self._took(mark)), None)

    def _took(self, mark: str) -> bool:
        found = self._tokens[self._at] == ("mark", mark)
        self._at += found
        return found

    def _take(self, mark: str) -> None:
        if not self._took(mark):
            raise NotDirect


def _tokens_of(source: str) -> list[tuple[str, str]]:
    """(kind, text) of each token, and ends to look ahead to."""
    tokens: list[tuple[str, str]] = []
    at = 0
    while at < len(source):
        found = TOKEN.match(source, at)
        if found is None or len(tokens) == MOST_TOKENS:
            raise NotDirect
        tokens.append((found.lastgroup or "", found[found.lastgroup or 0]))
        at = found.end()
    return [*tokens, END, END, END]
