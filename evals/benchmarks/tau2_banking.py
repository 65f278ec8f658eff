"""The knowledge base of τ²-bench's bank: does our search find what a task needs, and does triage hear that a person is wanted?"""

from __future__ import annotations

import asyncio
import math
import re
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson

from agents.embedded.classifier import TriageClassifier
from agents.embedded.training import ensure_trained
from domain.client import Article
from domain.facts import Signal
from evals.benchmarks.published_set import PublishedSet, SetAbsent, SetUnreadable, text_of
from evals.benchmarks.result import BenchmarkResult, Published, Row
from evals.statistics.intervals import mean_figure, share_figure
from tools.knowledge import EmbeddedKnowledge
from tools.word_vectors import word_vectors

SET = PublishedSet(
    name="tau2_banking_knowledge",
    title="τ²-bench, banking knowledge",
    folder="tau2_banking_knowledge",
    published_at="https://github.com/sierra-research/tau2-bench",
    licence="MIT",
    citation="Shi et al., τ-Knowledge: Evaluating Conversational Agents over Unstructured Knowledge, arXiv:2603.04370",
)
PUBLISHED = (
    Published(
        what="the best agents on whole tasks, pass^1",
        value="25.5 %",
        source=SET.citation,
        comparable="not comparable: it is the share of dialogues with tools that end in the right state; it says how hard the set is",
    ),
)
DEPTHS = (1, 5, 10, 20)
DEEPEST = max(DEPTHS)
GAIN_DEPTH = 10
TRANSFERS = ("transfer_to_human_agents", "request_human_agent_transfer")
SPOKEN = re.compile(r'"([^"]{15,})"')


@dataclass(frozen=True)
class Task:
    """A task: who the client is and what they want, the documents that are needed, and whether it ends with a person."""

    id: str
    script: str
    needed: frozenset[str]
    transfers: bool

    @property
    def lines(self) -> tuple[str, ...]:
        """What the client is to say word by word; the whole script where it quotes nothing."""
        return tuple(SPOKEN.findall(self.script)) or (self.script,)


def run(place: Path, models: Path) -> BenchmarkResult:
    """Search with each task's script, and with the lines that its client says; read the lines with triage."""
    began = time.perf_counter()
    articles, tasks = documents_in(place / "documents"), tasks_in(place / "tasks")
    found, times = asyncio.run(_found(EmbeddedKnowledge(articles, word_vectors()), tasks))
    by_script = [one[0] for one in found]
    by_lines = [one[1] for one in found]
    classifier = TriageClassifier(ensure_trained(models))
    heard = [_asks_for_a_person(classifier, task) for task in tasks]
    return BenchmarkResult(
        name=SET.name,
        title=SET.title,
        measured_on=datetime.now(UTC).date().isoformat(),
        system=f"tools.knowledge.EmbeddedKnowledge (words, letters, wordllama passages) and {classifier.name}",
        protocol=_protocol(len(articles), tasks),
        rows=(*_retrieval(tasks, by_script, "script"), *_retrieval(tasks, by_lines, "lines"), *_escalation(tasks, heard)),
        not_measured=(
            "Whether an answer would be right: we have no dialogue with the benchmark's simulated client and its tools here.",
            "Escalation proper: transfers in these tasks follow from what tools say; we hear only whether the script asks for a person.",
        ),
        seconds=round(time.perf_counter() - began, 1),
        median_ms=round(statistics.median(times), 2),
        set_title=SET.title,
        set_address=SET.published_at,
        set_licence=SET.licence,
    )


async def _found(knowledge: EmbeddedKnowledge, tasks: Sequence[Task]) -> tuple[list[tuple[list[str], list[str]]], list[float]]:
    """For each task the ids found by its script and by its lines, best first, and the milliseconds of every search."""
    found: list[tuple[list[str], list[str]]] = []
    times: list[float] = []

    async def search(query: str) -> list[tuple[float, str]]:
        began = time.perf_counter()
        hits = await knowledge.search(query, "en", DEEPEST)
        times.append((time.perf_counter() - began) * 1000)
        return [(hit.score, hit.article.id) for hit in hits]

    for task in tasks:
        script = [identifier for _, identifier in await search(task.script)]
        best: dict[str, float] = {}
        for line in task.lines:
            for score, identifier in await search(line):
                best[identifier] = max(score, best.get(identifier, 0.0))
        lines = sorted(best, key=lambda identifier: (-best[identifier], identifier))[:DEEPEST]
        found.append((script, lines))
    return found, times


def recall_at(found: Sequence[str], needed: frozenset[str], depth: int) -> float:
    """The share of what is needed among the first `depth`."""
    return len(needed & set(found[:depth])) / len(needed)


