"""The short form of the fault tests is part of every run; `MAITRED_FAULTS=long` adds what takes long."""

from __future__ import annotations

import os

import pytest

IS_LONG = os.environ.get("MAITRED_FAULTS") == "long"
only_long = pytest.mark.skipif(not IS_LONG, reason="takes long: set MAITRED_FAULTS=long")
