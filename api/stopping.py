"""A stop by signal: the application hears of it at once, not when uvicorn has waited for its last open request."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

STOPS = (signal.SIGTERM, signal.SIGINT)


def hear_stops(leave: Callable[[int, object], None]) -> None:
    """A stop calls `leave`. A terminal that hangs up is a stop as SIGTERM is, unless whoever started us had it ignored (`nohup`)."""
    for number in STOPS:
        signal.signal(number, leave)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _as_sigterm)


def _as_sigterm(number: int, frame: object) -> None:
    del number, frame
    signal.raise_signal(signal.SIGTERM)


@contextmanager
def told_of_a_stop(tell: Callable[[], None]) -> Generator[None, None, None]:
    """While inside, `tell` is called in the event loop as soon as a stop is asked for; uvicorn's own handlers go on as before."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    former = {number: signal.getsignal(number) for number in STOPS}

    def stop(number: int, frame: object) -> None:
        loop.call_soon_threadsafe(tell)
        handler = former[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)  # pyright: ignore[reportArgumentType] - the frame is what we were given

    for number in STOPS:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
