"""The `maitred` command."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

PLACES = {
    "demo": (
        "cli.demo:demo",
        "Start everything, post the sample company's day over HTTP, rule on a review, prove a decision, and stop again.",
    ),
    "run": ("cli.serving:run", "Serve the API in the foreground, with the embedded stack unless the settings name servers."),
    "worker": (
        "cli.serving:worker",
        "Work cases without serving the API: takes up what other workers left behind. Needs servers that already run.",
    ),
    "doctor": ("cli.serving:doctor", "Show the settings with secrets hidden, and whether everything that is needed is there."),
    "world": ("cli.data:world", "Make the sample company, if it is not there yet, and say what it holds."),
    "decide": ("cli.data:decide", "Judge facts and a proposal by a policy, without any effect."),
    "replay": (
        "cli.data:replay",
        "Decide a case again from its recorded facts and proposal; exit status 1 when the digest differs.",
    ),
    "ledger": ("cli.data:ledger", "Show ledger entries in the order of their index."),
    "keys": ("cli.keys:app", "Make, list and revoke API keys."),
    "policy": ("cli.policy:app", "Write, check, compare, approve, roll out and roll back policies."),
    "model": ("cli.model:app", "Train the embedded model and report how good it is."),
    "eval": ("cli.evals:app", "Run the eval suites, and read what they found."),
}
"""Where each command is, and its sentence for `maitred --help`: importing them all for their docstrings would take seconds."""


class OnDemand(TyperGroup):
    """Imports a command when it is asked for: the engines behind some of them take seconds. (Any: Typer's click is private to it.)"""

    lists_only = False

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The overview, from the sentences alone."""
        self.lists_only = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self.lists_only = False

    def list_commands(self, ctx: Any) -> list[str]:
        """Every command, in the order of `maitred --help`."""
        del ctx
        return list(PLACES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, or None when there is none of that name."""
        del ctx
        if cmd_name not in PLACES:
            return None
        place, sentence = PLACES[cmd_name]
        if self.lists_only:
            return TyperCommand(cmd_name, help=sentence)
        module, _, name = place.partition(":")
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
