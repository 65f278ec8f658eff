"""The only place that names concrete classes: settings in, a desk out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial

from agents.context_gatherer import ContextGatherer
from agents.handover import HandoverWriter
from agents.model import litellm_library
from agents.reply import ReplyWriter
from agents.router import RouterAgent
from agents.triage import TriageAgent
from agents.value_estimator import MODEL as VALUE_MODEL
from agents.value_estimator import ValueEstimator
from desk.amendments import AmendingWorker, Amendments
from desk.bundles import Bundles
from desk.cases import Cases
from desk.casework import Casework
from desk.clocks import Clocks
from desk.comparisons import SecondOpinions
from desk.decisions import Decisions
from desk.drafts import DraftDesk
from desk.eval_candidates import EvalCandidates
from desk.eval_runs import EvalRuns
from desk.floor import Floor
from desk.front import Desk
from desk.grace import Grace
from desk.inbox import Inbox
from desk.intake import Intake
from desk.ledger import Ledger
from desk.overflow import Overflow
from desk.policies import Policies
from desk.policy_alarms import PolicyAlarms
from desk.policy_checks import PolicyChecks
from desk.previews import Previews
from desk.quiet_cases import QuietCases
from desk.recalls import Recalls
from desk.recovery import Recovery
from desk.releases import Releases
from desk.reviews import Reviews
from desk.roles import RoleBoard
from desk.roller import Roller
from desk.rollout_board import RolloutBoard
from desk.sample_day import SampleDay
from desk.simulations import Simulations
from desk.stories import Stories
from domain.examination import Examiner
from domain.shift import works_at
from domain.worker_report import BEAT_EVERY_S
from graphs.deps import Deps
from graphs.routing import LONE_NODES, build_graph
from graphs.runner import CaseRunner
from policies.shelf import PolicyShelf
from runtime.analysis import newest, open_analysis
from runtime.bundle_keys import bundle_keys
from runtime.clients import open_clients, open_dashboard
from runtime.clock import SharedClock, shared_clock
from runtime.evals import OfficeOf, open_candidates, open_eval_runs
from runtime.heartbeat import Heartbeat
from runtime.ledger_key import LedgerKey
from runtime.ledger_witness import HomeWitness
from runtime.metrics import CountedOutbox, Depths
from runtime.model_watch import WatchedModels, open_models
from runtime.policy_seed import policy_shelf
from runtime.policy_watch import PolicyWatch
from runtime.readiness import DependencyChecks
from runtime.replaying import ReplayProcesses
from runtime.sample import sample_company, sample_messages
from runtime.sample_cases import SampleCases
from runtime.security import KeyRing
from runtime.servers import Stores, open_stores
from runtime.settings import Settings
from runtime.sign_in import open_keys, open_sign_in
from runtime.sources import open_sources, states_of
from runtime.workers import Chore, chores
from stores.accounts import PgAccounts
from stores.checkpoint_patience import PatientSaver
from stores.comparisons import PgComparisons
from stores.drafts import PgDrafts
from stores.figures import PgCountedWork
from stores.idempotency import PgIdempotency
from stores.inbox import PgInbox
from stores.keys import PgKeys
from stores.leases import RedisLeases
from stores.ledger_seals import PgSealer, PgSeals
from stores.outbox import PgEventLog, PgOutbox
from stores.people import PgRoster
from stores.policy_feed import PgPolicyFeed
from stores.policy_views import PgPolicyViews
from stores.recalls import PgRecallViews
from stores.recorded import PgRecordedDecisions
from stores.rollout_outcomes import PgRolloutOutcomes
from stores.saved_looks import PgSavedLooks
from stores.similar import PgSimilarCases
from stores.turns import PgTurnQueue
from stores.views import PgViews
from stores.waiting import PgWaitingTurns
from stores.worker_reports import RedisWorkerReports
from tools.http_source import HttpSource
from tools.world.model import World

SEQUENCE_EVERY_S = 0.1
TICK_EVERY_S = 1.0
SWEEP_EVERY_S = 1.0
CLOSE_EVERY_S = 60.0
SEAL_EVERY_S = 1.0
PRESENCE_EVERY_S = 60.0
PURGE_EVERY_S = 3600.0
OPINE_EVERY_S = 0.5
BEGIN_EVERY_S = 0.5
ROLL_EVERY_S = 1.0
RECALL_EVERY_S = 5.0
LAPSE_EVERY_S = 10.0
LOOK_EVERY_S = 20.0


@asynccontextmanager
async def open_desk(settings: Settings, office_of: OfficeOf) -> AsyncGenerator[Desk, None]:
    """A desk at work: its background chores run while inside, and its cases are drained at the end. `office_of` makes reports of evals."""
    if settings.database_url is None or settings.redis_url is None:
        raise RuntimeError("a desk is opened with the URLs of both servers; see runtime.embedded.resolved_stack")
    urls = (settings.database_url.get_secret_value(), settings.redis_url.get_secret_value())
    if settings.llm.model:
        await litellm_library()  # its import would use up the budget of the first cases
    async with open_stores(*urls, settings.database_connections) as stores, AsyncExitStack() as listeners:
        world = sample_company(settings.home)
        shelf = await policy_shelf(settings, stores.database)
        queue = PgTurnQueue(stores.database)
        floor = Floor(queue, at_once=settings.runs_at_once, standard_limit=settings.standard_limit, vip_limit=settings.vip_limit)
        roster = PgRoster(stores.database)
        leases, events = RedisLeases(stores.redis, settings.lease_ttl_s), PgEventLog(stores.database)
        saver = PatientSaver(stores.redis, settings.checkpoint_ttl_s, patience_s=settings.checkpoint_patience_s, lone_nodes=LONE_NODES)
        services: list[HttpSource] = []
        async with (
            open_sources(settings, world, services) as sources,
            open_analysis(newest(PgRecordedDecisions(stores.database))) as examiner,
        ):
            clock = await shared_clock(stores.database)
            models = open_models(settings, clock)
            deps = _deps(settings, stores, sources, shelf, roster, clock, models)
            runner = CaseRunner(build_graph(saver), deps, leases, queue, floor.announce)
            amendments = Amendments(deps.store, queue, shelf, deps.triage, deps.stand_in_triage, deps.clock)
            floor.employ(AmendingWorker(runner, amendments))
            watch = PolicyWatch(shelf, PgPolicyFeed(stores.database), PgPolicyViews(stores.database), stores.database, clock)
            for one in (leases, events, watch):
                listeners.push_async_callback(one.close)
            await watch.look()
            evals = open_eval_runs(settings, stores, office_of(settings.home))
            desk = _desk(settings, stores, deps, floor, examiner, watch, events, evals, open_candidates(stores, deps, world, evals.office))
            heart = Heartbeat(desk.workers, floor, models, partial(states_of, services), watch.report, clock)
            looks = (
                Chore("clock", LOOK_EVERY_S, clock.look),
                Chore("policies", 0.0, watch.follow),
                Chore("heartbeat", BEAT_EVERY_S, heart.beat),
                Chore("depths", BEAT_EVERY_S, Depths(floor, PgCountedWork(stores.database), clock).look),
            )
            async with chores(*looks, *_chores(settings, stores, desk, queue, world, roster)):
                try:
                    yield desk
                finally:
                    desk.sample_day.end()
                    await floor.drain(settings.drain_s)


@asynccontextmanager
async def open_deps(settings: Settings, stores: Stores) -> AsyncGenerator[Deps, None]:
    """The graph's dependencies alone, without a desk around them: what benchmarks and offline runs need."""
    shelf = await policy_shelf(settings, stores.database)
    async with open_sources(settings, sample_company(settings.home)) as sources:
        clock = await shared_clock(stores.database)
        yield _deps(settings, stores, sources, shelf, PgRoster(stores.database), clock, open_models(settings, clock))


