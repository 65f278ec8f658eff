"""What the solver believes of an expression and of a whole policy is what the engine does with it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import cel
import yaml

from domain.decision import Proposal
from domain.facts import Facts
from policies.analysis.bounds import moment_code
from policies.analysis.checking import check_expression, check_sites
from policies.analysis.logic import Term, both, conj, neg, same
from policies.analysis.prover import Answer, Prover
from policies.analysis.ruling import ANYWHERE, Ruling, model_regions
from policies.analysis.space import Space
from policies.analysis.terms import Terms
from policies.analysis.values import Value
from policies.analysis.words import words_of
from policies.engine import compile_policy
from policies.language.vocabulary import vocabulary
from policies.rules import shipped
from tests.policies.analysis.generated import expressions, some_facts
from tests.policies.examples import _facts, _proposal  # pyright: ignore[reportPrivateUsage]


def exactly(space: Space, facts: Facts, proposal: Proposal | None) -> Term:
    """These facts and no others, for every variable that has been read."""
    plain = (facts.with_proposal(proposal.as_facts()) if proposal is not None else facts).plain
    strangers: dict[str, int] = {}

    def code(word: str) -> int:
        return space.words.code(word) if word in set(space.words) else space.words.known + strangers.setdefault(word, len(strangers))

    def at(path: str) -> Any:
        value: Any = plain
        for step in path.split("."):
            value = None if value is None else value.get(step)
        return value

    terms: list[Term] = []
    for path, variable in space.variables.items():
        value, kind = at(path), vocabulary()[path].kind
        if value is not None:
            exact = code(value) if kind == "string" else Fraction(value) if kind == "double" else value
            terms.append(same(variable, moment_code(facts.now) if kind == "timestamp" else exact))
    terms += [term if at(path) is not None else neg(term) for path, term in space.present.items()]
    for path, found in space.lists.items():
        inside = {code(word) for word in at(path) or ()}
        terms += [term if number in inside else neg(term) for number, term in found.members.items() if term is not False]
        terms += [same(found.others, any(number >= space.words.known for number in inside))] if found.others is not False else []
        terms += [found.size == len(at(path) or ())] if found.size is not None else []
    for pool, load in space.pools.items():
        known: dict[str, int] | None = plain["load"]["pools"].get(pool)
        terms.append(load["present"] if known else neg(load["present"]))
        terms += [load[name] == value for name, value in (known or {}).items()]
    return conj(terms)


def outcome(source: str, facts: Facts, proposal: Proposal | None) -> bool | None:
    """The engine's answer; None when the expression fails."""
    plain = (facts.with_proposal(proposal.as_facts()) if proposal is not None else facts).plain
    try:
        return cel.compile(source).execute(cel.Context(variables={**plain, "now": facts.now}))
    except BaseException:
        return None


def test_the_solver_believes_possible_what_the_engine_answers_and_nearly_always_nothing_else() -> None:
    asked = sharp = 0
    sources = [source for source in expressions(seed=11, count=900) if check_expression(source)[0] is not None][:450]
    trees = {source: tree for source in sources if (tree := check_expression(source)[0]) is not None}
    for number, (source, tree) in enumerate(trees.items()):
        space = Space(words_of([], [tree]))
        value = Terms(space).of(tree, {})
        prover = Prover(space, 60.0)
        for turn in range(4):
            facts, proposal = some_facts(number * 7 + turn)
            here = exactly(space, facts, proposal)
            believed = {name: prover.asks(here, term) for name, term in _outcomes(value).items()}
            answer = outcome(source, facts, proposal)
            assert believed[answer] is not Answer.IMPOSSIBLE, (source, facts.plain, answer)
            asked += 1
            sharp += all(found is Answer.IMPOSSIBLE for name, found in believed.items() if name != answer)
    assert asked >= 1_500
    assert sharp / asked > 0.8, sharp / asked


def _outcomes(value: Value) -> dict[bool | None, Term]:
    return {True: value.holds, False: both(neg(value.term), neg(value.failed)), None: value.failed}


