"""What holds on every page: assets that cannot be swapped, a strict policy for content, the palette, and the visitor's language."""

from __future__ import annotations

import gzip
import re
from base64 import b64encode
from hashlib import sha384
from typing import Any, cast

import brotli
import httpx
import pytest
from babel.messages.catalog import Message

from console import speech
from console.assets import shelf
from console.packing import PACKED_FROM
from console.rendering import templates
from console.sentences import CONSOLE, sentences, translated
from tests.console.conftest import PASSWORD, Browser, signed_in
from tests.service import Service, message

LINKED = re.compile(r'<(?:script src|link rel="stylesheet" href)="([^"]+)" integrity="([^"]+)"')
INLINE = re.compile(r"""<script(?![^>]*\b(?:src=|json))[^>]*>|<style|\sstyle\s*=\s*["']|\son[a-z]+\s*=\s*["']|javascript:""", re.IGNORECASE)


@pytest.fixture(scope="module")
def lead(service: Service, admin: Browser) -> Browser:
    service.make_account("paula", PASSWORD, "lead")
    return signed_in(service, "paula")


def test_scripts_and_styles_are_what_the_page_says_they_are(service: Service, admin: Browser) -> None:
    linked = LINKED.findall(admin.open("/inbox").text)
    assert {path.split("/")[-1].split(".")[0] for path, _ in linked} >= {"console", "htmx", "hx-sse", "inbox"}
    for path, integrity in linked:
        answer = httpx.get(f"{service.base_url}{path}", headers={"Accept-Encoding": "identity"})
        assert integrity == f"sha384-{b64encode(sha384(answer.content).digest()).decode()}"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("packing", ["br", "gzip"])
def test_assets_travel_packed_as_the_browser_likes(service: Service, packing: str) -> None:
    asset = shelf()["htmx.min.js"]
    with httpx.stream("GET", f"{service.base_url}{asset.path}", headers={"Accept-Encoding": packing}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == packing
    assert len(raw) < len(asset.body) / 2
    unpacked: Any = {"br": cast(Any, brotli).decompress, "gzip": gzip.decompress}[packing]
    assert unpacked(raw) == asset.body


def test_an_asset_of_an_older_build_is_gone_and_not_another(service: Service) -> None:
    assert httpx.get(f"{service.base_url}/static/console.000000000000.js").status_code == 404


def test_what_comes_from_others_keeps_its_licence() -> None:
    licences = sorted(path.name for path in (CONSOLE / "static" / "vendor").glob("*.LICENSE"))
    assert licences == ["htmx.org.LICENSE", "swagger-ui-dist.LICENSE"]


def test_pages_forbid_every_script_and_style_that_is_not_a_file_of_ours(admin: Browser) -> None:
    policy = admin.open("/inbox").headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    for name in templates().list_templates():
        source = (CONSOLE / "templates" / name).read_text()
        assert INLINE.findall(source) == [], f"{name} would be blocked by its own policy"


def test_large_pages_travel_packed_and_small_ones_as_they_are(service: Service, admin: Browser) -> None:
    cookies = admin.http.cookies
    page = httpx.get(f"{service.base_url}/inbox", cookies=cookies, headers={"Accept-Encoding": "gzip"})
    assert page.headers["content-encoding"] == "gzip"
    assert (
        "content-encoding" not in httpx.get(f"{service.base_url}/inbox", cookies=cookies, headers={"Accept-Encoding": "identity"}).headers
    )


def test_a_page_that_shows_a_key_or_a_link_travels_as_it_is(service: Service, admin: Browser, lead: Browser) -> None:
    admin.open("/settings/keys")
    assert admin.page.headers["content-encoding"] == "gzip", "a page without one is packed"
    fresh = re.findall(r'name="id" value="(key_\w+)"', admin.page.text)[0]
    origin = {"Origin": service.base_url}
    key = admin.http.post("/settings/keys", data={"id": fresh, "name": "packed", "scopes": "cases:read"}, headers=origin)
    person = {"id": "packed", "email": "packed@halyard.example", "seats": "lead"}
    invited = admin.http.post("/settings/accounts", data=person, headers=origin)
    link = re.findall(r'value="http[^"]+(/join/[^"]+)"', invited.text)[0]
    again = admin.http.post("/settings/accounts/paula/link", headers=origin)
    first = httpx.get(service.base_url + link)
    for page in (key, invited, again, first):
        assert page.status_code == 200
        assert len(page.content) > PACKED_FROM
        assert "content-encoding" not in page.headers
        assert "no-transform" in page.headers["cache-control"], "nor does anything on the way pack it"


def test_the_palette_finds_pages_clients_and_cases_that_somebody_may_see(service: Service, admin: Browser, lead: Browser) -> None:
    with service.http() as http:
        case = http.post("/v1/messages", json=message("How do I export a report?"), headers={"Prefer": "wait=20"}).json()["id"]
    assert f'href="/cases/{case}"' in lead.open(f"/go?q={case}").text
    assert 'href="/clients/northwind"' in lead.open("/go?q=northwind").text
    hits = lead.open("/go?q=set").text.split("<main")[1].split("</main>")[0]
    assert "/settings" not in hits, "a lead's seat does not open the settings"
    assert "/settings" in admin.open("/go?q=set").text.split("<main")[1].split("</main>")[0]
    assert "Nothing has that name." in lead.open("/go?q=%3Cscript%3Enothing").text
    assert lead.open(f"/go?q={'x' * 201}").status_code == 422


def test_a_page_that_breaks_off_is_still_a_page(admin: Browser) -> None:
    admin.open("/cases/case_that_is_none")
    assert admin.page.status_code == 404
    assert "There is nothing here" in admin.text


@pytest.mark.parametrize(
    ("accepted", "locale"),
    [("de-AT,de;q=0.9,en;q=0.8", "de"), ("fr,en;q=0.5", "en"), ("", "en"), ("x" * 5_000, "en"), (";;;,,,", "en"), ("DE", "de")],
)
def test_a_browser_gets_the_first_of_its_languages_that_is_spoken(accepted: str, locale: str) -> None:
    assert speech.locale_from(accepted) == locale


def test_pages_speak_german_to_who_asks_for_it(service: Service) -> None:
    page = httpx.get(f"{service.base_url}/sign-in", headers={"Accept-Language": "de"}).text
    assert '<html lang="de">' in page
    assert "Anmelden" in page
    assert "Sign in" not in page


def test_every_sentence_has_its_german() -> None:
    german = {_english(one): _said(one) for one in translated("de")}
    assert [_english(one) for one in sentences() if one.id and not all(german.get(_english(one), ("",)))] == []


def test_german_sentences_fill_in_no_other_names_than_the_english() -> None:
    for one in translated("de"):
        for said in _said(one):
            assert _names(said) <= _names(_english(one)), _english(one)


def _english(sentence: Message) -> str:
    """With a plural, the plural: it has every name."""
    english: Any = sentence.id
    return english if isinstance(english, str) else english[1]


def _said(sentence: Message) -> tuple[str, ...]:
    said: Any = sentence.string
    return cast(tuple[str, ...], said) if isinstance(said, tuple) else (said,)


def _names(sentence: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", sentence))
