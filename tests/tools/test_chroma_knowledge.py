"""What is particular to Chroma."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from domain.errors import SetupFailed, ToolFailed
from tools.chroma_knowledge import ChromaKnowledge, persistent_client, server_client
from tools.word_vectors import word_vectors
from tools.world.model import World


async def test_what_was_stored_is_there_when_it_is_opened_again(world: World, tmp_path: Path) -> None:
    ChromaKnowledge(persistent_client(tmp_path), word_vectors()).store(world.articles[:5])
    again = ChromaKnowledge(persistent_client(tmp_path), word_vectors())
    assert (await again.search(world.articles[0].title, "en", limit=1))[0].article == world.articles[0]


async def test_a_changed_article_leaves_none_of_its_old_passages(world: World, tmp_path: Path) -> None:
    knowledge = ChromaKnowledge(persistent_client(tmp_path), word_vectors())
    knowledge.store(world.articles[:3])
    shorter = world.articles[0].model_copy(update={"body": "Now it is a single sentence on penguins."})
    knowledge.store([shorter])
    assert (await knowledge.search("penguins", "en", limit=1))[0].article == shorter
    assert world.articles[0] not in [hit.article for hit in await knowledge.search(world.articles[0].body, "en", limit=3)]


async def test_a_removed_article_is_not_found(world: World, tmp_path: Path) -> None:
    knowledge = ChromaKnowledge(persistent_client(tmp_path), word_vectors())
    knowledge.store(world.articles[:3])
    knowledge.remove([world.articles[0].id, "never-there"])
    assert world.articles[0].id not in [hit.article.id for hit in await knowledge.search(world.articles[0].title, "en")]


async def test_a_lost_collection_is_a_failed_tool(world: World, tmp_path: Path) -> None:
    client = persistent_client(tmp_path)
    knowledge = ChromaKnowledge(client, word_vectors())
    knowledge.store(world.articles[:3])
    client.delete_collection("maitred-articles")
    with pytest.raises(ToolFailed):
        await knowledge.search("export", "en")


def test_a_server_that_is_not_there_is_said_in_one_sentence() -> None:
    with pytest.raises(SetupFailed, match=r"no Chroma server at 127\.0\.0\.1:9"):
        server_client("127.0.0.1", 9, ssl=False)


def test_nobody_pays_for_chroma_who_does_not_use_it() -> None:
    code = "import sys, tools.chroma_knowledge, tools.knowledge; sys.exit('chromadb' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False).returncode == 0
