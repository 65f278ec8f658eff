"""Loads and renders prompts. The client's text is never part of a prompt: it travels apart, as data."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

HOLE = re.compile(r"\{\{ *([a-z_]+) *\}\}")


@dataclass(frozen=True)
class Prompt:
    """One version of one prompt."""

    id: str
    version: int
    inputs: tuple[str, ...]
    output: str
    template: str

    @cached_property
    def hash(self) -> str:
        """The first twelve hex digits of the template's SHA-256."""
        return hashlib.sha256(self.template.encode()).hexdigest()[:12]

    @property
    def label(self) -> str:
        """`router@1#5f2c9a…`."""
        return f"{self.id}@{self.version}#{self.hash}"

    def render(self, **given: Any) -> str:
        """The prompt with every hole filled. Raises ValueError for a missing or unknown input."""
        if set(given) != set(self.inputs):
            raise ValueError(f"prompt {self.id} takes {sorted(self.inputs)}, got {sorted(given)}")
        return HOLE.sub(lambda match: str(given[match[1]]), self.template)


@cache
def load(identifier: str) -> Prompt:
    """The package's prompt with this id. Raises ValueError when its front matter and its holes disagree."""
    return read_prompt(identifier, files("prompts").joinpath(f"{identifier}.md").read_text(encoding="utf-8"))


def prompts_in(folder: Path | None) -> dict[str, Prompt]:
    """Every prompt by id: those of `folder` in the place of the package's own. Raises ValueError for a file that cannot take its place."""
    own = {
        path.name.removesuffix(".md"): load(path.name.removesuffix(".md"))
        for path in files("prompts").iterdir()
        if path.name.endswith(".md")
    }
    found = {path.stem: path for path in sorted(folder.glob("*.md"))} if folder else {}
    if folder and not found:
        raise ValueError(f"{folder} holds no prompt; it needs at least one of {', '.join(f'{name}.md' for name in sorted(own))}")
    for name, path in found.items():
        if name not in own:
            raise ValueError(f"{path}: there is no prompt {name}; the prompts are {', '.join(sorted(own))}")
        try:
            prompt = read_prompt(name, path.read_text(encoding="utf-8"))
        except (ValueError, KeyError, TypeError, OSError, yaml.YAMLError) as error:
            raise ValueError(f"{path}: {error}") from error
        if set(prompt.inputs) != set(own[name].inputs):
            raise ValueError(f"{path}: it takes {sorted(prompt.inputs)}, its agent gives {sorted(own[name].inputs)}")
        own[name] = prompt
    return own


def read_prompt(identifier: str, text: str) -> Prompt:
    """A prompt from its file's text. Raises ValueError when its front matter and its holes disagree."""
    _, head, body = text.split("---\n", 2)
    front = yaml.safe_load(head)
    inputs = tuple(front.get("inputs") or ())
    holes = set(HOLE.findall(body))
    if front["id"] != identifier or holes != set(inputs):
        raise ValueError(f"prompt {identifier}: front matter says {sorted(inputs)}, the text has {sorted(holes)}")
    return Prompt(identifier, int(front["version"]), inputs, str(front["output"]), body.strip())
