"""The `maitred` command."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

import typer
from typer.core import TyperGroup
from typer.main import get_command

PLACES = {
    "demo": "cli.demo:demo",
    "run": "cli.serving:run",
    "worker": "cli.serving:worker",
    "doctor": "cli.serving:doctor",
    "world": "cli.data:world",
    "decide": "cli.data:decide",
    "replay": "cli.data:replay",
    "ledger": "cli.data:ledger",
    "keys": "cli.keys:app",
    "policy": "cli.policy:app",
    "model": "cli.policy:model_app",
}


class OnDemand(TyperGroup):
    """Imports a command when it is asked for: the engines behind some of them take seconds. (Any: Typer's click is private to it.)"""

    def list_commands(self, ctx: Any) -> list[str]:
        """Every command, in the order of `maitred --help`."""
        del ctx
        return list(PLACES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, or None when there is none of that name."""
        del ctx
        if cmd_name not in PLACES:
            return None
        module, _, name = PLACES[cmd_name].partition(":")
        found = getattr(import_module(module), name)
        if isinstance(found, typer.Typer):
            found.info.name = cmd_name
            return get_command(found)
        alone = typer.Typer(add_completion=False)
        alone.command(cmd_name)(found)
        return get_command(alone)


app = typer.Typer(cls=OnDemand, name="maitred", no_args_is_help=True, add_completion=False)


@app.callback()
def maitred() -> None:
    """Routes support for a company's most valuable clients."""


if __name__ == "__main__":
    app()
