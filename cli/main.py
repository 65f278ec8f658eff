"""The `maitred` command."""

from __future__ import annotations

import os

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

import typer

from cli.on_demand import on_demand

PLACES = {
    "demo": (
        "cli.demo:demo",
        "Start everything, post the sample company's day over HTTP, rule on a review, prove a decision, and stop again.",
    ),
    "run": ("cli.serving:run", "Serve the API in the foreground, with the embedded stack unless the settings name servers."),
    "worker": (
        "cli.working:worker",
        "Work cases without serving the API: takes up what other workers left behind. Needs servers that already run.",
    ),
    "doctor": ("cli.doctor:doctor", "Show the settings with secrets hidden, and whether everything that is needed is there."),
    "world": ("cli.data:world", "Make the sample company, if it is not there yet, and say what it holds."),
    "decide": ("cli.data:decide", "Judge facts and a proposal by a policy, without any effect."),
    "replay": (
        "cli.data:replay",
        "Decide a case again from its recorded facts and proposal; exit status 1 when the digest differs.",
    ),
    "ledger": (
        "cli.ledger:app",
        "Show ledger entries, verify all of them, or verify an export; exit status 1 when something does not hold.",
    ),
    "keys": ("cli.keys:app", "Make, list and revoke API keys."),
    "accounts": ("cli.accounts:app", "Let people sign in to the console, or keep them out."),
    "policy": ("cli.policy:app", "Write, check, compare, approve, roll out and roll back policies."),
    "model": ("cli.model:app", "Train the embedded model and report how good it is."),
    "eval": ("cli.evals:app", "Run the eval suites, and read what they found."),
}
"""Where each command is, and its sentence for `maitred --help`."""


app = typer.Typer(cls=on_demand(PLACES), name="maitred", no_args_is_help=True, add_completion=False)


@app.callback()
def maitred() -> None:
    """Routes support for a company's most valuable clients."""


if __name__ == "__main__":
    app()
