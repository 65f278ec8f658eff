"""Settings: who may see and change them, links and secrets that are shown once, and changes that hold where somebody is signed in."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from console.seats import SEATS_SAID
from domain.account import SEATS
from runtime.embedded import resolved_stack
from runtime.settings import load_settings
from stores.redis import Redis
from stores.worker_reports import PREFIX, RedisWorkerReports
from tests.console.conftest import PASSWORD, Browser, browser_of, signed_in
from tests.service import Service, eventually

SHOWN = re.compile(r'<input class="secret" readonly value="([^"]+)"')


@dataclass
class Guest:
    """Somebody who came by an invitation."""

    id: str
    browser: Browser


def invite(admin: Browser, *seats: str, **more: str) -> tuple[str, str]:
    """(id, link) of somebody new."""
    person = f"p{uuid.uuid4().hex[:8]}"
    admin.open("/settings/accounts")
    given: dict[str, object] = {"id": person, "email": f"{person}@halyard.example", "seats": list(seats), **more}
    origin = {"Origin": str(admin.http.base_url).rstrip("/")}
    admin.page = admin.http.post("/settings/accounts", data=given, headers=origin)
    assert admin.page.status_code == 200, admin.text
    return person, SHOWN.findall(admin.page.text)[0]


def join(service: Service, admin: Browser, *seats: str, **more: str) -> Guest:
    """Somebody new, signed in."""
    person, link = invite(admin, *seats, **more)
    guest = Guest(person, browser_of(service))
    path = httpx.URL(link).path
    guest.browser.open(path)
    guest.browser.send(path, name=f"Guest {person}", password=PASSWORD)
    assert guest.browser.page.url.path != path, guest.browser.text
    return guest


def change(admin: Browser, person: str, **more: object) -> None:
    """The form of a person's page, sent with these seats, roles and so on, and the rest as it stands."""
    path = f"/settings/accounts/{person}"
    page = admin.open(path).text
    name, email = (re.findall(rf'id="{field}" name="{field}" value="([^"]*)"', page)[0] for field in ("name", "email"))
    mark = re.findall(r'name="mark" value="([^"]+)"', page)[0]
    given = {"name": name, "email": email, "mark": mark, **more}
    admin.page = admin.http.post(path, data=given, headers={"Origin": str(admin.http.base_url).rstrip("/")})


def test_who_is_invited_chooses_name_and_password_and_the_link_is_used_up(service: Service, admin: Browser) -> None:
    person, link = invite(admin, "lead", "auditor")
    assert f"{person}@halyard.example" in admin.open("/settings/accounts").text
    assert link not in admin.text
    assert "Nobody fits" in admin.open("/settings/accounts?q=nobody-like-that&out=").text
    assert person not in admin.open("/settings/accounts?q=INES@&out=").text.partition("<table>")[2].partition("</table>")[0]
    path, guest = httpx.URL(link).path, browser_of(service)
    assert "You were invited" in guest.open(path).text
    guest.send(path, name="", password="too short")
    assert guest.page.status_code == 422
    assert "takes 12 to 256 characters" in guest.text
    guest.send(path, name="<b>Rosa</b>", password=PASSWORD)
    assert guest.page.url.path == "/inbox"
    assert "&lt;b&gt;Rosa&lt;/b&gt;" in guest.page.text
    assert browser_of(service).open(path).status_code == 403
    assert signed_in(service, person).page.url.path == "/inbox"
    assert [line for line in service.log().splitlines() if '"event"' in line and path.split("/")[-1] in line] == []


def test_other_seats_hold_at_once_where_somebody_is_signed_in(service: Service, admin: Browser) -> None:
    guest = join(service, admin, "lead")
    assert guest.browser.open("/settings/accounts").status_code == 403
    change(admin, guest.id, seats=["auditor"])
    assert admin.page.status_code == 200
    assert guest.browser.open("/settings/accounts").status_code == 200
    admin.send(f"/settings/accounts/{guest.id}/out")
    assert guest.browser.open("/settings/accounts").url.path == "/sign-in"
    admin.send(f"/settings/accounts/{guest.id}/in")
    assert signed_in(service, guest.id).open("/settings/accounts").status_code == 200
    with service.http() as http:
        told = [one["kind"] for one in http.get("/v1/ledger/entries?actor=person:ines&limit=200").json()["items"]]
    for kind in ("account.invited", "account.changed", "account.kept_out", "account.let_in"):
        assert kind in told


