"""How the Python was built that runs this: one compiled without profile-guided optimization takes a quarter more time for all it does."""

from __future__ import annotations

import platform
import sysconfig
from collections.abc import Mapping
from typing import Any

OPTIMIZED = "--enable-optimizations"
PROFILED = "PGO_PROF_USE_FLAG"
"""Known to who compiles a Python at home; distributions that profile theirs in steps of their own leave it empty."""


def is_optimized(built: Mapping[str, Any] | None = None) -> bool:
    """Whether this Python, or one `built` so, was compiled with profile-guided optimization; in doubt it was."""
    told = sysconfig.get_config_vars() if built is None else built
    arguments = told.get("CONFIG_ARGS")
    return not isinstance(arguments, str) or OPTIMIZED in arguments or not told.get(PROFILED)


def python_told() -> str:
    """The Python and the machine in one line."""
    how = "" if is_optimized() else ", built without optimizations"
    return f"Python {platform.python_version()} ({platform.python_implementation()}{how}) on {platform.system()} {platform.machine()}"
