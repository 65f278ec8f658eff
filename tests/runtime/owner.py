"""A process that owns a stack until it is ended: `python -m tests.runtime.owner HOME [UID]`; it prints the URLs when they answer."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from runtime.embedded import EmbeddedStack


def main() -> None:
    """Serve until standard input closes."""
    if len(sys.argv) > 2:
        os.setgroups([])
        os.setgid(int(sys.argv[2]))
        os.setuid(int(sys.argv[2]))
    stack = EmbeddedStack(Path(sys.argv[1]))
    urls = stack.start()
    print(urls.database_url, urls.redis_url, flush=True)
    sys.stdin.read()
    stack.stop()


if __name__ == "__main__":
    main()
