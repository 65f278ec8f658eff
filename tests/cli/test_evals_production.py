"""From a lead's ruling to a suite that runs, drift and counterfactuals, with the commands that people use."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import asyncpg
import orjson
import pytest

from domain.review import Ruling, RulingAction
from runtime.embedded import StackUrls
from tests.cli.conftest import Said, maitred
from tests.desk.house import LEAD, LEGAL, open_house
from tests.desk.test_eval_candidates import RULED
from tests.service import MODELS

WITH_NAMES = f"{LEGAL} Ask at Northwind for our counsel, cto@northwind.example."


@dataclass
class Desk:
    """Servers with some ruled cases, and the command line beside them."""

    variables: dict[str, str]
    folder: Path

    def eval(self, *arguments: str) -> Said:
        """`maitred eval …`."""
        return maitred("eval", *arguments, **self.variables)

    def read(self, *arguments: str) -> Any:
        """What it prints as JSON."""
        said = self.eval(*arguments, "--json")
        assert said.status == 0, said.text
        return orjson.loads(said.out)


@pytest.fixture(scope="module")
def desk(stack: StackUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Three cases of which a lead rejected two and approved one. What one test accepts, those below it find."""
    name, home = f"t{uuid.uuid4().hex[:12]}", tmp_path_factory.mktemp("desk")
    database_url = stack.database_url.replace("/maitred?", f"/{name}?")
    asyncio.run(_administer(stack.database_url, f"create database {name}"))
    asyncio.run(_rule(database_url, stack.redis_url, home))
    variables = {
        "MAITRED_DATABASE_URL": database_url,
        "MAITRED_REDIS_URL": stack.redis_url,
        "MAITRED_HOME": str(home),
        "MAITRED_MODELS": str(MODELS),
    }
    yield Desk(variables, home / "rulings")
    asyncio.run(_administer(stack.database_url, f"drop database {name} with (force)"))


async def _administer(url: str, statement: str) -> None:
    admin: Any = await cast(Any, asyncpg).connect(url)
    await admin.execute(statement)
    await admin.close()


async def _rule(database_url: str, redis_url: str, home: Path) -> None:
    async with open_house(database_url, redis_url, home) as house:
        for number, action in enumerate((RulingAction.REJECT, RulingAction.REJECT, RulingAction.APPROVE)):
            accepted = await house.post(f"{WITH_NAMES} This is matter {number} of many that we have with you by now.")
            row = await house.case(accepted)
            assert row.review is not None
            ruling: Ruling = RULED.model_copy(update={"action": action})
            await house.reviews.rule(row.review["id"], ruling, LEAD, row.review["revision"], "req")


def test_bad_commands_say_what_to_do_and_change_nothing(desk: Desk) -> None:
    desk.eval("candidates", "collect")
    name = desk.read("candidates", "list")[0]["id"]
    for arguments, said in (
        (("candidates", "accept", name, "--by", " ", "--reason", "Fine."), "needs a person's name and a reason"),
        (("candidates", "accept", name, "--by", "Ada", "--reason", "Northwind again"), "write it without"),
        (("candidates", "show", "evc_none"), "There is no candidate"),
        (("candidates", "export", "--to", str(desk.folder), "--version", "1", "--by", "Ada"), "No candidate is accepted"),
        (("candidates", "collect", "--since", "soon"), "neither a time"),
        (("drift", "--since", "1d"), "There is no accepted window"),
        (("drift", "accept", "--by", "Ada", "--reason", " "), "needs a person's name and a reason"),
        (("counterfactual",), "Say what shall be different"),
        (("counterfactual", "--policy", "vip-support@9"), "There is no policy"),
        (("counterfactual", "--model", "embedded", "--outcome", "luck"), "There is no outcome luck"),
    ):
        came = desk.eval(*arguments)
        assert came.status == 1, came.text
        assert said in came.text
    assert desk.read("candidates", "show", name)["revision"] == 1
    assert not desk.folder.exists()


def test_a_ruling_is_collected_accepted_exported_and_run(desk: Desk) -> None:
    desk.eval("candidates", "collect")
    assert "0 rulings looked at, 0 new, 0 held back" in desk.eval("candidates", "collect").text
    found = [one for one in desk.read("candidates", "list") if one["action"] == "reject"]
    assert len(found) == 2
    assert found[0]["near"][0]["id"] == found[1]["id"]
    assert "northwind" not in orjson.dumps([[one["input"], one["why"]] for one in found]).decode().casefold()
    for one in found:
        shown = desk.eval("candidates", "show", one["id"]).text
        assert "{client}" in shown
        assert desk.eval("candidates", "accept", one["id"], "--by", "Ada", "--reason", "A lawyer writes.").status == 0
    exported = desk.eval("candidates", "export", "--to", str(desk.folder), "--version", "2026.11", "--by", "Ada")
    assert exported.status == 0, exported.text
    card = (desk.folder / "2026.11" / "CARD.md").read_text()
    assert "| person:Ada | 2 | 0 |" in card
    assert "proprietary: do not publish" in card
    ran = desk.eval("run", str(desk.folder / "2026.11" / "rulings.py"), "--processes", "1", "--json")
    assert ran.status in (0, 1), ran.text
    assert "right_or_asked" in ran.out
    again = desk.eval("candidates", "export", "--to", str(desk.folder), "--version", "2026.11", "--by", "Ada")
    assert again.status == 0


def test_drift_compares_with_the_window_that_was_accepted(desk: Desk) -> None:
    accepted = desk.eval("drift", "accept", "--by", "Ada", "--reason", "A calm month.", "--since", "2d")
    assert "3 decisions, accepted by person:Ada" in accepted.text
    compared = desk.eval("drift", "--since", "1d")
    assert compared.status == 0
    assert "nothing can be said below 200" in compared.text
    assert desk.eval("drift", "--since", "1d", "--strict").status == 1
    assert desk.read("drift", "--since", "1d")["cases_before"] == 3


def test_recorded_decisions_are_asked_anew_and_nothing_is_guessed(desk: Desk) -> None:
    same = desk.read("counterfactual", "--policy", "vip-support@1", "--outcome", "overruled")
    assert (same["decisions"], same["unread"], same["changed"]) == (3, 0, 0)
    assert same["diff"]["counts"]["all"]["cases"].get("changed", 0) == 0
    anew = desk.read("counterfactual", "--model", "embedded", "--outcome", "overruled")
    assert (anew["reproposed"], anew["changed"]) == (0, 0)
    assert "decisions" in desk.eval("counterfactual", "--policy", "vip-support@1").text
