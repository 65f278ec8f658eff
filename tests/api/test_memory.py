"""Large bodies cost the service no memory: they are refused before they are kept."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psutil
import pytest

from tests.raw_http import Answer, exchange_parts
from tests.service import Service

BODY, PIECE = 50 * 1024 * 1024, b" " * 1024 * 1024
GROWTH = 60 * 1024 * 1024


@contextmanager
def peak(service: Service) -> Generator[list[int], None, None]:
    """The largest resident memory of all workers together while the block runs; the first entry is that before it."""
    workers = service.workers()
    sizes = [resident(workers)]
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            sizes.append(resident(workers))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield sizes
    finally:
        over.set()
        watcher.join()


def resident(workers: list[psutil.Process]) -> int:
    return sum(worker.memory_info().rss for worker in workers if worker.is_running())


def declared(head: bytes) -> Iterator[bytes]:
    yield head + b"Content-Length: %d\r\n\r\n" % BODY
    yield from itertools.repeat(PIECE, BODY // len(PIECE))


def chunked(head: bytes) -> Iterator[bytes]:
    yield head + b"Transfer-Encoding: chunked\r\n\r\n"
    for _ in range(BODY // len(PIECE)):
        yield b"%x\r\n" % len(PIECE) + PIECE + b"\r\n"
    yield b"0\r\n\r\n"


@pytest.mark.parametrize("sent", [declared, chunked])
def test_twenty_bodies_of_fifty_megabytes_are_413_and_take_no_memory(service: Service, sent: Callable[[bytes], Iterator[bytes]]) -> None:
    head = b"POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"

    def send(_: int) -> Answer:
        return exchange_parts(service, sent(head))

    with peak(service) as sizes, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(20)))
    assert [answer.status for answer in answers] == [413] * 20
    assert max(sizes) - sizes[0] < GROWTH
