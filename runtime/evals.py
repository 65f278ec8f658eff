"""What the service shows of evals, put together: runs of this home and of the database, and candidate cases."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from desk.eval_candidates import EvalCandidates
from desk.eval_runs import EvalRuns
from domain.eval_ports import EvalOffice
from graphs.deps import Deps
from runtime.servers import Stores
from runtime.settings import Settings
from stores.eval_candidates import PgCandidateViews, PgChangedRulings
from stores.eval_folders import EvalFolders
from stores.evals import PgEvalHistory
from tools.world.model import World

OfficeOf = Callable[[Path], EvalOffice]
"""Makes the office of a home; it comes from above, since evals know the service and not the other way round."""


def open_eval_runs(settings: Settings, stores: Stores, office: EvalOffice) -> EvalRuns:
    """Runs as pages show them."""
    return EvalRuns(EvalFolders(settings.home), PgEvalHistory(stores.database), office)


def open_candidates(stores: Stores, deps: Deps, world: World, office: EvalOffice) -> EvalCandidates:
    """Candidate cases, as `maitred eval candidates` has them."""
    return EvalCandidates(
        store=deps.store,
        rulings=PgChangedRulings(stores.database),
        views=PgCandidateViews(stores.database),
        crm=deps.gatherer.crm,
        policies=deps.policies,
        deidentifier=office.deidentifier,
        clock=deps.clock,
        staff=world.people,
    )
