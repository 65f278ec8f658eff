"""How well the knowledge base finds what is asked for, and how quickly."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import orjson
import pytest

from domain.case import Sender
from domain.decision import Frozen
from tools.case_history import EmbeddedCaseHistory
from tools.crm import EmbeddedCrm
from tools.knowledge import EmbeddedKnowledge
from tools.lexical import Coverage, grams, stems
from tools.passages import passages_of
from tools.telemetry import EmbeddedTelemetry
from tools.word_vectors import word_vectors
from tools.world.model import World

GOLD = Path(__file__).parent / "data" / "retrieval.jsonl"
LANGUAGES = ("en", "de", "fr", "es")
HELD_GOAL, OBLIQUE_FLOOR, PRECISION_GOAL = 0.85, 0.45, 0.85
ENOUGH = 0.35  # the score below which the shipped policy does not let the AI answer alone
TOOL_LIMIT_MS, KNOWLEDGE_LIMIT_MS = 1.0, 2.0


class Question(Frozen):
    """`articles` are those that answer it; none for small talk. `split` says what the question may be used for: see the documentation."""

    split: str
    language: str
    articles: tuple[str, ...]
    question: str


def questions(split: str, *, answerable: bool = True) -> list[Question]:
    lines = [Question.model_validate(orjson.loads(line)) for line in GOLD.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line.split == split and bool(line.articles) == answerable]


@pytest.fixture(scope="module")
def knowledge(world: World) -> EmbeddedKnowledge:
    return EmbeddedKnowledge(world.articles, word_vectors())


async def recall(knowledge: EmbeddedKnowledge, asked: list[Question]) -> float:
    found = [{hit.article.id for hit in await knowledge.search(one.question, one.language)} & set(one.articles) for one in asked]
    return sum(bool(one) for one in found) / len(asked)


async def test_three_hits_hold_the_answer_to_questions_that_were_not_tuned_on(knowledge: EmbeddedKnowledge) -> None:
    assert len(questions("held")) >= 80
    assert await recall(knowledge, questions("held")) >= HELD_GOAL


@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_language_is_left_behind(knowledge: EmbeddedKnowledge, language: str) -> None:
    assert await recall(knowledge, [one for one in questions("held") if one.language == language]) >= HELD_GOAL


async def test_questions_that_avoid_every_search_word_are_found_as_often_as_we_say(knowledge: EmbeddedKnowledge) -> None:
    assert await recall(knowledge, questions("oblique")) >= OBLIQUE_FLOOR


async def test_small_talk_seldom_scores_high_enough_for_a_bot(knowledge: EmbeddedKnowledge) -> None:
    small_talk = questions("held", answerable=False) + questions("oblique", answerable=False)
    passing = [one for one in small_talk if (await knowledge.search(one.question, one.language))[0].score >= ENOUGH]
    assert len(passing) <= len(small_talk) * 0.2


async def test_what_scores_high_enough_for_a_bot_is_mostly_right_on_plainly_worded_questions(knowledge: EmbeddedKnowledge) -> None:
    """On oblique questions it is not (22 %): the documentation says so, and no policy may rest on the score alone."""
    asked = questions("held") + questions("held", answerable=False)
    best = [((await knowledge.search(one.question, one.language))[0], one) for one in asked]
    right = [hit.article.id in one.articles for hit, one in best if hit.score >= ENOUGH]
    assert sum(right) / len(right) >= PRECISION_GOAL


async def test_the_gold_names_articles_that_exist(world: World) -> None:
    known = {article.id for article in world.articles}
    assert {name for split in ("dev", "held", "oblique") for one in questions(split) for name in one.articles} <= known


async def test_the_clients_language_wins_between_two_versions_of_an_article(knowledge: EmbeddedKnowledge) -> None:
    assert (await knowledge.search("DEST_DENIED", "de"))[0].article.language == "de"
    assert (await knowledge.search("DEST_DENIED", "es"))[0].article.language == "es"


async def test_an_empty_knowledge_base_answers_nothing() -> None:
    assert await EmbeddedKnowledge([], word_vectors()).search("anything", "en") == []


async def test_every_twin_answers_within_its_limit(knowledge: EmbeddedKnowledge, world: World) -> None:
    crm, telemetry, history = EmbeddedCrm(world.clients), EmbeddedTelemetry(world.telemetry), EmbeddedCaseHistory(world.cases)
    times: dict[str, list[float]] = {"crm": [], "telemetry": [], "cases": [], "knowledge": []}
    for item in world.stream[:200]:
        client = item.expect.client_id or "nobody"
        for name, call in (
            ("crm", crm.identify(Sender(**item.body["sender"]))),
            ("telemetry", telemetry.report(client, world.now)),
            ("cases", history.past_cases(client, world.now)),
            ("knowledge", knowledge.search(item.body["text"], "en")),
        ):
            begun = time.perf_counter()
            await call
            times[name].append((time.perf_counter() - begun) * 1000)
    assert max(statistics.median(times[name]) for name in ("crm", "telemetry", "cases")) <= TOOL_LIMIT_MS
    assert statistics.median(times["knowledge"]) <= KNOWLEDGE_LIMIT_MS


def test_words_are_compared_without_accents_and_endings() -> None:
    assert stems("Die Rechnungen der Größe") == stems("rechnung GROSSE")
    assert stems("DEST_DENIED") == ["dest_denied"]
    assert set(grams("dashbord")) & set(grams("dashboard"))


def test_coverage_is_the_share_of_what_was_asked() -> None:
    coverage = Coverage([["export bucket"], ["invoice"]], stems)
    both, other = coverage.of("export bucket")
    half, _ = coverage.of("export dragon")
    assert 0 == other < half < both <= 1
    assert coverage.of("dragon").tolist() == [0, 0]


def test_an_article_is_cut_into_passages_under_its_title(world: World) -> None:
    article = next(one for one in world.articles if one.id == "export-fails")
    passages = passages_of(article)
    assert passages[0] == article.title
    assert any(text.startswith(article.title) and "DEST_FULL" in text and "EXPORT_TIMEOUT" not in text for text in passages)
