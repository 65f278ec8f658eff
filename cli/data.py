"""`maitred world`, `decide`, `replay` and `ledger`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from cli.console import out, plain_errors, print_json
from desk.decisions import Decisions
from desk.ledger import Ledger
from domain.errors import InvalidInput
from domain.views import LedgerQuery
from policies.engine import compile_policy
from policies.rules import shipped
from runtime.clock import shared_clock
from runtime.embedded import StackUrls, resolved_stack
from runtime.ledger_key import LedgerKey
from runtime.policy_seed import policy_shelf
from runtime.sample import sample_company
from runtime.servers import open_stores
from runtime.settings import Settings, load_settings
from stores.ledger_seals import PgSeals
from stores.schema import migrate
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
    with plain_errors():
        text = typer.get_text_stream("stdin").read() if str(facts) == "-" else facts.read_text(encoding="utf-8")
        try:
            given = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise InvalidInput(f"{facts} is no JSON: {error}") from error
        engine = compile_policy(policy.read_text(encoding="utf-8") if policy else shipped())
        print_json(engine.evaluate_raw(given.get("facts", {}), given.get("proposal")).model_dump(mode="json"))


def replay(
    case_id: Annotated[str, typer.Argument(help="The case's id, such as case_01J….")],
    policy: Annotated[str | None, typer.Option(help="name@version; without it, the version that decided.")] = None,
) -> None:
    """Decide a case again from its recorded facts and proposal; exit status 1 when the digest differs."""

    async def go(settings: Any, database_url: str, redis_url: str) -> dict[str, Any]:
        await migrate(database_url)
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


def ledger(
    case_id: Annotated[str | None, typer.Option("--case", help="Only this case's entries.")] = None,
    q: Annotated[str | None, typer.Option("--words", help='Only entries with these words: all, "a phrase", or, -not.')] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Compute the whole tree anew, beside the newest signed root.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many entries at most.")] = 50,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show ledger entries in the order of their index, or verify all of them; exit status 1 when the ledger does not hold."""

    async def go(settings: Settings, urls: StackUrls) -> Any:
        await migrate(urls.database_url)
        async with open_stores(urls.database_url, urls.redis_url, 2) as stores:
            views = PgViews(stores.database)
            if verify:
                return await Ledger(
                    views, PgSeals(stores.database), LedgerKey(settings.ledger_seed()), await shared_clock(stores.database)
                ).audit()
            return await views.entries(LedgerQuery(case_id=case_id, q=q, limit=limit))

    with plain_errors():
        settings = load_settings()
        with resolved_stack(settings) as urls:
            found = asyncio.run(go(settings, urls))
        if verify:
            _say_audit(found, json)
        elif json:
            print_json(found)
        else:
            _print_entries(found)


def _say_audit(found: dict[str, Any], json: bool) -> None:
    if json:
        print_json(found)
    else:
        signed = "with our signature" if found["signed"] else "without a signature of ours"
        out.print(f"{found['entries']} entries, {found['sealed']} of them sealed; root {found['root']}")
        if found["checkpoint"]:
            out.print(f"checkpoint of {found['checkpoint']['size']} entries, {signed}: root {found['checkpoint']['root']}")
        for fault in found["faults"]:
            out.print(f"entry {fault['index']}: {fault['fault']}")
        out.print("the ledger holds" if found["holds"] else "THE LEDGER DOES NOT HOLD")
    if not found["holds"]:
        raise typer.Exit(1)


def _print_entries(entries: list[dict[str, Any]]) -> None:
    table = Table("index", "at", "kind", "case and actor", "digest", header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for entry in entries:
        about = "\n".join(part for part in (entry["case_id"], entry["actor"]) if part)
        table.add_row(str(entry["index"]), f"{entry['at']:%m-%d %H:%M:%S}", entry["kind"], about, entry["digest"][7:15])
    for column in table.columns:
        column.no_wrap = True
    out.print(table)
    out.print(f"{len(entries)} entries")
