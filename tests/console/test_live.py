"""The inbox's stream, read as a browser reads it; a worker that serves it may be killed."""

from __future__ import annotations

import json
import signal
import threading
import time
import uuid
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import psutil
import pytest

from tests.console.conftest import PASSWORD, Browser, browser_of, signed_in
from tests.service import Service, eventually, message, reachable, serving

LEGAL = "Our attorneys have been told to bring an action against you before the court."
PATIENCE_S = 40.0


@dataclass
class Told:
    """One event of the stream."""

    id: str
    kind: str
    data: dict[str, Any]


@dataclass
class Stream:
    """An open stream: what came down it so far, and the last sequence, which a browser keeps for when it comes back."""

    response: httpx.Response
    told: list[Told] = field(default_factory=list[Told])
    last_id: str = ""
    ended: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        """Until it ends, however that is."""
        one: dict[str, str] = {}
        try:
            for line in self.response.iter_lines():
                name, _, value = line.partition(": ")
                if line:
                    one[name] = value
                    continue
                self.last_id = one.get("id", self.last_id)
                if "event" in one:
                    self.told.append(Told(self.last_id, one["event"], json.loads(one["data"])))
                one = {}
        except httpx.HTTPError:
            pass
        self.ended.set()

    def rows(self, review: str) -> list[dict[str, Any]]:
        """What was told of a review."""
        return [one.data for one in self.told if one.kind == "row" and one.data["id"] == review]

    def row(self, review: str, **wanted: Any) -> dict[str, Any]:
        """The row of a review that says this, waited for."""
        found = eventually(
            lambda: [row for row in self.rows(review) if all(row[name] == value for name, value in wanted.items())], PATIENCE_S
        )
        assert found, f"{review} with {wanted} was not told: {[(one.id, one.kind, one.data.get('id')) for one in self.told]}"
        return found[-1]

    def beat(self) -> None:
        """Wait until it runs."""
        assert eventually(lambda: self.told, PATIENCE_S)


@contextmanager
def listening(browser: Browser, after: str = "", last_id: str = "") -> Generator[Stream, None, None]:
    """A stream, read in the background."""
    headers = {"Last-Event-ID": last_id, "X-By-Itself": "live"} if last_id else {"X-By-Itself": "live"}
    cookies = {one.name: one.value or "" for one in browser.http.cookies.jar}
    client = httpx.Client(base_url=browser.http.base_url, cookies=cookies, timeout=PATIENCE_S)
    with client as http, http.stream("GET", f"/live?after={after}", headers=headers) as response:
        assert response.status_code == 200
        stream = Stream(response)
        reader = threading.Thread(target=stream.read, daemon=True)
        reader.start()
        stream.beat()
        yield stream
    reader.join(5)


def waiting(service: Service, text: str = LEGAL, **changes: Any) -> str:
    """The id of a fresh review."""
    with service.http() as http:
        return http.post("/v1/messages", json=message(text, **changes), headers={"Prefer": "wait=20"}).json()["review"]["id"]


@pytest.fixture(scope="module")
def lead(service: Service, admin: Browser) -> Browser:
    service.make_account("lida", PASSWORD, "lead")
    return signed_in(service, "lida")


def test_a_review_is_told_when_it_opens_and_whenever_it_changes(service: Service, lead: Browser) -> None:
    with listening(lead) as stream, service.http() as http:
        review = waiting(service, f"{LEGAL} Reference {uuid.uuid4().hex}.")
        opened = stream.row(review)
        assert "review.opened" in opened["kinds"]
        assert (opened["pool"], opened["tier"]) == ("eu-senior", "strategic")
        assert f'href="/inbox/{review}"' in opened["html"]
        assert "has it" not in opened["html"]
        http.post(f"/v1/reviews/{review}/claim")
        assert "lead-1 has it" in stream.row(review, revision=opened["revision"] + 1)["html"]
        http.post(f"/v1/reviews/{review}/release")
        assert "has it" not in stream.row(review, revision=opened["revision"] + 2)["html"]
        revision = http.get(f"/v1/reviews/{review}").headers["etag"]
        http.post(f"/v1/reviews/{review}/ruling", json={"action": "approve"}, headers={"If-Match": revision})
        ruled = stream.row(review, revision=opened["revision"] + 3)
        assert 'class="over"' in ruled["html"]
        ids = [int(one.id) for one in stream.told]
        assert ids == sorted(ids)


def test_the_holder_reads_that_it_is_theirs_and_who_may_not_rule_gets_no_tick(service: Service, lead: Browser, admin: Browser) -> None:
    service.make_account("alma", PASSWORD, "auditor")
    review = waiting(service)
    lead.open(f"/inbox/{review}")
    with listening(lead) as own, listening(signed_in(service, "alma")) as others:
        lead.send("/claim")
        assert "you have it" in own.row(review)["html"]
        assert "checkbox" in own.row(review)["html"]
        assert "Lida has it" in others.row(review)["html"]
        assert "checkbox" not in others.row(review)["html"]


