"""Knowledge articles of the sample company: one Markdown file each, in a folder per language, with YAML front matter."""

from __future__ import annotations

from importlib.resources import files

import yaml

from domain.client import Article

FENCE = "---\n"


def articles() -> tuple[Article, ...]:
    """Every article, by id."""
    folders = [folder for folder in files("tools.world.articles").iterdir() if folder.is_dir() and not folder.name.startswith("_")]
    texts = [page.read_text(encoding="utf-8") for folder in folders for page in folder.iterdir() if page.name.endswith(".md")]
    return tuple(sorted((_article(text) for text in texts), key=lambda article: article.id))


def _article(text: str) -> Article:
    _, head, body = text.split(FENCE, 2)
    return Article.model_validate({**yaml.safe_load(head), "body": body.strip()})
