"""`maitred eval counterfactual`: recorded decisions under another policy, model or prompt, and what that would have come to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from agents.model import ModelSettings
from cli.console import out, plain_errors, print_json
from cli.moments import moment_of
from domain.errors import InvalidInput, MaitredError
from domain.seen_decision import SeenDecision
from domain.simulation import Span
from evals.comparing.words import counted
from evals.house import House, HouseSpec
from evals.production.counterfactual import OUTCOMES, Counterfactual, Target
from evals.production.counterfactual import counterfactual as estimated
from evals.production.off_policy import OffPolicy
from evals.production.seen import seen_in
from evals.production.targets import asked_anew, under_policy
from policies.comparison.behavioural_diff import BehaviouralDiff
from policies.engine import CompiledPolicy, compile_policy
from policies.shelf import PolicyShelf
from runtime.embedded import resolved_stack
from runtime.policy_seed import policy_shelf
from runtime.servers import patient_database
from runtime.settings import Settings, load_settings
from stores.schema import stands
from stores.seen_decisions import PgSeenDecisions


@dataclass(frozen=True)
class Asked:
    """What shall be different, over which decisions."""

    policy: str | None
    policy_text: str | None
    """The text of the policy where a file was named; else `policy` names a stored version."""
    model: str | None
    api_base: str | None
    prompts: Path | None
    span: Span
    outcomes: tuple[str, ...]

    @property
    def asks_model(self) -> bool:
        """Whether the router is asked anew."""
        return self.model is not None or self.prompts is not None


def counterfactual(
    policy: Annotated[str | None, typer.Option(help="A policy file, or name@version of a stored one.")] = None,
    model: Annotated[str | None, typer.Option(help="Ask this litellm model for new proposals; `embedded` for our own.")] = None,
    api_base: Annotated[str | None, typer.Option(help="Base URL of an OpenAI-compatible server.")] = None,
    prompts: Annotated[Path | None, typer.Option(help="A folder of prompts (*.md) that take the place of ours.")] = None,
    since: Annotated[str | None, typer.Option(help="Decisions from then on: a time, or a span such as 30d.")] = None,
    until: Annotated[str | None, typer.Option(help="Until then, exclusive.")] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=100_000, help="How many at most, the newest; each costs a model call with --model.")
    ] = 5_000,
    region: Annotated[str | None, typer.Option(help="Only this region's decisions.")] = None,
    outcome: Annotated[list[str] | None, typer.Option(help=f"One of {', '.join(OUTCOMES)}; all when left out.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Estimate what recorded decisions would have come to under another policy, model or prompt."""
    with plain_errors(policy or ""):
        span = Span(
            since=moment_of(since) if since else None, until=moment_of(until) if until else None, limit=limit, region=region or None
        )
        asked = Asked(policy, _text_of(policy), model, api_base, prompts, span, tuple(outcome or OUTCOMES))
        if asked.policy is None and not asked.asks_model:
            raise InvalidInput("Say what shall be different: give --policy, --model or --prompts.")
        if wrong := [name for name in asked.outcomes if name not in OUTCOMES]:
            raise InvalidInput(f"There is no outcome {wrong[0]}: it is one of {', '.join(OUTCOMES)}.")
        settings = load_settings()
        with resolved_stack(settings) as urls:
            found = asyncio.run(_compared(settings, urls.database_url, asked))
    if json:
        print_json(found.model_dump(mode="json"))
    else:
        _tell(found, asked)


async def _compared(settings: Settings, database_url: str, asked: Asked) -> Counterfactual:
    await stands(database_url)
    async with patient_database(database_url) as database:
        shelf, decisions = await policy_shelf(settings, database), PgSeenDecisions(database)
        after = await _policy(shelf, asked)
        seen = await seen_in(decisions, asked.span, with_context=asked.asks_model)
        versions = await _versions(shelf, seen)
        rollouts = await decisions.rollouts(shelf.live.active.ref.name)
        versions |= await _versions_of(shelf, {digest for one in rollouts for digest in (one.active, one.candidate) if digest})
        chosen = [OUTCOMES[name] for name in asked.outcomes]
        async with _target(settings, asked, after, versions) as target:
            return await estimated(seen, rollouts, versions, target, chosen, after if not asked.asks_model else None)


