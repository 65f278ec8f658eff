"""What every `Knowledge` does."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.ports import Knowledge
from tools.chroma_knowledge import ChromaKnowledge, persistent_client
from tools.knowledge import EmbeddedKnowledge
from tools.word_vectors import word_vectors
from tools.world.model import World


@pytest.fixture(params=["embedded", "chroma"], scope="module")
def knowledge(request: pytest.FixtureRequest, world: World, tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    if request.param == "embedded":
        return EmbeddedKnowledge(world.articles, word_vectors())
    folder: Path = tmp_path_factory.mktemp("chroma")
    chroma = ChromaKnowledge(persistent_client(folder), word_vectors())
    chroma.store(world.articles)
    return chroma


@pytest.mark.parametrize(
    ("question", "language", "answer"),
    [
        ("How do I schedule an export for the last day of the month?", "en", "export-schedule"),
        ("Error 429: how many requests a minute does the API allow?", "en", "api-rate-limit"),
        ("Wie setze ich mein Passwort zurück?", "de", "password-reset-de"),
        ("Où trouver et télécharger les factures ?", "fr", "facture-fr"),
        ("¿Cómo comparto un panel con gente de fuera de la empresa?", "es", "panel-compartir-es"),
    ],
)
async def test_a_plain_question_finds_its_article_in_its_language(knowledge: Knowledge, question: str, language: str, answer: str) -> None:
    assert answer in [hit.article.id for hit in await knowledge.search(question, language)]


async def test_hits_are_distinct_articles_best_first(knowledge: Knowledge) -> None:
    hits = await knowledge.search("the dashboard is slow", "en", limit=10)
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert len({hit.article.id for hit in hits}) == len(hits) > 3


async def test_an_article_comes_back_whole(knowledge: Knowledge, world: World) -> None:
    hit = (await knowledge.search("Rotate tokens and secrets without downtime", "en", limit=1))[0]
    assert hit.article in world.articles


@pytest.mark.parametrize("nothing", ["", "   ", "\n\t"])
async def test_no_question_has_no_answer(knowledge: Knowledge, nothing: str) -> None:
    assert await knowledge.search(nothing, "en") == []


async def test_no_hits_are_given_when_none_are_wanted(knowledge: Knowledge) -> None:
    assert await knowledge.search("export", "en", limit=0) == []


async def test_small_talk_is_not_taken_for_a_question_that_we_can_answer(knowledge: Knowledge) -> None:
    right = (await knowledge.search("How do I schedule an export?", "en"))[0].score
    wrong = (await knowledge.search("My cat has learned to open doors.", "en"))[0].score
    assert wrong < 0.35 < right


@pytest.mark.parametrize("odd", ["x" * 100_000, "🔥" * 500, "‮?troxpe", "\u200b\u200b", "'; drop table articles; --", "ダッシュボード"])
async def test_odd_texts_do_no_harm(knowledge: Knowledge, odd: str) -> None:
    assert all(0.0 <= hit.score <= 1.0 for hit in await knowledge.search(odd, "en"))
