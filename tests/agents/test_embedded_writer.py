"""Replies of the embedded writer: one language where there is an article in it, and a word where there is none."""

from __future__ import annotations

from typing import Any

import pytest

from agents.embedded.writer import ONLY_IN_ENGLISH, write_reply


def article(name: str, score: float = 0.9) -> dict[str, Any]:
    return {"id": f"kb:{name}", "title": f"About {name}", "body": f"The body of {name}.", "score": score}


def reply(language: str, *articles: dict[str, Any]) -> dict[str, Any]:
    return write_reply({"language": language, "name": "Ada", "articles": list(articles)})


def test_the_article_in_the_clients_language_comes_before_one_in_another_that_fits_hardly_better() -> None:
    written = reply("es", article("export-schedule"), article("export-fr"), article("export-es", 0.82))
    assert written["citations"] == ["kb:export-es"]
    assert ONLY_IN_ENGLISH["es"] not in written["text"]


def test_an_article_in_the_clients_language_about_something_else_is_not_what_policy_judged() -> None:
    written = reply("fr", article("sso-setup", 0.89), article("acces-sso-fr", 0.39))
    assert written["citations"] == ["kb:sso-setup"]
    assert ONLY_IN_ENGLISH["fr"] in written["text"]


def test_where_only_a_language_that_the_client_may_not_read_has_the_answer_a_person_gives_it() -> None:
    written = reply("fr", article("export-de"), article("export-schedule", 0.5), article("export-fr", 0.4))
    assert written["citations"] == []
    assert "un collègue" in written["text"]


def test_of_two_in_one_language_the_better_one_is_quoted() -> None:
    assert reply("en", article("export-schedule", 0.8), article("export-retry", 0.85))["citations"] == ["kb:export-retry"]


@pytest.mark.parametrize("language", sorted(ONLY_IN_ENGLISH))
def test_an_english_article_in_a_reply_of_another_language_is_said_to_be_one(language: str) -> None:
    others = [article(f"export-{other}") for other in sorted({"de", "fr", "es"} - {language})]
    written = reply(language, *others, article("export-schedule", 0.81))
    assert written["citations"] == ["kb:export-schedule"]
    assert ONLY_IN_ENGLISH[language] in written["text"]


def test_an_english_reply_quotes_an_english_article_as_it_is() -> None:
    written = reply("en", article("export-de"), article("export-schedule"))
    assert written["citations"] == ["kb:export-schedule"]
    assert not any(words in written["text"] for words in ONLY_IN_ENGLISH.values())
