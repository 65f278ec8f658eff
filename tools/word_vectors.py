"""Static word vectors that ship inside the wordllama wheel: read directly, so that nothing is ever downloaded."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from tokenizers import Tokenizer

from domain.errors import SetupFailed

DIMENSIONS = 256
MOST_TOKENS = 512


class WordVectors:
    """Mean of the vectors of a text's tokens."""

    def __init__(self, table: NDArray[np.float32], tokenizer: Any) -> None:
        self._table = table
        self._tokenizer = tokenizer

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of length one, shape (texts, 256)."""
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for row, text in enumerate(texts):
            ids = self._tokenizer.encode(text, add_special_tokens=False).ids[:MOST_TOKENS]
            if ids:
                mean = self._table[ids].mean(axis=0)
                vectors[row] = mean / max(float(np.linalg.norm(mean)), 1e-6)
        return vectors


@cache
def word_vectors() -> WordVectors:
    """The vectors, read once. Raises SetupFailed when the wheel lacks them."""
    spec = find_spec("wordllama")
    root = Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else Path()
    weights = next(iter(sorted(root.glob("weights/*_256.safetensors"))), None)
    tokenizer = next(iter(sorted(root.glob("tokenizers/*config.json"))), None)
    if weights is None or tokenizer is None:
        raise SetupFailed("The package wordllama does not hold its vectors; install it again.")
    with safe_open(str(weights), framework="np") as stored:  # pyright: ignore[reportUnknownVariableType]
        table: Any = stored.get_tensor(next(iter(stored.keys())))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType, reportUnknownVariableType]
    return WordVectors(np.asarray(table, dtype=np.float32), Tokenizer.from_file(str(tokenizer)))