def test_the_ruling_of_the_shipped_policy_is_the_verdict_of_the_engine() -> None:
    policy = compile_policy(shipped())
    sites, faults = check_sites(policy)
    assert faults == []
    space = Space(words_of([policy.document], [one.tree for one in sites]))
    ruling = Ruling(policy, sites, space)
    wanted: dict[str, Term] = {
        **{f"mode {mode}": term for mode, term in ruling.modes.items()},
        **{f"pool {pool}": term for pool, term in ruling.pools.items()},
        **{f"action {action}": term for action, term in ruling.actions.items()},
        **{f"region {region}": ruling.region(region) for region in model_regions(policy)},
        **{f"fires {one.guard.rule.id}": one.fires for one in ruling.guards},
        **{f"tier {tier.id}": term for tier, term in zip(policy.document.tiers, ruling.tiers, strict=True)},
        "review": ruling.review,
        "empty": ruling.empty,
        **{f"floor {floor}": ruling.floor_is_at_least(floor) for floor in (90, 100, 120, 150)},
    }
    prover = Prover(space, 120.0)
    for seed in range(150):
        facts, proposal = _facts(seed), _proposal(seed)
        verdict = policy.evaluate(facts, proposal)
        envelope, regions = verdict.envelope, verdict.envelope.model_regions
        got = {
            **{f"mode {mode}": mode in envelope.modes for mode in ruling.modes},
            **{f"pool {pool}": pool in envelope.pools for pool in ruling.pools},
            **{f"action {action}": action in envelope.actions for action in ruling.actions},
            **{f"region {region}": regions is None or (region in regions and region != ANYWHERE) for region in model_regions(policy)},
            **{f"fires {one.guard.rule.id}": one.guard.rule.id in {fired.id for fired in verdict.guards} for one in ruling.guards},
            **{f"tier {tier.id}": verdict.tier.id == tier.id for tier in policy.document.tiers},
            "review": verdict.review is not None,
            "empty": envelope.empty,
            **{f"floor {floor}": envelope.priority_floor >= floor for floor in (90, 100, 120, 150)},
        }
        here = exactly(space, facts, proposal)
        assert prover.asks(here) is Answer.POSSIBLE, seed
        alike = conj(same(term, got[name]) for name, term in wanted.items())
        assert prover.asks(here, neg(alike)) is Answer.IMPOSSIBLE, seed


def ai_alone() -> str:
    """A policy whose guards leave nobody but the AI to some, with a default that asks for it and two that ask for a person."""
    document: dict[str, Any] = yaml.load(shipped(), Loader=yaml.BaseLoader)
    for part in ("tests", "invariants"):
        del document[part]
    because = "A reason that is stated."
    document["defaults"] = [
        {"tier": "premium", "when": "client.known", "mode": "ai", "pool": "eu-core"},
        {"region": "eu", "mode": "human", "pool": "eu-core"},
        {"mode": "hybrid", "pool": "us-core"},
    ]
    document["guards"] = [
        {"id": "alone", "when": "message.severity >= 2", "modes": ["ai"], "because": because},
        {"id": "near", "when": 'client.region == "eu"', "model_regions": ["eu", "ch"], "because": because},
        {"id": "eu", "when": 'client.region == "eu"', "pools_where": 'pool.region == "eu"', "because": because},
        {"id": "money", "when": "client.regulated", "forbid_actions": ["refund", "credit"], "because": because},
        {"id": "person", "when": "message.severity == 5", "modes": ["human"], "because": because},
        {"id": "skilled", "when": "message.turn == 5", "require_skills": ["billing"], "because": because},
    ]
    return yaml.safe_dump(document, sort_keys=False)


def test_where_only_the_ai_is_left_the_solver_knows_when_a_lead_looks() -> None:
    policy = compile_policy(ai_alone())
    sites, faults = check_sites(policy)
    assert faults == []
    space = Space(words_of([policy.document], [one.tree for one in sites]))
    ruling = Ruling(policy, sites, space)
    prover, seen = Prover(space, 120.0), set[tuple[bool, str]]()
    wanted = (ruling.review, ruling.empty, ruling.cornered)
    for seed in range(300):
        facts, proposal = _facts(seed), _proposal(seed)
        verdict = policy.evaluate(facts, proposal)
        cornered = (verdict.source, verdict.route.mode) == ("envelope", "ai")
        seen.add((verdict.review is not None, f"{verdict.source} {verdict.route.mode}"))
        alike = conj(map(same, wanted, (verdict.review is not None, verdict.envelope.empty, cornered)))
        here = exactly(space, facts, proposal)
        assert prover.asks(here) is Answer.POSSIBLE, seed
        assert prover.asks(here, neg(alike)) is Answer.IMPOSSIBLE, seed
    assert {(True, "envelope ai"), (False, "proposal ai"), (False, "default ai"), (True, "fallback human")} <= seen
