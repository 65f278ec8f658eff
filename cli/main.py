"""The `maitred` command."""

from __future__ import annotations

import os

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

import typer

from cli import data, keys, policy, serving
from cli.demo import demo

app = typer.Typer(name="maitred", no_args_is_help=True, add_completion=False, help="Routes support for a company's most valuable clients.")
app.command("demo")(demo)
app.command("run")(serving.run)
app.command("worker")(serving.worker)
app.command("doctor")(serving.doctor)
app.command("world")(data.world)
app.command("decide")(data.decide)
app.command("replay")(data.replay)
app.command("ledger")(data.ledger)
app.add_typer(keys.app, name="keys")
app.add_typer(policy.app, name="policy")
app.add_typer(policy.model_app, name="model")

if __name__ == "__main__":
    app()