@asynccontextmanager
async def _target(
    settings: Settings, asked: Asked, policy: CompiledPolicy | None, versions: dict[str, CompiledPolicy]
) -> AsyncGenerator[Target, None]:
    if not asked.asks_model and policy is not None:
        yield under_policy(policy)
        return
    key = settings.llm.api_key.get_secret_value() if settings.llm.api_key else None
    speaking = None if asked.model in (None, "embedded") else ModelSettings(asked.model or "", asked.api_base, key, settings.llm.region)
    async with House.open(HouseSpec(models=settings.models_folder, model=speaking, prompts=asked.prompts)) as house:
        yield asked_anew(house, versions, policy)


def _text_of(named: str | None) -> str | None:
    """The text of a policy file; None for the name of a stored version. Raises InvalidInput."""
    if named is None or not (Path(named).suffix in (".yaml", ".yml") or Path(named).is_file()):
        return None
    try:
        return Path(named).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"Cannot read the policy {named}: {error}.") from error


async def _policy(shelf: PolicyShelf, asked: Asked) -> CompiledPolicy | None:
    if asked.policy_text is not None:
        return compile_policy(asked.policy_text)
    return await shelf.find(asked.policy) if asked.policy is not None else None


async def _versions(shelf: PolicyShelf, seen: Sequence[SeenDecision]) -> dict[str, CompiledPolicy]:
    return await _versions_of(shelf, {one.policy for one in seen})


async def _versions_of(shelf: PolicyShelf, digests: set[str]) -> dict[str, CompiledPolicy]:
    """Those that are to be had; decisions of others are counted as unread."""
    found: dict[str, CompiledPolicy] = {}
    for digest in sorted(digests):
        try:
            found[digest] = await shelf.have(digest)
        except MaitredError:
            continue
    return found


def _tell(found: Counterfactual, asked: Asked) -> None:
    what = f"{found.decisions} decisions, {found.changed} would be otherwise"
    more = f"; the router proposes otherwise for {found.reproposed}" if asked.asks_model else ""
    out.print(f"{what}{more}{f'; {found.unread} cannot be judged again' if found.unread else ''}", soft_wrap=True)
    if found.inexact:
        out.print(
            f"[yellow]{found.inexact} were recorded otherwise than their own version judges today:[/yellow] facts or code changed.",
            soft_wrap=True,
        )
    if found.diff is not None:
        _tell_diff(found.diff)
    if (told := found.promises) is not None:
        out.print(
            f"promises: if the same people had answered at the same moments, {told.broken_after.value:.1%} broken instead of "
            f"{told.broken_before.value:.1%} of {told.known} ({told.earlier} promised earlier, {told.later} later)",
            soft_wrap=True,
        )
    for one in found.outcomes:
        _tell_outcome(one)


def _tell_diff(diff: BehaviouralDiff) -> None:
    """What another policy does otherwise, counted over every decision of the version that decided last."""
    for what, word in (("mode", "who answers"), ("harm", "what it may do to a client")):
        counted = {name: next(iter(numbers.values())) for name, numbers in diff.counts.get(what, {}).items()}
        if counted:
            out.print(f"{word}: {', '.join(f'{name} {count}' for name, count in counted.items())}", soft_wrap=True)
    for promise, word in (("ack", "the first word"), ("resolve", "the end")):
        sooner, later = diff.count("sla", promise, "tighter"), diff.count("sla", promise, "slower")
        if sooner or later:
            out.print(f"{word} is promised sooner for {sooner}, later for {later}")


def _tell_outcome(one: OffPolicy) -> None:
    out.print(f"\n[bold]{one.outcome}[/bold]: {OUTCOMES[one.outcome].says}")
    if one.cases:
        over = f"{counted(one.cases, 'decision')} of {counted(one.clients, 'client')}"
        out.print(f"  as it happened: {one.happened:.3f} over {over}; {one.changed:.1%} would change")
    out.print(f"  {escape(one.says)}", soft_wrap=True)
    if not one.cases or (one.estimates and not one.changed):
        return
    for estimate in (*one.estimates, *((one.effect,) if one.effect else ())):
        out.print(f"  {estimate.method}: {estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})")
    if one.estimates:
        out.print(f"  the changed decisions that were tried are worth {one.worth:.0f}")
    if one.tried < 1 or not one.estimates:
        out.print(f"  over all decisions, whatever was never tried would have come to: {one.low:.3f} to {one.high:.3f}", soft_wrap=True)
