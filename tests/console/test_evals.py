"""Evals and candidate cases as an engineer sees them: by pages and forms, from runs that lie in the service's home."""

from __future__ import annotations

import re
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from evals.comparing.history import push
from runtime.embedded import resolved_stack
from runtime.settings import load_settings
from tests.console.conftest import PASSWORD, Browser, signed_in
from tests.console.eval_runs import mistaken
from tests.evals.comparing.runs import made_run, many
from tests.service import Service, message

LEGAL = "Our attorneys have been told to bring an action against you before the court."


@pytest.fixture(scope="module")
def engineer(service: Service, admin: Browser, runs: Path) -> Browser:
    service.make_account("eva", PASSWORD, "engineer")
    return signed_in(service, "eva")


def said(browser: Browser) -> str:
    """What a reader sees."""
    return " ".join(re.sub("<[^>]+>", " ", browser.text).split())


def test_runs_are_listed_newest_first_and_chosen_by_suite_and_model(engineer: Browser) -> None:
    engineer.open("/evals")
    shown = re.findall(r'<a href="/evals/([a-z]+)">', engineer.page.text.split('class="runs folds"')[1])
    assert shown == ["halfway", "elses", "others", "nobody", "after", "before"]
    assert "refused" in engineer.text
    engineer.open("/evals?suite=routing&model=baseline:nobody")
    assert "1 run" in said(engineer)
    assert "/evals/nobody" in engineer.text
    assert "/evals/elses" not in engineer.text
    assert "No run fits." in engineer.open("/evals?suite=nothing").text
    assert engineer.open("/evals?page=9999").status_code == 200
    assert engineer.open("/evals?page=0").status_code == 422


def test_a_run_shows_where_it_is_weak_and_what_failed_dangerous_first(engineer: Browser) -> None:
    engineer.open("/evals/nobody")
    engineer.open("/evals/before")
    engineer.open("/evals/after")
    assert engineer.page.status_code == 200
    for words in (
        "missed danger is hard and does not hold: d00.",
        "The dangerous error was made in 1 case: d00.",
        "95.2 %",
        "The gate refused it",
    ):
        assert words in said(engineer)
    baseline = re.search(r'<a href="/evals/nobody">(\w+)</a>', engineer.page.text)
    assert baseline is not None
    assert baseline[1] == "nobody"
    assert re.search(r'<td class="miss s1 danger">1<small aria-hidden="true">1 !</small>', engineer.page.text)
    assert "Calibration error" in said(engineer)
    assert "exactly as labelled" in said(engineer)
    offered = [re.findall(r'<option value="(\w+)"', engineer.open(f"/evals/{run}").text) for run in ("before", "after")]
    assert ("after" in offered[0], "before" in offered[1]) == (False, True)
    engineer.open("/evals/after")
    assert "2 runs" in engineer.open("/evals?suite=routing&model=embedded").text
    assert "<svg" in engineer.page.text


def test_what_a_case_says_stays_text(engineer: Browser) -> None:
    engineer.open("/evals/after")
    assert "<script>alert" not in engineer.page.text
    assert "<img" not in engineer.page.text
    assert "&lt;script&gt;alert(1)" in engineer.page.text
    assert "\u202e" not in engineer.page.text
    engineer.open("/evals")
    assert "<script>alert" not in engineer.page.text


def test_two_runs_are_compared_case_by_case(engineer: Browser) -> None:
    engineer.open("/evals/compare?a=before&b=after")
    assert engineer.page.status_code == 200
    assert "1 new dangerous error: d00" in said(engineer)
    flips = engineer.page.text.split('id="flips"')[1]
    assert re.findall(r"<strong>(\w+)</strong>", flips) == ["d00", "milder"]
    assert "after: It went to a bot." in said(engineer)
    assert 'value="after" selected' in engineer.page.text


