"""`maitred doctor`."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from cli.console import out, plain_errors, print_entry
from runtime.embedded import resolved_stack
from runtime.interpreter import is_optimized, python_told
from runtime.servers import open_stores
from runtime.settings import describe, load_settings
from stores.postgres_examination import examine, revisions


def doctor(servers: Annotated[bool, typer.Option(help="Also look whether the servers answer.")] = True) -> None:
    """Show the settings with secrets hidden, and whether everything that is needed is there."""
    with plain_errors():
        settings = load_settings()
        for variable, value, meaning in describe(settings):
            print_entry(variable, meaning, beside=f"= {value}" if value else "(not set)")
        out.print(f"\n{python_told()}")
        if not is_optimized():
            out.print("[yellow]![/yellow] a Python that was built with them, as distributions' are, takes a fifth less time")
        out.print(f"Model: {settings.llm.model or 'embedded (no key needed)'}")
        if servers:
            with resolved_stack(settings) as urls:
                asyncio.run(_look(urls.database_url, urls.redis_url))


async def _look(database_url: str, redis_url: str) -> None:
    async with open_stores(database_url, redis_url, 2) as stores:
        for name, check in (("Postgres", stores.database.ping), ("Redis", stores.redis.ping)):
            await check()
            out.print(f"[green]✓[/green] {name} answers")
    present, newest = await examine(database_url), revisions()[-1]
    if present == newest:
        out.print(f"[green]✓[/green] the database is at schema {present}")
    else:
        at = f"is at schema {present}" if present else "is empty"
        out.print(f"[yellow]![/yellow] the database {at}; the next `maitred run` of this version brings it to {newest}")
