"""`maitred ledger`: its entries, all of them verified, and an export verified elsewhere."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table
from typer.core import TyperGroup

from cli.console import out, plain_errors, print_json
from desk.ledger import Ledger
from desk.ledger_export import Verdict, judged, note_in, read_export
from domain.errors import InvalidInput
from domain.views import LedgerQuery
from runtime.clock import shared_clock
from runtime.embedded import StackUrls, resolved_stack
from runtime.ledger_key import LedgerKey, NoteVerifier
from runtime.ledger_witness import HomeWitness
from runtime.servers import open_stores
from runtime.settings import Settings, load_settings
from stores.ledger_seals import PgSeals
from stores.schema import stands
from stores.views import PgViews


class LedgerCommands(TyperGroup):
    """(Any: Typer's click is private to it.)"""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command; a file in its place is most likely an export that somebody wants verified."""
        if args[0] not in self.commands:
            ctx.fail(f"There is no command {args[0]}. To verify an export: maitred ledger verify FILE --checkpoint FILE --key KEY")
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=LedgerCommands,
    invoke_without_command=True,
    add_completion=False,
    help="Show ledger entries, verify all of them, or verify an export; exit status 1 when something does not hold.",
)


@app.callback()
def ledger(
    context: typer.Context,
    case_id: Annotated[str | None, typer.Option("--case", help="Only this case's entries.")] = None,
    q: Annotated[str | None, typer.Option("--words", help='Only entries with these words: all, "a phrase", or, -not.')] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Compute the whole tree anew, beside every signed root.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many entries at most.")] = 50,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show ledger entries in the order of their index, or verify all of them."""
    if context.invoked_subcommand is not None:
        return

    async def go(settings: Settings, urls: StackUrls) -> Any:
        await stands(urls.database_url)
        async with open_stores(urls.database_url, urls.redis_url, 2) as stores:
            views = PgViews(stores.database)
            if verify:
                seals, key, clock = PgSeals(stores.database), LedgerKey(settings.ledger_seed()), await shared_clock(stores.database)
                return await Ledger(views, seals, key, clock, HomeWitness(settings.home)).audit()
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


@app.command("verify")
def verify_export(
    export: Annotated[Path, typer.Argument(help="An export: lines of JSON from the audit page or GET /v1/ledger/export.")],
    checkpoint: Annotated[
        Path | None, typer.Option(help="A checkpoint that was fetched before the export: GET /v1/ledger/checkpoint, or its note alone.")
    ] = None,
    key: Annotated[
        str, typer.Option(help="The key that verifies it, which you know from elsewhere: name+hash+key, 64 hex digits, or a file.")
    ] = "",
    partial: Annotated[bool, typer.Option("--partial", help="The export was filtered: look at what is there.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Verify an export on any machine, without a database: each entry's digest, and the root over all of them against a checkpoint."""
    with plain_errors():
        signed, own = _signed(checkpoint, key) if checkpoint else (None, "")
        try:
            with export.open("rb") as lines:
                found = judged(read_export(lines), signed, partial=partial)
        except OSError as error:
            raise InvalidInput(f"Cannot read {export}: {error.strerror}.") from error
        _say_verdict(found, export, own, json)


def _signed(checkpoint: Path, key: str) -> tuple[str, str]:
    """The text of a checkpoint with a good signature, and the key that came beside it where no other was given. Raises InvalidInput."""
    note, beside = note_in(_read(checkpoint))
    given = _read(Path(key)).strip() if key and Path(key).is_file() else key.strip()
    if not (given or beside):
        raise InvalidInput(f"{checkpoint} names no key that verifies it: give the one that you know with --key.")
    text = NoteVerifier.of(given or beside).signed(note)
    if text is None:
        raise InvalidInput(
            f"The checkpoint in {checkpoint} does not have a good signature of this key: it was signed with another one, or changed since."
        )
    return text, "" if given else beside


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"Cannot read {path}: {getattr(error, 'strerror', None) or 'it is no text'}.") from error


def _say_verdict(found: Verdict, export: Path, beside: str, json: bool) -> None:
    if json:
        print_json({"holds": found.holds, **vars(found), "key_came_with_the_checkpoint": beside or None})
    else:
        under = f", held against a signed checkpoint over {found.size}" if found.size else ""
        told = [f"{found.entries} entries in {export}{under}"]
        told += [f"proven: {one}" for one in found.proven] + [f"not proven: {one}" for one in found.open]
        if beside:
            told.append(f"not proven: that the key is theirs. It came with the checkpoint; compare it with one that you noted: {beside}")
        for line in [*told, *found.faults, "the export holds" if found.holds else "THE EXPORT DOES NOT HOLD"]:
            out.print(escape(line), soft_wrap=True)
    if not found.holds:
        raise typer.Exit(1)


def _say_audit(found: dict[str, Any], json: bool) -> None:
    if json:
        print_json(found)
    else:
        signed = "with our signature" if found["signed"] else "without a signature of ours"
        out.print(f"{found['entries']} entries, {found['sealed']} of them sealed; root {found['root']}")
        if found["checkpoint"]:
            out.print(f"checkpoint of {found['checkpoint']['size']} entries, {signed}: root {found['checkpoint']['root']}")
            out.print(f"{found['checkpoints']} checkpoints, {found['other_keys']} of them signed by keys of before")
        for doubt in found["doubts"]:
            out.print(escape(doubt), soft_wrap=True)
        for fault in found["faults"]:
            out.print(f"entry {fault['index']}: {fault['fault']}")
        out.print("the ledger holds" if found["holds"] else "THE LEDGER DOES NOT HOLD")
    if not found["holds"]:
        raise typer.Exit(1)


def _print_entries(entries: list[dict[str, Any]]) -> None:
    table = Table("index", "at", "kind", "case and actor", "digest", header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for entry in entries:
        about = "\n".join(part for part in (entry["case_id"], entry["actor"]) if part)
        table.add_row(str(entry["index"]), f"{entry['at']:%Y-%m-%d %H:%M:%S}", entry["kind"], about, entry["digest"][7:15])
    for column in table.columns:
        column.no_wrap = True
    out.print(table)
    out.print(f"{len(entries)} entries")