def _deps(
    settings: Settings,
    stores: Stores,
    sources: ContextGatherer,
    shelf: PolicyShelf,
    roster: PgRoster,
    clock: SharedClock,
    models: WatchedModels,
) -> Deps:
    speaking, stand_in = models.speaking, models.stand_in
    return Deps(
        store=stores.database,
        policies=shelf,
        roster=roster,
        clock=clock,
        triage=TriageAgent(speaking, second=stand_in),
        stand_in_triage=TriageAgent(stand_in),
        value=ValueEstimator(sources.crm, settings.rates()),
        gatherer=sources,
        router=RouterAgent(speaking),
        stand_in_router=RouterAgent(stand_in),
        reply=ReplyWriter(speaking, stand_in, settings.own_hosts()),
        handover=HandoverWriter(speaking, stand_in),
    )


def _desk(
    settings: Settings,
    stores: Stores,
    deps: Deps,
    floor: Floor,
    examiner: Examiner,
    watch: PolicyWatch,
    events: PgEventLog,
    evals: EvalRuns,
    candidates: EvalCandidates,
) -> Desk:
    views = PgViews(stores.database)
    checks: dict[str, Callable[[], Awaitable[None]]] = {"postgres": stores.database.ping, "redis": stores.redis.ping}
    models = {"triage": deps.triage.model_name, "router": deps.router.model_name, "value": VALUE_MODEL}
    policies = Policies(PgPolicyViews(stores.database), deps.clock, settings.region, deps.store, examiner)
    releases = Releases(deps.store, deps.policies, deps.clock, settings.region)
    sign_in = open_sign_in(settings, stores, deps.clock)
    intake = Intake(deps.store, deps.gatherer.crm, deps.policies, deps.clock, floor, settings.region)
    ours = settings.sample_day and settings.crm_url is None
    return Desk(
        intake=intake,
        sample_day=SampleDay(intake, floor, partial(sample_messages, settings.home) if ours else None),
        cases=Cases(views, deps.clock),
        stories=Stories(views),
        casework=Casework(deps.store, views, deps.policies, deps.clock, floor),
        clients=open_clients(stores, deps),
        dashboard=open_dashboard(stores, deps),
        reviews=(reviews := Reviews(deps.store, views, deps.policies, deps.clock, floor)),
        grace=Grace(reviews),
        inbox=Inbox(PgInbox(stores.database), PgSavedLooks(stores.database)),
        drafts=DraftDesk(PgDrafts(stores.database), views, deps.clock),
        previews=Previews(deps.handover.of_the_record(), deps.reply.of_the_record()),
        similar=PgSimilarCases(stores.database),
        staff=PgRoster(stores.database),
        policies=policies,
        policy_checks=PolicyChecks(policies, examiner),
        policy_alarms=PolicyAlarms(policies),
        bundles=Bundles(policies, bundle_keys(settings)),
        simulations=Simulations(
            PgPolicyViews(stores.database),
            PgRecordedDecisions(stores.database),
            SampleCases(settings.home),
            ReplayProcesses(),
            examiner,
            settings.region,
        ),
        releases=releases,
        rollouts=RolloutBoard(deps.store, PgWaitingTurns(stores.database), deps.policies, settings.region),
        recalls=Recalls(deps.store, PgRecallViews(stores.database), deps.policies, deps.clock),
        roller=Roller(PgRolloutOutcomes(stores.database), releases, deps.policies, deps.clock),
        decisions=Decisions(deps.policies, views),
        ledger=Ledger(views, PgSeals(stores.database), LedgerKey(settings.ledger_seed()), deps.clock, HomeWitness(settings.home)),
        sign_in=sign_in,
        accounts=sign_in.office,
        keys=open_keys(settings, stores, deps.clock),
        roles=RoleBoard(deps.policies, PgAccounts(stores.database), PgKeys(stores.database)),
        workers=RedisWorkerReports(stores.redis),
        eval_runs=evals,
        candidates=candidates,
        views=views,
        events=events,
        floor=floor,
        doorkeeper=KeyRing(PgKeys(stores.database), settings.pepper()),
        idempotency=PgIdempotency(stores.database),
        readiness=DependencyChecks(checks, models, watch.report),
    )


