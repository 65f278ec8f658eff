"""Expressions as terms of the solver. What it cannot express becomes a value that is free: then nothing false is ever proved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from policies.analysis.bounds import moment_code
from policies.analysis.logic import Term, conj, disj, either, is_term, neg, same
from policies.analysis.logic import choose as choice
from policies.analysis.magnitude import LARGEST_INT, range_of
from policies.analysis.moments import part_of_moment, part_of_span
from policies.analysis.space import LOAD, Space
from policies.analysis.syntax import Node
from policies.analysis.texts import Texts
from policies.analysis.values import Arithmetic, Value, compared, conjunction, constant, disjunction
from policies.language.durations import UNITS
from policies.language.vocabulary import vocabulary

Names = Mapping[str, Value | Mapping[str, Value]]
ORDERS = ("_<_", "_<=_", "_>_", "_>=_")
SUMS = ("_+_", "_-_", "_*_", "_/_", "_%_")
EXACT = 2**53
INSIDE = "@inside"
"""Bound inside `exists` and `all` over a fact: a second list in there would need every pair of words, and is left free."""


class Terms:
    """Turns trees into terms. `tag` keeps apart what two policies call by the same name, such as `tier`."""

    def __init__(self, space: Space, tag: str = "") -> None:
        self.space = space
        self.tag = tag
        self._sums = Arithmetic(space)
        self._texts = Texts(space)

    def of(self, node: Node, names: Names) -> Value:
        """The value of an expression; `names` are those that are no facts: `tier`, `pool` and what `exists` and `all` bind."""
        made: dict[str, Callable[[Node, Names], Value]] = {
            "constant": self._constant,
            "name": self._name,
            "select": self._select,
            "has": self._has,
            "list": self._list,
            "fold": self._fold,
            "call": self._call,
        }
        return made.get(node.kind, self._unknown)(node, names)

    def _constant(self, node: Node, names: Names) -> Value:
        if isinstance(node.value, str):
            return Value("string", self.space.words.code(node.value))
        return constant(node.value, node.type)

    def _name(self, node: Node, names: Names) -> Value:
        bound = names.get(node.text)
        if isinstance(bound, Value):
            return bound
        return Value("timestamp", self.space.fact("now")) if node.text == "now" and bound is None else self._unknown(node, names)

    def _select(self, node: Node, names: Names) -> Value:
        owner = node.parts[0]
        group = names.get(owner.text) if owner.kind == "name" else None
        if isinstance(group, Mapping):
            return group[node.text]
        pool = self._pool_of(owner)
        if pool is not None and node.text in LOAD:
            load = self.space.pool_load(pool)
            return Value("int", load[node.text], neg(load["present"]))
        path = _path_of(node, names)
        fact = vocabulary().get(path or "")
        if path is None or fact is None:
            return self._unknown(node, names)
        if fact.kind.startswith("list"):
            return Value("list", failed=neg(self.space.is_present(path)), fact=path)
        return Value(fact.kind, self.space.fact(path), neg(self.space.is_present(path)))

    def _has(self, node: Node, names: Names) -> Value:
        pool = self._pool_of(Node("select", "", 0, node.text, parts=node.parts))
        if pool is not None:
            return Value("bool", self.space.pool_load(pool)["present"])
        inner = self._pool_of(node.parts[0])
        if inner is not None:
            return Value("bool", True, neg(self.space.pool_load(inner)["present"]))
        path = _path_of(node, names)
        fact = vocabulary().get(path or "")
        return Value("bool", self.space.is_present(path or "")) if fact is not None else Value("bool", True)

    def _pool_of(self, node: Node) -> str | None:
        """The pool that `load.pools["x"]` or `load.pools.x` is about."""
        if not node.parts or node.parts[0].kind != "select" or node.parts[0].text != "pools":
            return None
        if node.kind == "select":
            return node.text
        key = node.parts[1] if node.kind == "call" and node.text == "_[_]" else None
        return key.value if key is not None and isinstance(key.value, str) else None

    def _list(self, node: Node, names: Names) -> Value:
        items = tuple(self.of(part, names) for part in node.parts)
        return Value("list", failed=disj(item.failed for item in items), items=items)

    def _call(self, node: Node, names: Names) -> Value:
        if node.text == "_[_]":
            return self._unknown(node, names, can_fail=True)
        parts = [self.of(part, names) for part in node.parts]
        name = node.text
        if name == "_&&_":
            return conjunction(parts[0], parts[1])
        if name == "_||_":
            return disjunction(parts[0], parts[1])
        if name == "_?_:_":
            return self._chosen(node, names, parts[0], parts[1], parts[2])
        if name == "!_":
            return Value("bool", neg(parts[0].term), parts[0].failed)
        failed = disj(part.failed for part in parts)
        if name in ("_==_", "_!=_", "@in"):
            found = (self._inside if name == "@in" else self._equal)(parts[0], parts[1], node, names)
            return Value("bool", neg(found) if name == "_!=_" else found, failed)
        if name in ORDERS:
            return self._ordered(node, names, failed, parts[0], parts[1])
        return self._number_or_text(node, names, failed, parts)

    def _chosen(self, node: Node, names: Names, asked: Value, yes: Value, no: Value) -> Value:
        if yes.kind == "list":
            return self._unknown(node, names, can_fail=True)
        term = choice(asked.term, yes.term, no.term)
        return Value(yes.kind, term, either(asked.failed, choice(asked.term, yes.failed, no.failed)))

    def _ordered(self, node: Node, names: Names, failed: Term, one: Value, other: Value) -> Value:
        if one.kind == "string":
            return Value("bool", self._texts.ordered(node.text, one.term, other.term), failed)
        if one.kind == "bool":
            return self._unknown(node, names).failing(failed)
        return Value("bool", compared(node.text, one.term, other.term), failed)

    def _equal(self, one: Value, other: Value, node: Node, names: Names) -> Term:
        if one.kind != "list":
            return same(one.term, other.term)
        written, fact = (one, other.fact) if one.items is not None else (other, one.fact)
        if written.items is None or fact is None:
            return self._unknown(node, names).term
        size = self.space.size(fact)
        if not written.items:
            return size == 0
        members = self.space.all_members(fact)
        codes = {item.term for item in written.items if not is_term(item.term)}
        alike = conj((*(term if code in codes else neg(term) for code, term in members.items()), size == len(written.items)))
        free = self._unknown(node, names).term
        self.space.require(disj((neg(free), alike)))
        return free

    def _inside(self, one: Value, among: Value, node: Node, names: Names) -> Term:
        if among.items is not None:
            return disj(self._equal(one, item, node, names) for item in among.items)
        if among.fact is None:
            return self._unknown(node, names).term
        if not is_term(one.term):
            return self.space.member(among.fact, one.term)
        found = self.space.list_fact(among.fact)
        known = disj(conj((one.term == code, term)) for code, term in self.space.all_members(among.fact).items())
        stranger = self.space.function(f"stranger in {among.fact}", (one.term,), "bool")
        return either(known, conj((one.term >= self.space.words.known, found.others, stranger)))

    def _number_or_text(self, node: Node, names: Names, failed: Term, parts: list[Value]) -> Value:
        name, first = node.text, parts[0]
        if name in SUMS and node.type == "int":
            low, high = range_of(node)
            return self._sums.whole(name, *parts, fits=low >= -LARGEST_INT and high <= LARGEST_INT)
        if name in SUMS and node.type == "double":
            return self._sums.decimal(name, *parts)
        if name == "_-_" and first.kind == "timestamp":
            return Value("duration", parts[0].term - parts[1].term, failed)
        if name == "-_":
            return Value(first.kind, -first.term, failed)
        if name == "double" and first.kind == "int":
            low, high = range_of(node.parts[0])
            return self._sums.to_double(first, exact=low >= -EXACT and high <= EXACT)
        if name == "int" and first.kind == "double":
            return self._sums.to_whole(first)
        if name == "size" and first.kind == "list":
            return Value("int", len(first.items) if first.items is not None else self.space.size(first.fact or ""), failed)
        if name in ("timestamp", "duration"):
            return Value(name, _written_time(str(node.parts[0].value), name), failed)
        if first.kind in ("timestamp", "duration"):
            parts_of = part_of_moment if first.kind == "timestamp" else part_of_span
            return Value("int", parts_of(self.space, name, first.term), failed)
        if name in ("contains", "startsWith", "endsWith", "matches"):
            return Value("bool", self._texts.asked(name, first.term, parts[1].term), failed)
        return self._unknown(node, names, tuple(part.term for part in parts)).failing(failed)

    def _fold(self, node: Node, names: Names) -> Value:
        over = self.of(node.parts[0], names)
        anyone = node.value == "exists"
        if over.items is not None:
            found = [self.of(node.parts[1], {**names, node.text: item}) for item in over.items]
            join = disj if anyone else conj
            return Value("bool", join(one.term for one in found), disj((over.failed, *(one.failed for one in found))))
        if over.fact is None or INSIDE in names:
            return self._unknown(node, names, can_fail=over.fact is None)
        return Value("bool", self._over_fact(node, names, over.fact, anyone), over.failed)

    def _over_fact(self, node: Node, names: Names, fact: str, anyone: bool) -> Term:
        """Whether some element fits; `all` is that no element fails to. Of the unknown elements one witness is enough."""

        def fits(code: Term) -> Term:
            found = self.of(node.parts[1], {**names, INSIDE: Value("bool", True), node.text: Value("string", code)}).term
            return found if anyone else neg(found)

        hits = [conj((member, fits(code))) for code, member in self.space.all_members(fact).items() if member is not False]
        others = self.space.list_fact(fact).others
        if others is not False:
            key = self._key(node, names)
            fitting = fits(self.space.stranger(fact, key))
            free = self.space.truth(f"a stranger fits {key}")
            self.space.require(disj((neg(free), conj((others, fitting)))))
            hits.append(free)
        return disj(hits) if anyone else neg(disj(hits))

    def _unknown(self, node: Node, names: Names, given: tuple[Term, ...] = (), can_fail: bool = False) -> Value:
        """A value that is free, and the same wherever the same is asked."""
        key = self._key(node, names)
        terms = tuple(one for one in given if one is not None and is_term(one))
        if node.type.startswith("list"):
            return Value("list", failed=self.space.truth(f"fails {key}") if can_fail else False)
        term = self.space.function(key, terms, node.type)
        if node.type == "string":
            self.space.require(term >= 0)
        return Value(node.type, term, self.space.truth(f"fails {key}") if can_fail else False)

    def _key(self, node: Node, names: Names) -> str:
        if node.kind == "name":
            bound = names.get(node.text)
            return f"{node.text}={bound.term}" if isinstance(bound, Value) else f"{node.text}@{self.tag}" if bound else node.text
        inner = ",".join(self._key(part, names) for part in node.parts)
        return f"{node.kind} {node.text} {node.value!r}({inner})"


def _path_of(node: Node, names: Names) -> str | None:
    if node.kind == "name":
        return None if node.text in names else node.text
    if node.kind not in ("select", "has"):
        return None
    owner = _path_of(node.parts[0], names)
    return f"{owner}.{node.text}" if owner is not None else None


def _written_time(text: str, kind: str) -> int:
    if kind == "timestamp":
        return moment_code(datetime.fromisoformat(text))
    return int(text[:-1]) * UNITS[text[-1]] * 1_000_000
