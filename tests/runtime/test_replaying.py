"""Replays over many decisions: the same bytes with one process or several, in one go or killed on the way, and an end when one dies."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator
from pathlib import Path

import ormsgpack
import psutil
import pytest
import pytest_asyncio

from domain.errors import InvalidInput, PolicyInvalid, ReplayFailed, TooBusy
from domain.simulation import Cursor, RecordedPage, Span
from policies.comparison.behaviour import compare
from policies.comparison.recorded import RecordedCase, record_of_case
from policies.engine import CompiledPolicy, compile_policy
from policies.rules import shipped
from runtime.replay_process import LENGTH_BYTES, Pair, framed
from runtime.replaying import InOrder, ReplayProcesses, nothing, replay_recorded, version_text
from runtime.servers import patient_database
from stores.postgres import Database
from stores.recorded import PgRecordedDecisions
from stores.schema import migrate
from tests.recorded import BEGAN, EVERY, record_decisions, stream_cases

MADE = 1_500
SLOWER = ("ack: 8h,  resolve: 3d,  calendar: business-eu", "ack: 9h,  resolve: 3d,  calendar: business-eu")


def shipped_policy() -> CompiledPolicy:
    return compile_policy(shipped())


def changed() -> CompiledPolicy:
    return compile_policy(shipped().replace(*SLOWER).replace("proposal.confidence < 0.6", "proposal.confidence < 0.3"), version=2)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    await migrate(database_url)
    await record_decisions(database_url, MADE, shipped_policy())
    async with patient_database(database_url) as opened:
        yield opened


async def all_at_once(database: Database, processes: int = 1) -> bytes:
    found = await replay_recorded(
        PgRecordedDecisions(database), version_text(shipped_policy()), version_text(changed()), Span(), processes=processes
    )
    return found.model_dump_json().encode()


async def test_the_number_of_processes_leaves_no_trace(database: Database) -> None:
    recorded = PgRecordedDecisions(database)
    one, three = await all_at_once(database, 1), await all_at_once(database, 3)
    here = compare(shipped_policy(), changed(), await recorded.newest(MADE))
    assert one == three == here.model_dump_json().encode()
    assert (here.cases, here.changed > 0) == (MADE, True)


async def test_progress_is_told_up_to_the_end(database: Database) -> None:
    told: list[tuple[int, int]] = []
    await replay_recorded(
        PgRecordedDecisions(database),
        version_text(shipped_policy()),
        version_text(changed()),
        Span(limit=1_000),
        progress=lambda judged, total: told.append((judged, total)),
    )
    assert told[0] == (0, 1_000)
    assert told[-1] == (1_000, 1_000)
    assert told == sorted(told)


KILLED = """
import asyncio, sys
from pathlib import Path
from domain.simulation import Span
from runtime import replay_state
from runtime.replaying import replay_recorded, version_text
from stores.postgres import Database
from stores.recorded import PgRecordedDecisions
from tests.runtime.test_replaying import changed, shipped_policy
replay_state.SAVED_EVERY_S = 0.0
async def main():
    database = Database(sys.argv[1], patience_s=5)
    await database.open()
    print("begins", flush=True)
    await replay_recorded(PgRecordedDecisions(database), version_text(shipped_policy()), version_text(changed()), Span(),
        state_file=Path(sys.argv[2]), processes=2, progress=lambda judged, total: print(judged, flush=True))