def test_the_last_admin_is_told_why_the_seat_stays(admin: Browser) -> None:
    change(admin, "ines", seats=["lead"])
    assert admin.page.status_code == 409
    assert "last admin" in admin.text
    assert admin.open("/settings/keys").status_code == 200


def test_a_form_that_is_older_than_the_account_changes_nothing(service: Service, admin: Browser) -> None:
    guest = join(service, admin, "lead")
    change(admin, guest.id, seats=["auditor"], mark="sha256:old")
    assert admin.page.status_code == 412
    assert "changed since you read this" in admin.text
    assert guest.browser.open("/settings/accounts").status_code == 403


@pytest.mark.parametrize(
    ("seat", "opens"), [("lead", ()), ("policy_owner", ("", "/roles")), ("auditor", ("", "/roles", "/accounts", "/keys"))]
)
def test_a_seat_opens_what_it_has_to_do_with_and_changes_nothing(
    service: Service, admin: Browser, seat: str, opens: tuple[str, ...]
) -> None:
    browser = join(service, admin, seat).browser
    for path in ("", "/roles", "/accounts", "/keys"):
        page = browser.open(f"/settings{path}")
        assert page.status_code == (200 if path in opens else 403), path
        assert 'action="/settings' not in page.text.replace('method="get" action="/settings', "")
    ours = {"Origin": service.base_url}
    for path in ("/accounts", "/keys", "/accounts/ines", "/accounts/ines/out", "/accounts/ines/link", "/keys/key_1/revoke"):
        assert browser.http.post(f"/settings{path}", data={}, headers=ours).status_code == 403


def test_an_admin_of_a_region_sees_and_makes_what_belongs_to_it(service: Service, admin: Browser) -> None:
    local = join(service, admin, "admin", region="us").browser
    assert "ines@halyard.example" not in local.open("/settings/accounts").text
    assert local.open("/settings/accounts/ines").status_code == 404
    forbidden = {"id": "x-everywhere", "email": "x-everywhere@halyard.example", "seats": "lead", "region": ""}
    refused = local.http.post("/settings/accounts", data=forbidden, headers={"Origin": service.base_url})
    assert refused.status_code == 403
    assert "You belong to the region us" in refused.text
    assert join(service, local, "lead", region="us").browser.open("/inbox").status_code == 200


def test_a_key_is_shown_once_works_and_is_revoked(service: Service, admin: Browser) -> None:
    admin.open("/settings/keys")
    admin.send("/settings/keys", name="<script>alert(1)</script>", scopes="cases:read")
    secret = SHOWN.findall(admin.page.text)[0]
    assert "<script>alert" not in admin.page.text
    with service.http(secret) as http:
        assert http.get("/v1/cases").status_code == 200
        page = admin.open("/settings/keys").text
        assert secret not in page
        made = re.findall(r'href="(/settings/keys/key_\w+/revoke)" aria-label="Revoke &lt;script', page)[0]
        assert "for good" in admin.open(made).text
        admin.send(made)
        assert eventually(lambda: http.get("/v1/cases").status_code == 401)
    assert "alert(1)" in admin.open("/settings/keys?q=ALERT&revoked=1").text
    assert "No key fits" in admin.open("/settings/keys?q=nothing-like-it&revoked=").text
    assert admin.open(made).text.count("It was revoked at") == 1


def test_the_same_form_makes_one_key(service: Service, admin: Browser) -> None:
    fresh = re.findall(r'name="id" value="(key_\w+)"', admin.open("/settings/keys").text)[0]
    form = {"id": fresh, "name": "twice", "scopes": "cases:read"}
    codes = [admin.http.post("/settings/keys", data=form, headers={"Origin": service.base_url}).status_code for _ in range(2)]
    assert codes == [200, 409]


def test_what_does_not_fit_is_said_beside_its_field_and_what_was_written_stays(admin: Browser) -> None:
    admin.open("/settings/keys")
    admin.send("/settings/keys", name="bridge", scopes="cases:read", person="two words")
    assert admin.page.status_code == 422
    assert 'id="person-fault">is an id without spaces' in admin.page.text
    assert 'value="bridge"' in admin.page.text
    admin.open("/settings/accounts")
    admin.send("/settings/accounts", id="a b", email="nobody")
    for fault in ("id-fault", "email-fault", "seats-fault"):
        assert f'id="{fault}"' in admin.page.text