def _chores(settings: Settings, stores: Stores, desk: Desk, queue: PgTurnQueue, world: World, roster: PgRoster) -> list[Chore]:
    clocks = Clocks(desk.reviews.store, desk.reviews.clock, desk.reviews, Overflow(desk.views, desk.reviews.policies))
    opinions = SecondOpinions(PgComparisons(stores.database), desk.decisions.policies)
    sealer = PgSealer(stores.database, LedgerKey(settings.ledger_seed()), desk.reviews.clock.now, HomeWitness(settings.home))
    quiet = QuietCases(desk.reviews.store, desk.reviews.clock, timedelta(days=settings.close_after_days))
    recovery = Recovery(queue, desk.floor, settings.lease_ttl_s)

    async def presence() -> None:
        now = desk.reviews.clock.now()
        await roster.set_presence({one.id: works_at(one.shift, one.timezone, now) for one in world.people}, now)

    return [
        Chore("sequence events", SEQUENCE_EVERY_S, CountedOutbox(PgOutbox(stores.database)).sequence, pause=stores.database.watched_for),
        Chore("seals of the ledger", SEAL_EVERY_S, sealer.seal_batch, eager=True),
        Chore("due timers", TICK_EVERY_S, clocks.tick, eager=True),
        Chore("quiet cases", CLOSE_EVERY_S, quiet.close, eager=True),
        Chore("stranded turns", SWEEP_EVERY_S, recovery.sweep),
        Chore("presence", PRESENCE_EVERY_S, presence),
        Chore("approvals", LAPSE_EVERY_S, desk.policies.lapse),
        Chore("second opinions", OPINE_EVERY_S, opinions.judge_new, eager=True),
        Chore("due rollouts", BEGIN_EVERY_S, desk.releases.begin_due),
        Chore("roller", ROLL_EVERY_S, desk.roller.look),
        Chore("recalls", RECALL_EVERY_S, desk.recalls.sweep, eager=True),
        Chore("purge", PURGE_EVERY_S, PgIdempotency(stores.database).purge),
    ]
