"""Answers of earlier runs, by what they were made of: the same question to the same system is not asked twice."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from pydantic import ValidationError

from evals.suite import Answer


class AnswerCache:
    """A file for each answer. Several processes may write at once; what cannot be read counts as not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str) -> Answer | None:
        """The answer, if there is one."""
        try:
            return Answer.model_validate_json(self._file(key).read_bytes())
        except (OSError, ValidationError):
            return None

    def put(self, key: str, answer: Answer) -> None:
        """Keep an answer, whole or not at all. A full disk costs the cache and not the run."""
        file = self._file(key)
        fresh = file.with_name(f"{file.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(answer.model_dump_json().encode())
            fresh.replace(file)

    def _file(self, key: str) -> Path:
        name = key.removeprefix("sha256:")
        return self._folder / name[:2] / f"{name}.json"
