"""Retrieval: does the article that answers come first, is it said when none does, and are the facts there that a lead needs?"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

from evals.case import EvalCase
from evals.datasets import read
from evals.house import Changes, House
from evals.scoring.baselines import keyword_articles
from evals.suite import Answer, Better, Judgement, Metric, Suite
from graphs.snapshot import RELEVANCE_FLOOR

DEPTH = 5
AGE_WITHIN_S = 1

METRICS = (
    Metric(name="recall_1", says="An article that answers comes first."),
    Metric(name="recall_3", says="An article that answers is among the first three: those that the agents see.", goal=0.85),
    Metric(name="recall_5", says="An article that answers is among the first five."),
    Metric(
        name="ndcg_5", says="How near the order of the first five comes to the best one (nDCG, Järvelin and Kekäläinen 2002).", kind="mean"
    ),
    Metric(name="no_answer_seen", says="No article scores as relevant when none answers.", goal=0.8),
    Metric(name="answer_kept", says="The best article scores as relevant when one answers."),
    Metric(
        name="confident_wrong",
        says="Of questions whose best article scores as relevant, those that it does not answer: what a bot alone would quote.",
        better=Better.LOWER,
    ),
    Metric(name="facts_there", says="The facts that a lead needs are among those gathered, with what they have to say.", goal=1.0),
    Metric(name="facts_dated", says="Each of those facts names its source and its right age.", goal=1.0),
    Metric(
        name="nothing_stale", says="Nothing is gathered that does not hold any more, and a tool that failed is named as missing.", goal=1.0
    ),
)


def cases(seed: int) -> list[EvalCase]:
    """Questions with the articles that answer them, and records with the facts that are needed from them. The seed changes nothing."""
    del seed
    return read("retrieval")


async def answer(house: House, case: EvalCase) -> Answer:
    """The first five articles for a question, or all that is gathered for a message."""
    if "question" in case.input:
        began = time.perf_counter()
        hits = await house.gatherer.knowledge.search(case.input["question"], case.input["language"], DEPTH)
        found = [{"id": hit.article.id, "score": hit.score} for hit in hits]
        return Answer(output={"articles": found}, models=("embedded/knowledge",), ms=round((time.perf_counter() - began) * 1000, 3))
    outcome = (await house.converse(case.input["messages"], Changes.model_validate(case.input["changes"])))[-1]
    context = outcome.context
    facts = [fact.model_dump(mode="json") for fact in context.facts]
    return Answer(output={"facts": facts, "missing": sorted(context.missing)}, models=outcome.models, usage=outcome.usage, ms=outcome.ms)


def judge(case: EvalCase, answered: Answer) -> Judgement:
    """The order of articles, or the gathered facts, against what the author of the case knows to be right."""
    return _ranked(case.gold["articles"], answered.output["articles"]) if "question" in case.input else _gathered(case, answered.output)


def _ranked(gold: Sequence[str], found: Sequence[dict[str, Any]]) -> Judgement:
    ids = [one["id"] for one in found]
    relevant = bool(found) and found[0]["score"] >= RELEVANCE_FLOOR
    wrong = relevant and ids[0] not in gold
    values: dict[str, float] = {"confident_wrong": float(wrong)} if relevant else {}
    best = f"{ids[0]} ({found[0]['score']:.2f})" if found else "nothing"
    if not gold:
        values["no_answer_seen"] = float(not relevant)
        return Judgement(passed=not relevant, values=values, why=f"no article answers, and {best} scores as relevant" if relevant else "")
    values |= {f"recall_{depth}": float(bool(set(gold) & set(ids[:depth]))) for depth in (1, 3, DEPTH)}
    values |= {"ndcg_5": round(ndcg(gold, ids), 4), "answer_kept": float(relevant)}
    passed = bool(values["recall_3"])
    return Judgement(passed=passed, values=values, why="" if passed else f"{' or '.join(gold)} answers; {best} came first")


def ndcg(gold: Sequence[str], ids: Sequence[str]) -> float:
    """Discounted gain of the first five over that of the best order, every right article gaining the same."""
    gain = sum(1 / math.log2(place + 2) for place, one in enumerate(ids[:DEPTH]) if one in gold)
    return gain / sum(1 / math.log2(place + 2) for place in range(min(DEPTH, len(gold))))


def _gathered(case: EvalCase, output: dict[str, Any]) -> Judgement:
    facts = {fact["id"]: fact for fact in output["facts"]}
    values: dict[str, float] = {}
    faults: list[str] = []
    for need in case.gold["facts"]:
        fact = facts.get(need["id"])
        lacking = [words for words in need["says"] if fact is None or words not in fact["text"]]
        dated = fact is not None and fact["source"] == need["source"] and abs(fact["age_s"] - need["age_s"]) <= AGE_WITHIN_S
        values["facts_there"] = min(values.get("facts_there", 1.0), float(not lacking))
        if fact is not None:
            values["facts_dated"] = min(values.get("facts_dated", 1.0), float(dated))
        if fact is None:
            faults.append(f"{need['id']} was not gathered")
        elif lacking:
            faults.append(f"{need['id']} does not say {', '.join(lacking)}")
        elif not dated:
            faults.append(
                f"{need['id']} is from {fact['source']}, {fact['age_s']} s old, and should be from {need['source']}, {need['age_s']} s"
            )
    stale = [one for one in case.gold["absent"] if one in facts]
    unsaid = [tool for tool in case.gold["missing"] if tool not in output["missing"]]
    if case.gold["absent"] or case.gold["missing"]:
        values["nothing_stale"] = float(not stale and not unsaid)
    faults += [f"{one} was gathered and does not hold" for one in stale] + [f"nobody says that {tool} did not answer" for tool in unsaid]
    return Judgement(passed=not faults, values=values, why="; ".join(faults))


async def answer_by_keywords(house: House, case: EvalCase) -> Answer:
    """Words of the question in titles and search words. Records are not gathered by keywords at all."""
    if "question" not in case.input:
        return Answer(output={"facts": [], "missing": []}, models=("baseline:keyword",))
    found = keyword_articles(case.input["question"], house.world.articles, DEPTH)
    return Answer(output={"articles": found}, models=("baseline:keyword",))


SUITE = Suite(
    name="retrieval",
    asks="Does the article that answers come first, is it said when none does, and are the facts there that a lead needs?",
    metrics=METRICS,
    cases=cases,
    answer=answer,
    judge=judge,
    baselines={"keyword": answer_by_keywords},
)
