"""Knowledge articles of the sample company: one Markdown file per product area, one `##` section per article.

A heading reads `## <id> | <title> | <intents, comma-separated>`.
"""

from __future__ import annotations

import re
from datetime import date
from importlib.resources import files

from domain.client import Article

HEADING = re.compile(r"^## ([a-z0-9-]+) \| (.+?) \| ([a-z_, ]+)$", re.MULTILINE)
UPDATED = date(2026, 10, 1)


def articles() -> tuple[Article, ...]:
    """Every article, by id."""
    found: list[Article] = []
    for path in files(__package__).iterdir():
        if path.name.endswith(".md"):
            found += _sections(path.name.removesuffix(".md"), path.read_text(encoding="utf-8"))
    return tuple(sorted(found, key=lambda article: article.id))


def _sections(area: str, text: str) -> list[Article]:
    parts = HEADING.split(text)[1:]
    return [
        Article(
            id=identifier,
            title=title,
            body=body.strip(),
            product=area,
            language=identifier[-2:] if identifier[-3:] in ("-de", "-fr", "-es") else "en",
            intents=tuple(intent.strip() for intent in intents.split(",")),
            updated_on=UPDATED,
        )
        for identifier, title, intents, body in zip(parts[::4], parts[1::4], parts[2::4], parts[3::4], strict=True)
    ]
