"""What cases bring about on purpose, such as a CRM that is down, is in their results and need not be logged."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager

import structlog


@contextmanager
def quiet_log() -> Generator[None, None, None]:
    """Log errors only while inside; afterwards as before."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    try:
        yield
    finally:
        structlog.configure(**before)
