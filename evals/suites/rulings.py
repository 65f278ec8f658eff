"""Rulings: the cases that leads decided otherwise than was proposed, out of one's own production."""

from __future__ import annotations

import os
from pathlib import Path

from evals.production.ruling_suite import ruling_suite

FOLDER = "MAITRED_EVAL_RULINGS"
"""The variable that names a folder of exported rulings; of a folder of versions, the newest is taken."""
SUITE = ruling_suite(Path(place) if (place := os.environ.get(FOLDER, "").strip()) else None)