def test_the_state_tells_of_every_worker_and_of_the_models_that_speak(admin: Browser) -> None:
    page = eventually(lambda: (text := admin.open("/settings").text).count("process ") == 2 and text)
    assert page, admin.text
    for words in ("postgres", "redis", "embedded/triage-", "value@", "vip-support@1", "embedded twin"):
        assert words in page


def test_a_role_that_nobody_holds_is_marked_until_somebody_does(service: Service, admin: Browser) -> None:
    def row(page: str) -> str:
        return next(one for one in page.split("<tr>") if "data-protection" in one)

    assert "nobody holds it" in row(admin.open("/settings/roles").text)
    guest = join(service, admin, "policy_owner", roles="data-protection")
    page = row(admin.open("/settings/roles").text)
    assert "nobody holds it" not in page
    assert f"Guest {guest.id}" in page


def test_language_and_clock_are_chosen_and_kept(service: Service, admin: Browser) -> None:
    browser = join(service, admin, "lead").browser
    assert '<html lang="en">' in browser.open("/account").text
    browser.send("/account/look", locale="de", zone="Pacific/Kiritimati")
    assert '<html lang="de">' in browser.page.text
    assert re.search(r"\d\d:\d\d \+14", browser.page.text)
    refused = browser.http.post("/account/look", data={"zone": "Mars/Olympus"}, headers={"Origin": service.base_url})
    assert refused.status_code == 422
    browser.send("/account/look", locale="", zone="UTC")
    assert "UTC." in browser.page.text
    browser.send("/account/look", locale="", zone="")
    assert '<html lang="en">' in browser.page.text


@pytest.mark.parametrize(("zone", "kept"), [("Europe/Berlin", True), ("Mars/Olympus", False), ("", False)])
def test_a_first_sign_in_takes_over_the_clock_of_the_browser(service: Service, admin: Browser, zone: str, kept: bool) -> None:
    form = {"email": "ines@halyard.example", "password": PASSWORD, "zone": zone}
    with httpx.Client(base_url=service.base_url, timeout=60) as http:
        answer = http.post("/sign-in", data=form, headers={"Origin": service.base_url})
        assert ("maitred_look" in answer.cookies) is kept
        again = http.post("/sign-in", data={**form, "zone": "Asia/Tokyo"}, headers={"Origin": service.base_url})
        assert ("maitred_look" in again.cookies) is (not kept)


def test_the_form_for_an_invitation_says_in_plain_words_what_a_seat_is_for(admin: Browser) -> None:
    page = admin.open("/settings/accounts").text
    assert set(SEATS_SAID) == set(SEATS)
    assert [says for says in SEATS_SAID.values() if says not in page] == []
    admin.send("/settings/accounts", id="no short name!", email="nobody", seats="lead")
    assert "The short name is made of letters, digits, dots, hyphens and underscores" in admin.text
    assert "This is no e-mail address." in admin.text


async def test_a_worker_that_fell_silent_is_marked_and_those_that_died_are_counted(service: Service, admin: Browser) -> None:
    assert eventually(lambda: admin.open("/settings").text.count("process ") == 2)
    with resolved_stack(load_settings(home=service.home)) as urls:
        redis = Redis(urls.redis_url)
        reports = RedisWorkerReports(redis)
        seen, heard = (await reports.all())[0], datetime.now(UTC) - timedelta(seconds=12)
        for silent, told_at in ((99_991, heard), (99_992, datetime.now(UTC))):
            await reports.tell(seen.model_copy(update={"id": f"x-{silent}", "pid": silent, "told_at": told_at, "started_anew": 1}))
        marked = admin.open("/settings").text
        for silent in (99_991, 99_992):
            await redis.call("DEL", f"{PREFIX}x-{silent}")
        await redis.close()
    assert re.search(r"process 99991.{0,200}last heard 1\d s ago", marked, re.DOTALL)
    assert not re.search(r"process 99992.{0,100}last heard", marked, re.DOTALL)
    assert re.search(r"\d workers? died since the service began", marked)