@pytest.mark.parametrize(
    ("a", "b", "status", "why"),
    [
        ("before", "others", 422, "do not have the same cases"),
        ("before", "elses", 422, "name two runs of one suite"),
        ("before", "before", 422, "Both sides are the same run"),
        ("before", "halfway", 422, "stopped before its end"),
        ("before", "nothing", 404, "There is no run nothing"),
        ("../../x", "before", 404, "There is no run"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_the_reason(engineer: Browser, a: str, b: str, status: int, why: str) -> None:
    assert engineer.open(f"/evals/compare?a={a}&b={b}").status_code == status
    assert why in engineer.text


def test_cases_that_both_have_are_compared_when_that_is_asked_for(engineer: Browser) -> None:
    engineer.open("/evals/compare?a=before&b=others")
    offered = re.search(r'href="(/evals/compare\?[^"]*shared=true)"', engineer.page.text)
    assert offered is not None
    engineer.open(offered[1].replace("&amp;", "&"))
    assert engineer.page.status_code == 200
    assert "6 cases not compared, because added: c000" in said(engineer)
    assert "shared=true" not in engineer.open("/evals/compare?a=before&b=elses").text


def test_a_run_that_stopped_says_how_to_go_on_and_one_that_is_not_there_is_404(engineer: Browser) -> None:
    assert "maitred eval run --resume halfway" in engineer.open("/evals/halfway").text
    for path in ("/evals/unknown", "/evals/..%2f..%2fkeys", "/evals/.hidden"):
        assert engineer.open(path).status_code == 404


async def test_a_run_of_another_machine_shows_what_the_database_has(service: Service, engineer: Browser) -> None:
    run = made_run("far", [*many(5), mistaken("lost", dangerous=True)], began_at="2026-11-24T09:00:00Z")
    with resolved_stack(load_settings(home=service.home)) as urls:
        await push(run, urls.database_url)
    assert "on another machine" in engineer.open("/evals").text
    engineer.open("/evals/far")
    assert "lost" in said(engineer)
    assert "mode: human" in said(engineer)
    assert engineer.open("/evals/compare?a=far&b=after").status_code == 422
    assert "lies on another machine" in engineer.text


def test_who_may_not_is_offered_nothing(service: Service, engineer: Browser) -> None:
    service.make_account("leo", PASSWORD, "lead")
    lead = signed_in(service, "leo")
    for path in ("/evals", "/evals/after", "/evals/compare", "/evals/candidates", "/evals/candidates/evc_x"):
        assert lead.open(path).status_code == 403
    assert 'href="/evals"' not in lead.open("/cases").text


@pytest.fixture(scope="module")
def candidate(service: Service, engineer: Browser) -> str:
    """A rejected proposal, collected; the page taught how before."""
    assert "maitred eval candidates collect" in engineer.open("/evals/candidates").text
    with service.http() as http:
        review = http.post("/v1/messages", json=message(LEGAL), headers={"Prefer": "wait=20"}).json()["review"]["id"]
        standing = http.get(f"/v1/reviews/{review}")
        body = {"action": "reject", "reason": "Northwind is in court with us."}
        headers = {"If-Match": standing.headers["etag"], "Idempotency-Key": uuid.uuid4().hex}
        assert http.post(f"/v1/reviews/{review}/ruling", json=body, headers=headers).status_code < 300
    command = [sys.executable, "-m", "cli.main", "eval", "candidates", "collect"]
    subprocess.run(command, env=service.environment, capture_output=True, check=True)
    found = re.search(r"/evals/candidates/(evc_\w+)", engineer.open("/evals/candidates?status=proposed").text)
    assert found is not None
    return found[1]


def test_a_candidate_is_read_labelled_and_accepted_by_name(service: Service, engineer: Browser, candidate: str) -> None:
    path = f"/evals/candidates/{candidate}"
    engineer.open(path)
    assert "{client} is in court with us." in engineer.text
    assert "Northwind" not in engineer.text
    engineer.send("/label", mode="hybrid", pool="", action="", dangerous="a bot answers a threat", tags="theme=law", note="")
    assert "a bot answers a threat" in engineer.text
    assert "theme: law" in said(engineer)
    shown = engineer.page
    engineer.send("/accept", reason="A lawyer writes: people answer.")
    assert "Eva decided on" in said(engineer)
    engineer.page = shown
    engineer.send("/reject", reason="Seen too late.")
    assert engineer.page.status_code == 412
    assert "Seen too late." in engineer.text
    with service.http() as http:
        entries = http.get("/v1/ledger/entries", params={"actor": "person:eva"}).json()["items"]
    mine = [one["kind"] for one in entries if one["actor"] == "person:eva"]
    assert mine == ["eval.candidate_labelled", "eval.candidate_accepted"]


@pytest.mark.parametrize(
    ("action", "fields", "why"),
    [
        ("/label", {"tags": "no tag"}, "name=value"),
        ("/label", {"mode": "nobody"}, "There is no mode nobody"),
        ("/label", {"note": "Ask the people of Northwind Bank."}, "names somebody or something of the case"),
        ("/reject", {"reason": "  "}, "needs a person's name and a reason"),
        ("/reject", {"reason": "x" * 3000}, "too long"),
    ],
)
def test_what_does_not_fit_a_candidate_changes_nothing(
    engineer: Browser, candidate: str, action: str, fields: dict[str, str], why: str
) -> None:
    engineer.open(f"/evals/candidates/{candidate}")
    before = re.search(r"revision (\d+)", engineer.text)
    engineer.send(action, **fields)
    assert engineer.page.status_code == 422
    assert why in engineer.text
    after = re.search(r"revision (\d+)", engineer.open(f"/evals/candidates/{candidate}").text)
    assert before is not None
    assert after is not None
    assert before[1] == after[1]


def test_a_candidate_of_another_region_does_not_exist(service: Service, engineer: Browser, candidate: str) -> None:
    service.make_account("udo", PASSWORD, "engineer", region="us")
    other = signed_in(service, "udo")
    assert other.open(f"/evals/candidates/{candidate}").status_code == 404
    assert candidate not in other.open("/evals/candidates").text
    headers = {"Origin": service.base_url}
    assert other.http.post(f"/evals/candidates/{candidate}/reject", data={"reason": "x"}, headers=headers).status_code == 404