def test_rows_speak_the_language_of_each_browser(service: Service, lead: Browser) -> None:
    german = signed_in(service, "lida")
    german.http.headers["Accept-Language"] = "de"
    with service.http() as http:
        review = waiting(service)
        http.post(f"/v1/reviews/{review}/claim")
        page = german.http.get(f"/live/{review}").json()["html"]
        assert page != lead.http.get(f"/live/{review}").json()["html"]


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "\" onmouseover=alert(1) x='",
        "\u202egnp.exe\u2066 \u200bhidden",
        "w" * 99_000,
        "{{ 7 * 7 }}\n\n: \nevent: reload",
    ],
    ids=["markup", "attribute", "bidi", "long", "template"],
)
def test_what_strangers_write_is_inert_in_rows_that_are_sent(service: Service, lead: Browser, evil: str) -> None:
    with listening(lead) as stream:
        review = waiting(service, f"{LEGAL} {evil}", sender={"email": "cto@northwind.example", "name": evil[:200].partition("\n")[0]})
        html: str = stream.row(review)["html"]
    assert "<script" not in html
    assert " onmouseover=alert(1) x='" not in html.replace("&#34; onmouseover", "")
    assert not any(mark in html for mark in "\u202e\u2066\u200b")
    assert len(html) < 5_000
    assert "reload" not in [one.kind for one in stream.told]


def test_another_regions_reviews_are_not_told(service: Service, lead: Browser) -> None:
    service.make_account("ulla", PASSWORD, "lead", region="us")
    with listening(signed_in(service, "ulla")) as elsewhere, listening(lead) as here:
        review = waiting(service)
        here.row(review)
        time.sleep(0.3)
        assert elsewhere.rows(review) == []
    assert signed_in(service, "ulla").http.get(f"/live/{review}").status_code == 404


def test_who_is_not_signed_in_or_may_not_read_reviews_gets_a_status(service: Service, admin: Browser) -> None:
    assert browser_of(service).http.get("/live").status_code == 401
    service.make_account("owen", PASSWORD, "policy_owner")
    assert signed_in(service, "owen").http.get("/live").status_code == 403
    assert admin.http.get("/live", headers={"Last-Event-ID": "twelve"}).status_code == 422


def test_who_comes_back_is_told_what_changed_meanwhile_and_who_was_away_for_long_loads_anew(service: Service, lead: Browser) -> None:
    with listening(lead) as stream:
        first = waiting(service)
        stream.row(first)
        left_at = stream.last_id
    with service.http() as http:
        second = waiting(service)
        http.post(f"/v1/reviews/{first}/claim")
        with listening(lead, last_id=left_at) as stream:
            assert "lead-1 has it" in stream.row(first)["html"]
            assert "review.opened" in stream.row(second)["kinds"]
    page = lead.open("/inbox").text
    made_at = page.split('hx-sse:connect="/live?after=')[1].partition('"')[0]
    third = waiting(service)
    with listening(lead, after=made_at) as stream:
        stream.row(third)


def newest(told: list[Told]) -> dict[str, int]:
    """The revision that each review was told at last."""
    return {one.data["id"]: one.data["revision"] for one in told if one.kind == "row"}


def serving_worker(service: Service, stream: Stream) -> psutil.Process:
    """The process at the other end of a stream."""
    ours: tuple[str, int] = stream.response.extensions["network_stream"].get_extra_info("client_addr")
    return next(
        one
        for one in service.workers()
        for link in one.net_connections(kind="tcp")
        if link.raddr and link.raddr.port == ours[1] and link.laddr.port != ours[1]
    )


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Two workers, one of which will be killed."""
    with serving(reachable(tmp_path_factory.mktemp("mortal")), MAITRED_WORKERS="2") as running:
        yield running


def test_a_worker_that_is_killed_in_the_middle_of_its_stream_loses_no_row(mortal: Service) -> None:
    mortal.make_account("lotte", PASSWORD, "lead")
    lead = signed_in(mortal, "lotte")
    reviews = [waiting(mortal) for _ in range(6)]
    told: list[Told] = []
    stop = threading.Event()

    def change() -> None:
        """Claims and releases go on all the while, by way of whichever worker is there."""
        number = 0
        while not stop.is_set():
            act = ("claim", "release")[number // len(reviews) % 2]
            try:
                with mortal.http() as http:
                    http.post(f"/v1/reviews/{reviews[number % len(reviews)]}/{act}")
            except httpx.HTTPError:
                continue
            number += 1
            time.sleep(0.02)

    changes = threading.Thread(target=change, daemon=True)
    with listening(lead) as stream:
        killed = serving_worker(mortal, stream)
        changes.start()
        assert eventually(lambda: len(stream.told) > 10, PATIENCE_S)
        killed.send_signal(signal.SIGKILL)
        assert stream.ended.wait(PATIENCE_S)
        told += stream.told
        last_id = stream.last_id
    time.sleep(0.5)
    stop.set()
    changes.join(PATIENCE_S)
    with patiently(lead, last_id) as stream, mortal.http() as http:
        assert serving_worker(mortal, stream).pid != killed.pid
        now = {review: http.get(f"/v1/reviews/{review}").json()["revision"] for review in reviews}
        assert eventually(lambda: newest(told + stream.told) == now, PATIENCE_S), (now, newest(told + stream.told))
        told += stream.told
    ids = [int(one.id) for one in told]
    assert ids == sorted(ids)


@contextmanager
def patiently(browser: Browser, last_id: str) -> Generator[Stream, None, None]:
    """As a browser does: until somebody takes the connection."""
    deadline = time.monotonic() + PATIENCE_S
    with ExitStack() as stack:
        while True:
            try:
                stream = stack.enter_context(listening(browser, last_id=last_id))
                break
            except httpx.ConnectError:
                assert time.monotonic() < deadline
        yield stream
