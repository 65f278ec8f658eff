"""A server that speaks just enough of the Redis protocol to see how calls travel."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Self

COMMAND = re.compile(rb"^\*\d+\r\n", re.MULTILINE)


class Listener:
    """Says OK to every command and notes how many arrived at once."""

    def __init__(self, socket: Path) -> None:
        self.url = f"unix://{socket}"
        self.arrivals: list[int] = []
        self.is_silent = False
        self._socket = socket
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_unix_server(self._serve, self._socket, limit=1 << 20)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.close()
        self._socket.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        while data := await reader.read(1 << 20):
            commands = len(COMMAND.findall(data))
            self.arrivals.append(commands)
            if not self.is_silent:
                writer.write(b"+OK\r\n" * commands)
