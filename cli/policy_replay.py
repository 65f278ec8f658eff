"""Recorded decisions judged by a policy file on this machine, beside the servers of the service, with progress and where it came to."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from cli.console import err
from domain.errors import NotFound
from domain.simulation import Span, VersionText
from policies.comparison.behavioural_diff import BehaviouralDiff
from policies.engine import CompiledPolicy, compile_policy
from runtime.embedded import resolved_stack
from runtime.replaying import replay_recorded, version_text
from runtime.servers import Stores, open_stores
from runtime.settings import load_settings
from stores.policy_views import PgPolicyViews
from stores.recorded import PgRecordedDecisions
from stores.schema import stands


def judged_here(after: CompiledPolicy, against: int | None, span: Span, state: Path | None) -> BehaviouralDiff:
    """The difference between a file and a version (the active one for None). Raises NotFound when there is none."""
    settings = load_settings()

    async def go(database_url: str, redis_url: str) -> BehaviouralDiff:
        await stands(database_url)
        async with open_stores(database_url, redis_url, 2) as stores:
            before = await _before(stores, after.ref.name, against)
            columns = (
                TextColumn("judging recorded decisions"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
            )
            with Progress(*columns, console=err, transient=True) as progress:
                task = progress.add_task("", total=None)
                return await replay_recorded(
                    PgRecordedDecisions(stores.database),
                    before,
                    version_text(after),
                    span,
                    state_file=state,
                    progress=lambda judged, total: progress.update(task, completed=judged, total=total),
                )

    with resolved_stack(settings) as urls:
        return asyncio.run(go(urls.database_url, urls.redis_url))


async def _before(stores: Stores, name: str, against: int | None) -> VersionText:
    views = PgPolicyViews(stores.database)
    if against is None:
        found = await views.active(name)
    else:
        known = await views.version(name, against)
        found = known[0] if known else None
    if found is None:
        advice = "name one with --against" if against is None else f"`maitred policy status {name}` shows those there are"
        raise NotFound(f"Policy {name} has no {'active version' if against is None else f'version {against}'}; {advice}.")
    return version_text(compile_policy(found.text, version=found.version, stage=found.stage))
