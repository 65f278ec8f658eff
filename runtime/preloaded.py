"""Imported by the process that workers are forked from: what each of them reads and none changes is loaded here, and in memory once."""

from __future__ import annotations

from tools.word_vectors import word_vectors

VECTORS = word_vectors()
