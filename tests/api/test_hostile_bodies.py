"""Bodies that want to break something: each is refused with a problem that says where, and nothing is stored.

Every body is a sound message but for one thing, so that it would be taken in if that thing were overlooked.
"""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import httpx
import orjson
import pytest

from api.json_body import DEPTH_LIMIT
from tests.raw_http import request
from tests.service import Service, message

TEXT = "How do I share a dashboard?"


def sound(**changes: Any) -> bytes:
    return orjson.dumps({**message(TEXT), **changes})


def with_text(json: bytes) -> bytes:
    return sound().replace(orjson.dumps(TEXT), json)


def with_metadata(json: bytes) -> bytes:
    return sound()[:-1] + b',"metadata":' + json + b"}"


def nested(opening: bytes, closing: bytes, deep: int) -> bytes:
    return with_metadata(b'{"a":' + opening * deep + b"1" + closing * deep + b"}")


MALFORMED: dict[str, tuple[bytes, str]] = {
    "NUL as a byte": (with_text(b'"a\x00b"'), ""),
    "NUL in a value": (with_text(b'"a\\u0000b"'), "/text"),
    "NUL deep in a value": (with_metadata(b'{"a/b":{"c~d":["x","\\u0000"]}}'), "/metadata/a~1b/c~0d/1"),
    "NUL in a name": (with_metadata(b'{"a\\u0000":1}'), "/metadata"),
    "a lone high surrogate": (with_text(b'"\\ud800"'), ""),
    "a lone low surrogate": (with_text(b'"\\udc00"'), ""),
    "a lone surrogate in a name": (with_metadata(b'{"\\ud800":1}'), ""),
    "a surrogate in UTF-8": (with_text(b'"\xed\xa0\x80"'), ""),
    "bad UTF-8": (with_text(b'"\xff"'), ""),
    "overlong UTF-8": (with_text(b'"\xc0\x80"'), ""),
    "a byte order mark": (b"\xef\xbb\xbf" + sound(), ""),
    "UTF-16": (sound().decode().encode("utf-16"), ""),
    "UTF-32": (sound().decode().encode("utf-32"), ""),
    "NaN": (with_metadata(b'{"a":NaN}'), ""),
    "Infinity": (with_metadata(b'{"a":Infinity}'), ""),
    "-Infinity": (with_metadata(b'{"a":-Infinity}'), ""),
    "1e999": (with_metadata(b'{"a":1e999}'), ""),
    "-1e999": (with_metadata(b'{"a":-1e999}'), ""),
    "an integer past double range": (with_metadata(b'{"a":1' + b"0" * 400 + b"}"), ""),
    "an integer past 64 bits": (with_metadata(b'{"a":[18446744073709551616]}'), "/metadata/a/0"),
    "an integer past 64 bits below zero": (with_metadata(b'{"a":-9223372036854775809}'), "/metadata/a"),
    "a name given twice": (sound()[:-1] + b',"text":"another"}', "/text"),
    "a name given twice, deep": (with_metadata(b'{"a":[{"b":1,"b":2}]}'), "/metadata/a/0/b"),
    "lists too deep": (nested(b"[", b"]", DEPTH_LIMIT - 1), ""),
    "objects too deep": (nested(b'{"a":', b"}", DEPTH_LIMIT - 1), ""),
    "lists and objects too deep": (nested(b'[{"a":', b"}]", DEPTH_LIMIT // 2), ""),
    "a hundred thousand lists": (b"[" * 100_000 + b"]" * 100_000, ""),
    "a hundred thousand lists without an end": (b"[" * 100_000, ""),
    "forty thousand objects": (b'{"a":' * 40_000 + b"1" + b"}" * 40_000, ""),
    "a string without an end, full of quotes": (b'["' + b'\\"' * 120_000, ""),
    "a control character": (with_text(b'"a\x01b"'), ""),
    "an end of line in a string": (with_text(b'"a\nb"'), ""),
    "two documents": (sound() + sound(), ""),
    "a comma too many": (sound()[:-1] + b",}", ""),
    "a comment": (b"/**/" + sound(), ""),
    "white space": (b"  ", ""),
}
UNFIT: dict[str, tuple[bytes, str]] = {
    **{f"the document {body.decode()}": (body, "") for body in (b"null", b"true", b"1", b'"text"', b"[]")},
    "an empty body": (b"", ""),
    "blank text": (sound(text=" \t\n"), "/text"),
    "empty text": (sound(text=""), "/text"),
    "text as a list": (sound(text=["a"]), "/text"),
    "text over its limit": (sound(text="a" * 100_001), "/text"),
    "metadata over 8 KiB": (sound(metadata={"a": "b" * 8200}), "/metadata"),
    "metadata over 8 KiB in its names": (sound(metadata={"a" * 8200: 1}), "/metadata"),
    "metadata over 8 KiB in UTF-8": (sound(metadata={"a": "é" * 4100}), "/metadata"),
    "metadata as a list": (sound(metadata=[]), "/metadata"),
    "the year 0": (sound(sent_at="0000-01-01T00:00:00Z"), "/sent_at"),
    "before the year 1, by its offset": (sound(sent_at="0001-01-01T00:00:00+14:00"), "/sent_at"),
    "after the year 9999, by its offset": (sound(sent_at="9999-12-31T23:59:59-14:00"), "/sent_at"),
    "the year 10000": (sound(sent_at="10000-01-01T00:00:00Z"), "/sent_at"),
    "long past": (sound(sent_at="1989-12-31T23:59:59Z"), "/sent_at"),
    "far ahead": (sound(sent_at="2200-01-01T00:00:01Z"), "/sent_at"),
    "a time without an offset": (sound(sent_at="2026-11-23T08:00:00"), "/sent_at"),
    "an offset of a day": (sound(sent_at="2026-11-23T08:00:00+24:00"), "/sent_at"),
    "seconds since 1970": (sound(sent_at=1795000000), "/sent_at"),
    "seconds since 1970 as text": (sound(sent_at="1795000000"), "/sent_at"),
    "a huge number of seconds": (sound(sent_at=10**18), "/sent_at"),
    "a day as a time": (sound(sent_at="2026-11-23"), "/sent_at"),
    "CRLF in external_id": (sound(external_id="a\r\nb"), "/external_id"),
    "an escape sequence in conversation_id": (sound(conversation_id="\x1b[2Ka"), "/conversation_id"),
    "a C1 control in conversation_id": (sound(conversation_id="a\u0085b"), "/conversation_id"),
    "a line separator in conversation_id": (sound(conversation_id="a\u2028b"), "/conversation_id"),
    "external_id over its limit": (sound(external_id="a" * 256), "/external_id"),
    "external_id empty": (sound(external_id=""), "/external_id"),
    "CRLF in channel": (sound(channel="email\r\n"), "/channel"),
    "channel in other letters": (sound(channel="émail"), "/channel"),
    "language with an end of line": (sound(language="de\n"), "/language"),
    "CRLF in an address": (sound(sender={"email": "a@b.example\r\nBcc: c@d.example"}), "/sender/email"),
    "an escape sequence in a name": (sound(sender={"name": "\x1b[31mred"}), "/sender/name"),
    "an address over its limit": (sound(sender={"email": "a" * 256}), "/sender/email"),
    "an address as a list": (sound(sender={"email": ["a@b.example"]}), "/sender/email"),
    "sender as a list": (sound(sender=[]), "/sender"),
    "sender as null": (sound(sender=None), "/sender"),
    "attachments as text": (sound(attachments="a.pdf"), "/attachments"),
    "attachments as an object": (sound(attachments={"name": "a.pdf"}), "/attachments"),
    "an attachment as text": (sound(attachments=["a.pdf"]), "/attachments/0"),
    "an attachment without a name": (sound(attachments=[{}]), "/attachments/0/name"),
    "an attachment of less than nothing": (sound(attachments=[{"name": "a", "size": -1}]), "/attachments/0/size"),
    "an attachment of half a byte": (sound(attachments=[{"name": "a", "size": 0.5}]), "/attachments/0/size"),
    "an attachment of a truth value": (sound(attachments=[{"name": "a", "size": False}]), "/attachments/0/size"),
    "an attachment with CRLF": (sound(attachments=[{"name": "a\r\nb"}]), "/attachments/0/name"),
    "an attachment with an unknown field": (sound(attachments=[{"name": "a", "path": "/"}]), "/attachments/0/path"),
    "too many attachments": (sound(attachments=[{"name": "a"}] * 51), "/attachments"),
}
COMPRESSED = gzip.compress(sound(metadata={"a": "b" * 5_000_000}))
JSON = b"application/json"
UNREADABLE: dict[str, tuple[bytes, bytes | None, tuple[bytes, ...], int]] = {
    "over 256 KiB": (sound(text="a" * 263_000), JSON, (), 413),
    "gzip": (COMPRESSED, JSON, (b"Content-Encoding: gzip",), 415),
    "GZIP": (COMPRESSED, JSON, (b"Content-Encoding: GZIP",), 415),
    "deflate": (zlib.compress(sound()), JSON, (b"Content-Encoding: deflate",), 415),
    "br": (sound(), JSON, (b"Content-Encoding: br",), 415),
    "encoded twice": (COMPRESSED, JSON, (b"Content-Encoding: identity, gzip",), 415),
    "encoded twice in two lines": (COMPRESSED, JSON, (b"Content-Encoding: identity", b"Content-Encoding: gzip"), 415),
    "a form": (b"text=a", b"application/x-www-form-urlencoded", (), 415),
    "a form in parts": (sound(), b"multipart/form-data; boundary=x", (), 415),
    "plain text": (sound(), b"text/plain", (), 415),
    "no content type": (sound(), None, (), 415),
    "XML": (sound(), b"application/xml", (), 415),
    "JSON with another charset": (sound(), b"application/json; charset=utf-16", (), 415),
    "NUL behind another name for JSON": (with_text(b'"a\\u0000b"'), b"Application/Vnd.Chat+JSON;v=1", (), 422),
    "NUL in plain text": (b"a\x00b", b"text/plain", (), 422),
    "bad UTF-8 in plain text": (b"a\xffb", b"text/plain", (), 422),
}


@pytest.fixture
def newest(http: httpx.Client) -> Any:
    """Asks for the newest case: the same one before and after means that nothing was stored."""

    def ask() -> str:
        items = http.get("/v1/cases", params={"limit": 1}).json()["items"]
        return items[0]["id"] if items else ""

    return ask


@pytest.mark.parametrize("bodies", [MALFORMED, UNFIT], ids=["malformed", "unfit"])
def test_a_body_that_is_malformed_or_does_not_fit_is_refused_with_its_pointer(
    service: Service, newest: Any, bodies: dict[str, tuple[bytes, str]]
) -> None:
    before = newest()
    answers = {name: request(service, b"POST /v1/messages", body=body, length=b"%d" % len(body)) for name, (body, _) in bodies.items()}
    found = {name: (answer.status, answer.place) for name, answer in answers.items()}
    assert found == {name: (422, pointer) for name, (_, pointer) in bodies.items()}
    assert newest() == before


def test_a_body_that_is_too_large_compressed_or_no_json_is_refused(service: Service, newest: Any) -> None:
    before = newest()
    answers = {
        name: request(service, b"POST /v1/messages", *fields, body=body, content_type=content_type)
        for name, (body, content_type, fields, _) in UNREADABLE.items()
    }
    assert {name: answer.status for name, answer in answers.items()} == {name: status for name, (*_, status) in UNREADABLE.items()}
    assert all(answer.problem["detail"] for answer in answers.values())
    assert newest() == before


STRANGE: dict[str, dict[str, Any]] = {
    "combining characters": {"text": "a" + "\u0301" * 20_000},
    "right to left": {"text": "\u202eabc" * 1000},
    "joined emoji": {"text": "👨‍👩‍👧‍👦" * 2000, "conversation_id": "💥" * 255},
    "no characters at all": {"text": "\u200b"},
    "brackets in a string": {"text": "[{" * 30_000},
    "a forged log line": {"text": "a\r\n" + '{"level": "error"}\x1b[31m'},
    "as deep as may be": {"metadata": orjson.loads(b'{"a":' + b"[" * (DEPTH_LIMIT - 2) + b"]" * (DEPTH_LIMIT - 2) + b"}")},
    "the largest numbers": {"metadata": {"a": [2**64 - 1, -(2**63), 1.7e308, 5e-324, -0.0, 0.1111111111111111111111]}},
    "code for a database": {"sender": {"handle": "'; drop table cases; --", "email": "%s%d%n@" + "@" * 200, "phone": "٣" * 200}},
    "names that a language keeps": {"metadata": {"__proto__": {"a": 1}, "constructor": 1, "$where": "1"}},
    "an attachment of unknown size": {"attachments": [{"name": "a.pdf", "size": None, "url": None}]},
    "an hour east of the date line": {"sent_at": "2026-11-23T08:00:00.123456789+23:59"},
}


@pytest.mark.parametrize("name", STRANGE)
def test_what_is_strange_but_sound_is_decided_and_comes_back_as_it_was_sent(http: httpx.Client, name: str) -> None:
    sent = {**message(TEXT), **STRANGE[name]}
    case = http.post("/v1/messages", content=orjson.dumps(sent), headers={"Content-Type": "application/json", "Prefer": "wait=30"})
    assert case.status_code == 200
    kept = case.json()["messages"][0]
    assert kept["text"] == sent["text"]
    assert kept["metadata"] == sent.get("metadata", {})


def test_a_body_with_many_faults_names_the_first_fifty(http: httpx.Client) -> None:
    answer = http.post("/v1/messages", json=message(TEXT, **{f"unknown{number}": 1 for number in range(5000)}))
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 50
