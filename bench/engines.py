"""The guards' conditions beside two other engines, zen-engine and Cedar, in the same run: each says which guards hold for the same facts.

Both get what favours them: compiled once, all conditions in one call, facts already in their form. Cedar has no fractions, so its facts and
literals are whole numbers of ten-thousandths. Neither resolves an envelope, a route or due times; our whole verdict is a row of its own.
"""

from __future__ import annotations

import ast
import json
import statistics
import time
from collections.abc import Callable
from typing import Any, cast

import cedarpy
import cel
import zen

from domain.facts import Facts
from policies.compilation import CompiledGuard
from policies.engine import CompiledPolicy
from policies.evaluation import NO_PROPOSAL, GuardPass
from policies.language.raw import laid_over_neutral

TIMES = 400
TENTHOUSANDTHS = 10_000
REQUEST = {"principal": 'Desk::"maitred"', "action": 'Action::"route"', "resource": 'Case::"one"'}
TIER = {"id": "premium", "rank": 60}
SAMPLES: list[dict[str, Any]] = [
    {},
    {
        "client": {"known": True, "region": "us", "contract": {"tier": "gold", "status": "active"}},
        "message": {"severity": 4, "language": "es"},
    },
    {"message": {"signals": ["churn", "legal", "outage"], "language": "de"}, "client": {"known": True, "days_since_contact": 50}},
    {"context": {"complete": False, "missing": ["crm"], "open_incidents": 1}, "message": {"intent": "outage", "turn": 4}},
]
Asked = Callable[[int], set[str]]
"""Number of the sample to the ids of the guards that hold."""


def compare(policy: CompiledPolicy) -> dict[str, float]:
    """Median microseconds for one set of facts, by engine. Raises ValueError when two of them differ about a guard."""
    samples = [laid_over_neutral(given) for given in SAMPLES]
    guards = list(policy.rules.guards)
    plain = [{**facts.plain, "proposal": NO_PROPOSAL, "tier": TIER} for facts in samples]
    engines: dict[str, Asked] = {
        "conditions": _ours(guards, plain),
        "CEL engine, one by one, all facts handed over": _cel(guards, plain),
        "zen-engine": _zen(guards, plain),
        "cedarpy": _cedar(guards, plain),
    }
    for number in range(len(samples)):
        if len({frozenset(asked(number)) for asked in engines.values()}) != 1:
            raise ValueError(f"the engines differ about sample {number}: {[sorted(asked(number)) for asked in engines.values()]}")
    taken = {name: _median_us(asked, len(samples)) for name, asked in engines.items()}
    return {"whole verdict": _median_us(_verdicts(policy, samples), len(samples)), **taken}


def _median_us(asked: Asked, samples: int) -> float:
    taken: list[float] = []
    for turn in range(TIMES):
        began = time.perf_counter()
        asked(turn % samples)
        taken.append((time.perf_counter() - began) * 1e6)
    return statistics.median(taken)


def _verdicts(policy: CompiledPolicy, samples: list[Facts]) -> Asked:
    for facts in samples:
        _ = facts.digest
    return lambda number: {guard.id for guard in policy.evaluate(samples[number], None).guards}


def _ours(guards: list[CompiledGuard], plain: list[dict[str, Any]]) -> Asked:
    together = GuardPass(guards)
    if together.others:
        raise ValueError("every condition must be one that all engines can express")
    return lambda number: {guard.rule.id for guard in together.held(plain[number])}


def _cel(guards: list[CompiledGuard], plain: list[dict[str, Any]]) -> Asked:
    def asked(number: int) -> set[str]:
        context = cel.Context(variables=plain[number])
        return {guard.rule.id for guard in guards if guard.when.holds(context)}

    return asked


def _zen(guards: list[CompiledGuard], plain: list[dict[str, Any]]) -> Asked:
    rows = [{"id": guard.rule.id, "key": guard.rule.id, "value": written(guard, _zen_text)} for guard in guards]
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in"},
        {"id": "guards", "type": "expressionNode", "name": "guards", "content": {"expressions": rows}},
        {"id": "out", "type": "outputNode", "name": "out"},
    ]
    edges = [
        {"id": "1", "type": "edge", "sourceId": "in", "targetId": "guards"},
        {"id": "2", "type": "edge", "sourceId": "guards", "targetId": "out"},
    ]
    decision: Any = zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))
    return lambda number: {name for name, holds in decision.evaluate(plain[number])["result"].items() if holds is True}


