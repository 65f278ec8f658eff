"""`maitred worker`: cases are worked without an API, on servers that run already and on the schema that it knows."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from runtime.embedded import EmbeddedStack
from stores.postgres_examination import revisions
from tests.llm_stub import Behaviour, LlmStub
from tests.service import MODELS, eventually, message, serving

driver: Any = asyncpg
LEASE_S = "1.5"
WITHIN_S = 120


@contextmanager
def worker(home: Path) -> Generator[subprocess.Popen[str], None, None]:
    """The command, on the servers of a home."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAITRED_")}
    variables = {**inherited, "MAITRED_MODELS": str(MODELS), "MAITRED_HOME": str(home), "MAITRED_LEASE_TTL_S": LEASE_S, "COLUMNS": "160"}
    command = [sys.executable, "-m", "cli.main", "worker"]
    with subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_worker_takes_up_what_a_service_that_hangs_has_left_and_ends_at_sigterm(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    slow = {"MAITRED_LLM__MODEL": "openai/slow", "MAITRED_LLM__API_KEY": "none", "MAITRED_LEASE_TTL_S": LEASE_S}
    with LlmStub(Behaviour.SLOW) as stub, serving(tmp_path, MAITRED_LLM__API_BASE=stub.url, **slow) as service:
        with service.http() as http:
            accepted = http.post("/v1/messages", json=message("How do I share a dashboard?"))
        assert accepted.status_code == 202
        assert eventually(lambda: bool(stub.calls), WITHIN_S)
        service.process.send_signal(signal.SIGSTOP)
        try:
            with worker(tmp_path) as process:
                assert eventually(lambda: _decided(tmp_path, accepted.json()["id"]), WITHIN_S)
                process.terminate()
                assert process.wait(WITHIN_S) == 0
        finally:
            service.process.send_signal(signal.SIGCONT)


def test_a_worker_leaves_the_schema_of_an_older_service_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    older = revisions()[-2]
    with serving(tmp_path):
        _ask(tmp_path, f"update alembic_version set version_num = '{older}'")
        with worker(tmp_path) as process:
            _, said = process.communicate(timeout=WITHIN_S)
        assert process.returncode == 1
        assert f"The database is at schema {older}" in said
        assert _ask(tmp_path, "select version_num from alembic_version") == older


def _decided(home: Path, case_id: str) -> bool:
    return bool(_ask(home, f"select count(*) from decisions where case_id = '{case_id}'"))


def _ask(home: Path, statement: str) -> Any:
    async def asked() -> Any:
        connection = await driver.connect(EmbeddedStack(home).urls.database_url)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(asked())
