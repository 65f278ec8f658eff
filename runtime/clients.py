"""Clients and figures over the real stores."""

from __future__ import annotations

from desk.clients import Clients
from desk.dashboard import Dashboard
from graphs.deps import Deps
from runtime.servers import Stores
from stores.client_records import PgClientRecords
from stores.figures import PgCountedWork


def open_clients(stores: Stores, deps: Deps) -> Clients:
    """The same sources that the context gatherer asks, and our own cases beside them."""
    gatherer = deps.gatherer
    records = PgClientRecords(stores.database)
    return Clients(gatherer.crm, gatherer.telemetry, gatherer.history, records, deps.clock, deps.value.rates)


def open_dashboard(stores: Stores, deps: Deps) -> Dashboard:
    """Figures counted in Postgres."""
    return Dashboard(PgCountedWork(stores.database), deps.store, deps.clock)