def _cedar(guards: list[CompiledGuard], plain: list[dict[str, Any]]) -> Asked:
    texts = [
        f"@id({json.dumps(guard.rule.id)}) permit(principal, action, resource) when {{ {written(guard, _cedar_text)} }};"
        for guard in guards
    ]
    cedar: Any = cedarpy
    policies, entities = cedar.PolicySet.from_str("\n".join(texts)), cedar.Entities.from_json_str("[]")
    names = {f"policy{number}": guard.rule.id for number, guard in enumerate(guards)}
    requests = [{**REQUEST, "context": _whole(facts)} for facts in plain]
    return lambda number: {names[reason] for reason in cedar.is_authorized(requests[number], policies, entities).diagnostics.reasons}


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _whole(item) for name, item in cast("dict[str, Any]", value).items()}
    return round(value * TENTHOUSANDTHS) if isinstance(value, float) else value


def written(guard: CompiledGuard, text: Callable[[ast.expr], str]) -> str:
    """A guard's condition in another engine's words."""
    if guard.when.direct is None:
        raise ValueError(f"guard {guard.rule.id} has no plain form")
    return text(guard.when.direct.tree())


def _path(name: ast.Name) -> str:
    return name.id.replace("__", ".")


def _zen_text(tree: ast.expr) -> str:
    match tree:
        case ast.BoolOp(op=op, values=values):
            return "(" + (" and " if isinstance(op, ast.And) else " or ").join(map(_zen_text, values)) + ")"
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"-{_zen_text(operand)}"
        case ast.UnaryOp(operand=operand):
            return f"not ({_zen_text(operand)})"
        case ast.Compare(left=left, ops=[ast.IsNot()]):
            return f"{_zen_text(left)} != null"
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return f"{_zen_text(left)} {_mark(op)} {_zen_text(right)}"
        case ast.BinOp(left=left, right=right):
            return f"({_zen_text(left)} + {_zen_text(right)})"
        case ast.Tuple(elts=items):
            return "[" + ", ".join(map(_zen_text, items)) + "]"
        case ast.Name():
            return _path(tree)
        case ast.Constant(value=value):
            return json.dumps(value)
        case _:
            raise ValueError(ast.dump(tree))


def _cedar_text(tree: ast.expr) -> str:
    match tree:
        case ast.BoolOp(op=op, values=values):
            return "(" + (" && " if isinstance(op, ast.And) else " || ").join(map(_cedar_text, values)) + ")"
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"-{_cedar_text(operand)}"
        case ast.UnaryOp(operand=operand):
            return f"!({_cedar_text(operand)})"
        case ast.Compare(left=ast.Name() as left, ops=[ast.IsNot()]):
            group, _, name = _path(left).rpartition(".")
            return f"context.{group} has {name}"
        case ast.Compare(left=left, ops=[ast.In()], comparators=[right]):
            return f"{_cedar_text(right)}.contains({_cedar_text(left)})"
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return f"{_cedar_text(left)} {_mark(op)} {_cedar_text(right)}"
        case ast.BinOp(left=left, right=right):
            return f"({_cedar_text(left)} + {_cedar_text(right)})"
        case ast.Tuple(elts=items):
            return "[" + ", ".join(map(_cedar_text, items)) + "]"
        case ast.Name():
            return f"context.{_path(tree)}"
        case ast.Constant(value=value):
            return json.dumps(_whole(value))
        case _:
            raise ValueError(ast.dump(tree))


def _mark(op: ast.cmpop) -> str:
    marks: dict[type[ast.cmpop], str] = {
        ast.Eq: "==",
        ast.NotEq: "!=",
        ast.Lt: "<",
        ast.LtE: "<=",
        ast.Gt: ">",
        ast.GtE: ">=",
        ast.In: "in",
    }
    return marks[type(op)]
