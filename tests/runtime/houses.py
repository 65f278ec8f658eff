"""Homes for embedded stacks, what runs in them, and what they remember."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import redis

from runtime.embedded import StackUrls

ROOT = Path(__file__).parents[2]
driver: Any = asyncpg  # its annotations are partial
RedisClient: Any = redis.Redis


class Owner:
    """A stack in a process of its own."""

    def __init__(self, home: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "tests.runtime.owner", str(home), *arguments]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def urls(self) -> StackUrls:
        """Wait until it serves."""
        assert self.process.stdout is not None
        return StackUrls(*self.process.stdout.readline().split())

    def kill(self) -> None:
        """As `kill -9` does."""
        self.process.kill()
        self._collect()

    def stop(self) -> None:
        """Let it end in order."""
        self._collect()

    def _collect(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(20)


def servers_in(home: Path) -> list[psutil.Process]:
    """Processes of our servers whose command or working folder is in `home`, or where its links lead."""
    places = {str((home / name).resolve()) for name in ("postgres", "valkey")}
    found: list[psutil.Process] = []
    for process in psutil.process_iter(["name", "cmdline", "cwd", "status"]):
        words = " ".join(process.info["cmdline"] or [])
        ours = any(place in words or process.info["cwd"] == place for place in places)
        if ours and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def none_left(home: Path, within_s: float = 10.0) -> bool:
    """Whether no server of `home` runs, at the latest after some seconds."""
    deadline = time.monotonic() + within_s
    while servers_in(home):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def remember(urls: StackUrls, word: str) -> None:
    """Commit a word in Postgres and put it into Valkey."""

    async def insert() -> None:
        connection = await driver.connect(urls.database_url)
        await connection.execute("create table if not exists words (word text)")
        await connection.execute("insert into words values ($1)", word)
        await connection.close()

    asyncio.run(insert())
    client = RedisClient.from_url(urls.redis_url)
    client.set("word", word)
    client.close()


def remembered(urls: StackUrls) -> tuple[list[str], str | None]:
    """The words in Postgres and the one in Valkey."""

    async def select() -> list[str]:
        connection = await driver.connect(urls.database_url)
        rows = await connection.fetch("select word from words order by word")
        await connection.close()
        return [row["word"] for row in rows]

    client = RedisClient.from_url(urls.redis_url, decode_responses=True)
    word = client.get("word")
    client.close()
    return asyncio.run(select()), word
