"""`maitred eval candidates`: rulings that changed a proposal, on their way into a suite."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.markup import escape

from cli.console import out, plain_errors, print_entry, print_json
from cli.moments import moment_of
from desk.eval_candidates import EvalCandidates
from domain.errors import InvalidInput
from domain.eval_candidate import Candidate, CandidateQuery, CandidateStatus, Label
from evals.comparing.words import counted
from evals.production.data_card import data_card
from evals.production.dataset import CARD, LICENCE, SUITE, dataset_of, write
from evals.production.deidentification import RulingsCleaner
from evals.production.near_duplicates import near_duplicates, texts_of
from runtime.clock import shared_clock
from runtime.embedded import resolved_stack
from runtime.policy_seed import policy_shelf
from runtime.sample import sample_company
from runtime.servers import patient_database
from runtime.settings import load_settings
from runtime.sources import open_sources
from stores.eval_candidates import PgCandidateViews, PgChangedRulings
from stores.schema import stands

Result = TypeVar("Result")
ALL = 1_000_000
By = Annotated[str, typer.Option("--by", help="Your name: it is kept, and stands on the data card.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; without the client's names.")]
Id = Annotated[str, typer.Argument(help="A candidate's id, such as evc_01J….")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Collect rulings that changed a proposal, de-identified; label, accept or reject them; export a dataset.",
)


@app.command()
def collect(since: Annotated[str | None, typer.Option(help="Only rulings since then: a time, or a span such as 30d.")] = None) -> None:
    """Make a candidate of every ruling that changed a proposal; doing it again changes nothing."""
    with plain_errors():
        moment = moment_of(since) if since else None
        done = _with_candidates(lambda desk: desk.collect(moment))
        unreadable = f"; {done.unreadable} are recorded in a form that is not read any more" if done.unreadable else ""
        out.print(f"{counted(done.seen, 'ruling')} looked at, {done.new} new, {len(done.held)} held back{unreadable}")
        for name, because in done.held.items():
            print_entry(name, because)


@app.command("list")
def list_candidates(
    status: Annotated[CandidateStatus | None, typer.Option(help="Only those that stand so.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most, the newest ruling first.")] = 50,
    json: AsJson = False,
) -> None:
    """Show candidates, newest ruling first, with those that say nearly the same."""
    with plain_errors():
        found = _with_candidates(lambda desk: desk.some(CandidateQuery(status=status, limit=limit)))
        near = near_duplicates({one.id: texts_of(one) for one in found if one.input})
        if json:
            print_json([{**one.model_dump(mode="json"), "near": [vars(link) for link in near.get(one.id, ())]} for one in found])
            return
        for one in found:
            lines = [one.held_because] if one.held_because else [_first_words(one), f"proposed {_proposed(one)}, ruled {_gold(one)}"]
            alike = [f"nearly the same as {link.id} ({link.likeness:.0%})" for link in near.get(one.id, ())]
            print_entry(one.id, *lines, *alike, beside=f"{one.status}, {one.action} {one.ruled_at:%Y-%m-%d}, {one.slices['tier']}")
        out.print(counted(len(found), "candidate"))


@app.command()
def show(candidate_id: Id, json: AsJson = False) -> None:
    """Show all of a candidate: read it before you accept it."""
    with plain_errors():
        one = _with_candidates(lambda desk: desk.one(candidate_id))
        if json:
            print_json(one.model_dump(mode="json"))
            return
        print_entry(one.id, beside=f"{one.status}, revision {one.revision}")
        for message in one.input.get("messages", ()):
            out.print(f"\n{escape(message['text'])}")
        told = {
            "proposed": _proposed(one),
            "ruled": f"{_gold(one)} by {one.ruled_by} at {one.ruled_at:%Y-%m-%d %H:%M}",
            "why": one.why,
            "held back": one.held_because,
            "slices": ", ".join(f"{name} {value}" for name, value in one.slices.items()),
            "replaced": ", ".join(f"{kind} {count}" for kind, count in one.replaced.items()),
            "label": one.label.model_dump_json(exclude_defaults=True) if one.label else "",
            "decided": f"{one.decided_by}: {one.reason}" if one.decided_by else "",
        }
        out.print()
        for name, value in told.items():
            if value:
                out.print(f"{name}: {escape(value)}", soft_wrap=True)


@app.command()
def label(
    candidate_id: Id,
    by: By,
    gold: Annotated[list[str] | None, typer.Option(help="NAME=VALUE of the right route, such as mode=hybrid.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="NAME=VALUE to slice by, such as theme=export.")] = None,
    dangerous: Annotated[str, typer.Option(help="The dangerous error of the case, in a few words.")] = "",
    note: Annotated[str, typer.Option(help="Anything that whoever accepts it should know.")] = "",
) -> None:
    """Say more of a candidate than the ruling does."""
    with plain_errors():
        said = Label(gold=_pairs(gold), slices=_pairs(tag), dangerous=dangerous, note=note, by=by)
        _tell(_with_candidates(lambda desk: desk.label(candidate_id, said)))


@app.command()
def accept(candidate_id: Id, by: By, reason: Reason) -> None:
    """Let a candidate into the next export, after you have read it."""
    with plain_errors():
        _tell(_with_candidates(lambda desk: desk.accept(candidate_id, by, reason)))


@app.command()
def reject(candidate_id: Id, by: By, reason: Reason) -> None:
    """Keep a candidate out; its row stays."""
    with plain_errors():
        _tell(_with_candidates(lambda desk: desk.reject(candidate_id, by, reason)))


@app.command()
def export(
    to: Annotated[Path, typer.Option(help="The folder of all versions.")],
    version: Annotated[str, typer.Option(help="The new version, such as 2026.11; one that is there is never changed.")],
    by: By,
    licence: Annotated[str, typer.Option(help="SPDX id of its licence; the default means: proprietary, do not publish.")] = LICENCE,
) -> None:
    """Write the accepted candidates as a dataset with its data card and a suite that runs at once."""

    async def go(desk: EvalCandidates) -> None:
        found = await desk.some(CandidateQuery(status=CandidateStatus.ACCEPTED, limit=ALL))
        dataset = dataset_of(version, found, licence)
        place = write(dataset, to, data_card(dataset, to))
        await desk.exported(version, dataset.digest, len(dataset.cases), by)
        out.print(f"{counted(len(dataset.cases), 'case')}, {dataset.digest}")
        out.print(f"card: {place / CARD}\nrun:  maitred eval run {place / SUITE}", soft_wrap=True)

    with plain_errors():
        _with_candidates(go)


def _with_candidates(use: Callable[[EvalCandidates], Awaitable[Result]]) -> Result:
    """Open the stores and the CRM, and use the desk of candidates."""
    settings = load_settings()

    async def go(database_url: str) -> Result:
        await stands(database_url)
        world = sample_company(settings.home)
        async with patient_database(database_url) as database, open_sources(settings, world) as sources:
            desk = EvalCandidates(
                store=database,
                rulings=PgChangedRulings(database),
                views=PgCandidateViews(database),
                crm=sources.crm,
                policies=await policy_shelf(settings, database),
                deidentifier=RulingsCleaner(),
                clock=await shared_clock(database),
                staff=world.people,
            )
            return await use(desk)

    with resolved_stack(settings) as urls:
        return asyncio.run(go(urls.database_url))


def _tell(one: Candidate) -> None:
    out.print(f"{one.id} is {one.status}, revision {one.revision}")


def _pairs(given: list[str] | None) -> dict[str, str]:
    pairs = [text.partition("=") for text in given or ()]
    wrong = next((name for name, equals, value in pairs if not (name and equals and value)), None)
    if wrong is not None:
        raise InvalidInput(f"{wrong!r} is no NAME=VALUE.")
    return {name: value for name, _, value in pairs}


def _first_words(one: Candidate) -> str:
    text = " ".join(str(one.input["messages"][-1]["text"]).split()) if one.input else ""
    return text if len(text) <= 100 else f"{text[:99]}…"


def _proposed(one: Candidate) -> str:
    return _route(one.input.get("proposal"), one.gold) or "nothing"


def _gold(one: Candidate) -> str:
    return _route(one.gold, one.input.get("proposal")) or "not shown"


def _route(route: dict[str, Any] | None, other: dict[str, Any] | None) -> str:
    """`hybrid at us-care, refund 1200`: what differs between two routes is told."""
    if not route:
        return ""
    action, amount = route.get("action"), route.get("amount")
    told = f"{route['mode']} at {route['pool']}"
    if action in (None, "none", "reply") and (not other or action == other.get("action")):
        return told
    return f"{told}, {action} {amount:g}" if amount else f"{told}, {action}"
