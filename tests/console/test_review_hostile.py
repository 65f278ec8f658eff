"""A review whose every field holds what is meant to break pages: it is inert, and can be read."""

from __future__ import annotations

import asyncio
import re
from typing import Any, cast

import asyncpg
import orjson
import pytest

from runtime.embedded import EmbeddedStack
from tests.console.conftest import PASSWORD, Browser, signed_in
from tests.console.test_review import LEGAL, waiting
from tests.service import Service

EVIL = "</code></span><script>alert(1)</script><img src=x onerror=alert(2)>\u202egnp.exe\u2066 {{ 7 * 7 }} " + "w" * 100_000


@pytest.fixture(scope="module")
def lead(service: Service, admin: Browser) -> Browser:
    service.make_account("mila", PASSWORD, "lead")
    return signed_in(service, "mila")


async def poison(service: Service, review: str) -> None:
    """Every field of a review's record that a client, a CRM or a model fills holds what is meant to break pages."""
    connection: Any = await cast(Any, asyncpg).connect(EmbeddedStack(service.home).urls.database_url)
    where = await connection.fetchrow("select case_id, turn from reviews where id = $1", review)
    record = orjson.loads(await connection.fetchval("select record::text from turns where case_id = $1 and turn = $2", *where))
    found = record["context"]["found"]
    for one in found["facts"]:
        one |= {"text": EVIL, "source": EVIL[:90]}
    for one in found["past_cases"]:
        one |= {"subject": EVIL, "outcome": EVIL, "pool": EVIL[:90]}
    for one in record["value"]["estimate"]["drivers"]:
        one |= {"name": EVIL[:90], "evidence": EVIL}
    for guard in record["routing"]["verdict"]["guards"]:
        guard["values"] = {"client.name": EVIL, "message.words": [EVIL]}
    record["proposal"]["rationale"] = EVIL[:20_000]
    await connection.execute(
        "update turns set record = $3::text::jsonb where case_id = $1 and turn = $2", *where, orjson.dumps(record).decode()
    )
    named = orjson.dumps({"client_name": EVIL[:500], "contact_name": EVIL[:500]}).decode()
    await connection.execute("update cases set identity = identity || $2::text::jsonb where id = $1", where["case_id"], named)
    await connection.close()


def test_what_a_crm_or_a_model_fills_is_inert_and_can_be_read(service: Service, lead: Browser) -> None:
    review = waiting(service, f"{LEGAL} {EVIL[:5_000]}", sender={"email": "cto@northwind.example", "name": EVIL[:200]})
    asyncio.run(poison(service, review))
    lead.open(f"/inbox/{review}")
    assert lead.page.status_code == 200
    assert not re.search("<script>|<img", lead.page.text)
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", lead.page.text)
    assert lead.page.text.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 10
    assert "[U+202E]gnp.exe" in lead.text
    assert "{{ 7 * 7 }}" in lead.text