def ndcg_at(found: Sequence[str], needed: frozenset[str], depth: int) -> float:
    """Normalized discounted cumulative gain with gains of 0 and 1 (Järvelin & Kekäläinen 2002)."""
    gained = sum(1 / math.log2(place + 2) for place, identifier in enumerate(found[:depth]) if identifier in needed)
    return gained / sum(1 / math.log2(place + 2) for place in range(min(depth, len(needed))))


def _retrieval(tasks: Sequence[Task], found: Sequence[Sequence[str]], asked: str) -> Iterator[Row]:
    asks = {"script": "the whole script as one question", "lines": "each line that the client says as a question, best score an article"}[
        asked
    ]
    alone = range(len(tasks))

    def row(name: str, says: str, measure: Callable[[Sequence[str], frozenset[str]], float]) -> Row:
        values = [measure(ids, task.needed) for ids, task in zip(found, tasks, strict=True)]
        return Row(name=f"{name}_{asked}", says=says, figure=mean_figure(values, alone))

    for depth in DEPTHS:
        yield row(
            f"recall_at_{depth}",
            f"Share of a task's documents among the first {depth}; {asks}.",
            lambda ids, needed, depth=depth: recall_at(ids, needed, depth),
        )
    yield row(f"ndcg_at_{GAIN_DEPTH}", f"nDCG of the first {GAIN_DEPTH}; {asks}.", lambda ids, needed: ndcg_at(ids, needed, GAIN_DEPTH))


def _escalation(tasks: Sequence[Task], heard: Sequence[bool]) -> Iterator[Row]:
    ends = [float(ears) for ears, task in zip(heard, tasks, strict=True) if task.transfers]
    others = [float(ears) for ears, task in zip(heard, tasks, strict=True) if not task.transfers]
    for name, values, of in (("heard", ends, "tasks that end with a person"), ("heard_needlessly", others, "all other tasks")):
        if values:
            yield Row(
                name=f"person_wanted_{name}",
                says=f"Triage hears a wish for a person in the script, among {of}.",
                figure=share_figure(values, range(len(values))),
            )


def _asks_for_a_person(classifier: TriageClassifier, task: Task) -> bool:
    return Signal.HUMAN_REQUEST in classifier.read(task.script).raised


def _protocol(articles: int, tasks: Sequence[Task]) -> tuple[str, ...]:
    needed = statistics.median(len(task.needed) for task in tasks)
    return (
        f"Documents: all {articles:,}, searched as articles (title and content, cut into passages as the product does).",
        f"Tasks: the {len(tasks)} that the folder holds, of 97 published; relevant are a task's `required_documents` (median {needed:g}).",
        "Questions: the script of the simulated client (of which our search reads the first 2,000 characters), or the lines it quotes.",
        f"Escalation: {sum(task.transfers for task in tasks)} tasks whose expected actions transfer to a person; triage reads the script.",
        "The blend of the search is fitted on our own sample company; nothing is fitted here.",
    )


def documents_in(folder: Path) -> list[Article]:
    """Every document as an article. Raises SetAbsent or SetUnreadable."""
    return [_article(place, _json(place)) for place in _files(folder)]


def tasks_in(folder: Path) -> list[Task]:
    """Every task that names the documents it needs."""
    return [task for place in _files(folder) if (task := _task(place, _json(place))).needed]


def _files(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*.json"))
    if not found:
        raise SetAbsent(f"The set is not whole: there are no JSON files in {folder}.")
    return found


def _json(place: Path) -> dict[str, Any]:
    try:
        return orjson.loads(text_of(place))
    except ValueError as error:
        raise SetUnreadable(f"{place} is not JSON.") from error


def _article(place: Path, stored: dict[str, Any]) -> Article:
    try:
        return Article(
            id=stored["id"], title=stored["title"], body=stored["content"], product="bank", updated_on=date(2026, 1, 1), language="en"
        )
    except (KeyError, ValueError) as error:
        raise SetUnreadable(f"{place} is no document with id, title and content.") from error


def _task(place: Path, stored: dict[str, Any]) -> Task:
    try:
        actions = stored["evaluation_criteria"]["actions"] or ()
        return Task(
            id=stored["id"],
            script=str(stored["user_scenario"]["instructions"]),
            needed=frozenset(stored.get("required_documents") or ()),
            transfers=any(action["name"] in TRANSFERS for action in actions),
        )
    except (KeyError, TypeError) as error:
        raise SetUnreadable(f"{place} is no task with a scenario, actions and documents.") from error
