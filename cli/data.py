"""`maitred world`, `decide` and `replay`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any, cast

import orjson
import typer
from rich.table import Table

from cli.console import out, plain_errors, print_json
from cli.policy_files import compiled, label, text_of
from desk.decisions import Decisions
from domain.errors import InvalidInput
from runtime.embedded import resolved_stack
from runtime.policy_seed import policy_shelf
from runtime.sample import sample_company
from runtime.servers import open_stores
from runtime.settings import load_settings
from stores.schema import stands
from stores.views import PgViews
from tools.world.model import describe


def world(json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Make the sample company, if it is not there yet, and say what it holds."""
    with plain_errors():
        company = sample_company(load_settings().home)
        counts = describe(company)
        if json:
            print_json({"seed": company.seed, "today": company.today, "digest": company.digest(), **counts})
            return
        table = Table("what", "how many", title=f"Halyard on {company.today}", title_justify="left", header_style="bold")
        for name, count in counts.items():
            table.add_row(name, str(count))
        out.print(table)
        out.print(f"seed {company.seed}, {company.digest()}")


def decide(
    facts: Annotated[Path, typer.Argument(help='JSON: {"facts": {…}, "proposal": {…}}; - for standard input.')],
    policy: Annotated[Path | None, typer.Option(help="A policy file; the shipped one when left out.")] = None,
) -> None:
    """Judge facts and a proposal by a policy, without any effect."""
    with plain_errors(label(policy)):
        given = _asked_in(facts)
        print_json(compiled(policy).evaluate_raw(given.get("facts", {}), given.get("proposal")).model_dump(mode="json"))


def _asked_in(facts: Path) -> dict[str, Any]:
    """Facts and, perhaps, a proposal. Raises SetupFailed when they cannot be read and InvalidInput when they are something else."""
    name, text = ("Standard input", typer.get_binary_stream("stdin").read()) if str(facts) == "-" else (str(facts), text_of(facts))
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"{name} is no JSON: {error}") from error
    if not isinstance(given, dict):
        raise InvalidInput(f'{name} holds JSON of another kind; it takes an object: {{"facts": {{…}}, "proposal": {{…}}}}')
    return cast("dict[str, Any]", given)


def replay(
    case_id: Annotated[str, typer.Argument(help="The case's id, such as case_01J….")],
    policy: Annotated[str | None, typer.Option(help="name@version; without it, the version that decided.")] = None,
) -> None:
    """Decide a case again from its recorded facts and proposal; exit status 1 when the digest differs."""

    async def go(settings: Any, database_url: str, redis_url: str) -> dict[str, Any]:
        await stands(database_url)
        async with open_stores(database_url, redis_url, 2) as stores:
            shelf = await policy_shelf(settings, stores.database)
            return await Decisions(shelf, PgViews(stores.database)).replay(case_id, policy)

    with plain_errors():
        settings = load_settings()
        with resolved_stack(settings) as urls:
            replayed = asyncio.run(go(settings, urls.database_url, urls.redis_url))
        print_json(replayed)
        if not replayed["identical"] and policy is None:
            raise typer.Exit(1)
