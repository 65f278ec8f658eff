"""Citations such as [crm:contract/778] in what a model writes."""

from __future__ import annotations

import re

CITATION = re.compile(r"\[([a-z]+:[^\[\]\s]+)\]")


def with_known_ids(text: str, known: set[str]) -> str:
    """The text, with citations of facts that nobody gave marked as such."""
    return CITATION.sub(lambda match: match[0] if match[1] in known else "[no such fact]", text)