asyncio.run(main())
"""


async def test_a_run_that_was_killed_goes_on_and_ends_with_the_same_bytes(database: Database, database_url: str, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    judged = 0
    for kills in range(2):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", textwrap.dedent(KILLED), database_url, str(state), stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        assert (await process.stdout.readline()).strip() == b"begins"
        assert int(await process.stdout.readline()) == judged, "it begins where the one before was"
        while judged < (kills + 1) * 500:
            judged = int(await process.stdout.readline())
        children = psutil.Process(process.pid).children()
        process.kill()
        await process.wait()
        _, alive = psutil.wait_procs(children, timeout=10)
        assert not alive, "processes that judge end with the one that asked"
        judged = await asyncio.to_thread(_saved, state)
    assert 0 < judged < MADE
    told: list[int] = []
    found = await replay_recorded(
        PgRecordedDecisions(database),
        version_text(shipped_policy()),
        version_text(changed()),
        Span(),
        state_file=state,
        progress=lambda done, _: told.append(done),
    )
    assert told[0] == judged
    assert found.model_dump_json().encode() == await all_at_once(database)


def _saved(state: Path) -> int:
    from runtime.replay_state import Standing

    return sum(page.cases for page in Standing.model_validate_json(state.read_bytes()).finished.values())


async def test_what_is_decided_while_a_run_rests_does_not_move_its_pages(database: Database, database_url: str, tmp_path: Path) -> None:
    state, recorded = tmp_path / "state.json", PgRecordedDecisions(database)
    expected = await all_at_once(database)

    class Stopped(Exception):
        pass

    def stop(judged: int, _: int) -> None:
        if judged >= 500:
            raise Stopped

    with pytest.raises(Stopped):
        await replay_recorded(
            recorded, version_text(shipped_policy()), version_text(changed()), Span(), state_file=state, progress=stop, processes=1
        )
    async with database.connection() as connection:
        await connection.execute(
            "insert into decisions (id, case_id, turn, facts_digest, policy_digest, tier, mode, pool, body, record, decided_at) "
            "select id || 'x', case_id, turn + 10, facts_digest, policy_digest, tier, mode, pool, body, record, now() + interval '1 day' "
            "from decisions limit 100"
        )
    found = await replay_recorded(recorded, version_text(shipped_policy()), version_text(changed()), Span(), state_file=state)
    assert found.model_dump_json().encode() == expected


@pytest.mark.parametrize("text", ["", "{", '{"question": 1}'])
async def test_a_file_that_is_no_state_is_refused_and_left_alone(database: Database, tmp_path: Path, text: str) -> None:
    state = tmp_path / "state.json"
    state.write_text(text)
    with pytest.raises(InvalidInput, match="is no state of a replay"):
        await replay_recorded(
            PgRecordedDecisions(database), version_text(shipped_policy()), version_text(changed()), Span(), state_file=state
        )
    assert state.read_text() == text


async def test_the_state_of_another_simulation_is_refused(database: Database, tmp_path: Path) -> None:
    state, recorded = tmp_path / "state.json", PgRecordedDecisions(database)
    await replay_recorded(recorded, version_text(shipped_policy()), version_text(changed()), Span(limit=10), state_file=state)
    with pytest.raises(InvalidInput, match="another"):
        await replay_recorded(recorded, version_text(changed()), version_text(shipped_policy()), Span(limit=10), state_file=state)


async def _pages(cases: list[RecordedCase], size: int = 100) -> AsyncIterator[RecordedPage]:
    for first in range(0, len(cases), size):
        yield RecordedPage([(case.id, record_of_case(case)) for case in cases[first : first + size]])


@pytest.fixture(scope="module")
def stream() -> list[RecordedCase]:
    return stream_cases()


async def test_a_simulation_that_runs_out_of_time_gives_what_was_judged(stream: list[RecordedCase]) -> None:
    async def stuck() -> AsyncIterator[RecordedPage]:
        async for page in _pages(stream):
            yield page
            await asyncio.Event().wait()

    texts, began = (version_text(shipped_policy()), version_text(changed())), time.monotonic()
    assert (await ReplayProcesses(processes=1).replay(*texts, _pages(stream[:100]), 100, 60.0)).complete
    within_s = 2 + 4 * (time.monotonic() - began)
    came = await ReplayProcesses(processes=1).replay(*texts, stuck(), len(stream), within_s)
    assert not came.complete
    assert (came.cases, came.total) == (100, len(stream))
    assert came.diff["counts"]["all"]["cases"]["total"] == came.cases


def test_pages_that_are_done_out_of_order_count_once_the_gap_before_them_is_closed(stream: list[RecordedCase]) -> None:
    pair = Pair(version_text(shipped_policy()), version_text(changed()))
    judged, before, after = InOrder(nothing(pair)), shipped_policy(), changed()
    parts = [stream[:4], stream[4:9], stream[9:10]]
    pages = [RecordedPage([], (BEGAN + EVERY * number, f"dec_{number}")) for number in range(3)]
    counted: list[tuple[int, Cursor | None]] = []
    for number in (1, 2, 0):
        judged.take(number, pages[number], compare(before, after, parts[number]))
        counted.append((judged.found.cases, judged.last))
    assert counted == [(0, None), (0, None), (10, pages[2].last)]
    assert judged.found == compare(before, after, stream[:10])


async def test_records_that_cannot_be_read_are_counted_and_left_out(stream: list[RecordedCase]) -> None:
    async def pages() -> AsyncIterator[RecordedPage]:
        yield RecordedPage([("dec_1", b"{}"), *((case.id, record_of_case(case)) for case in stream[:5])])

    came = await ReplayProcesses().replay(version_text(shipped_policy()), version_text(changed()), pages(), 6, 30.0)
    assert (came.cases, came.complete) == (6, True)
    assert came.diff["counts"]["all"]["cases"] == {**came.diff["counts"]["all"]["cases"], "total": 5, "unreadable": 1}


async def test_a_second_simulation_waits_its_turn_and_is_told_when_that_takes_too_long(stream: list[RecordedCase]) -> None:
    async def never() -> AsyncIterator[RecordedPage]:
        await asyncio.sleep(3)
        async for page in _pages(stream[:1]):
            yield page

    processes = ReplayProcesses(processes=1, queue_s=0.2)
    first = asyncio.create_task(processes.replay(version_text(shipped_policy()), version_text(changed()), never(), 1, 30.0))
    await asyncio.sleep(0.1)
    with pytest.raises(TooBusy):
        await processes.replay(version_text(shipped_policy()), version_text(changed()), _pages(stream[:1]), 1, 30.0)
    assert (await first).complete


async def test_a_process_that_is_killed_fails_the_run_and_leaves_none_behind(stream: list[RecordedCase]) -> None:
    async def pages() -> AsyncIterator[RecordedPage]:
        async for page in _pages(stream):
            yield page
            await asyncio.sleep(1.0)

    running = asyncio.create_task(
        ReplayProcesses(processes=1).replay(version_text(shipped_policy()), version_text(changed()), pages(), len(stream), 30.0)
    )
    children: list[psutil.Process] = []
    deadline = time.monotonic() + 10
    while not children and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
        children = [one for one in psutil.Process().children() if "runtime.replay_process" in one.cmdline()]
    children[0].send_signal(signal.SIGKILL)
    with pytest.raises(ReplayFailed):
        await running
    assert not [one for one in psutil.Process().children() if one.is_running() and "runtime.replay_process" in one.cmdline()]


async def test_a_text_that_does_not_compile_is_said_before_anything_starts(stream: list[RecordedCase]) -> None:
    broken = version_text(shipped_policy()).model_copy(update={"text": "policy: x"})
    with pytest.raises(PolicyInvalid):
        await ReplayProcesses().replay(version_text(shipped_policy()), broken, _pages(stream[:1]), 1, 5.0)


@pytest.mark.parametrize("polite", [True, False])
def test_a_process_that_judges_is_polite_when_asked(polite: bool) -> None:
    pair = Pair(version_text(shipped_policy()), version_text(changed()), polite)
    with subprocess.Popen([sys.executable, "-m", "runtime.replay_process"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(framed(ormsgpack.packb(pair, option=ormsgpack.OPT_SERIALIZE_PYDANTIC)) + framed(ormsgpack.packb([])))
        process.stdin.flush()
        assert process.stdout.read(LENGTH_BYTES)
        assert (psutil.Process(process.pid).nice() > os.nice(0)) is polite
        process.kill()
