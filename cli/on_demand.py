"""Groups whose commands are imported when they are asked for: the engines behind some of them take seconds."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command


def on_demand(places: Mapping[str, tuple[str, str]]) -> type[TyperGroup]:
    """A group of commands, each with where it is (`module:name`) and its sentence for the help of the group."""

    class OnDemand(TyperGroup):
        """(Any: Typer's click is private to it.)"""

        lists_only = False

        def format_help(self, ctx: Any, formatter: Any) -> None:
            """The overview, from the sentences alone."""
            self.lists_only = True
            try:
                super().format_help(ctx, formatter)
            finally:
                self.lists_only = False

        def list_commands(self, ctx: Any) -> list[str]:
            """Every command, in the order of the table."""
            del ctx
            return list(places)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            """The command, or None when there is none of that name."""
            del ctx
            if cmd_name not in places:
                return None
            place, sentence = places[cmd_name]
            if self.lists_only:
                return TyperCommand(cmd_name, help=sentence)
            return _imported(place, cmd_name)

    return OnDemand


def _imported(place: str, name: str) -> Any:
    module, _, attribute = place.partition(":")
    found = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        found.info.name = name
        return get_command(found)
    alone = typer.Typer(add_completion=False)
    alone.command(name)(found)
    return get_command(alone)
