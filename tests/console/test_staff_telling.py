"""Ledger entries about people and keys, as a reader reads them."""

from __future__ import annotations

from typing import Any

import pytest

from console.telling import sentence


@pytest.mark.parametrize(
    ("kind", "data", "said"),
    [
        ("account.invited", {"person": "lena", "seats": ["lead", "policy_owner"]}, "Made a link for lena: lead, policy owner."),
        ("account.invited", {"person": "lena", "withdrawn": True}, "Withdrew the link of lena."),
        (
            "account.created",
            {"person": "lena", "seats": ["lead"], "invited_by": "person:ines"},
            "The account lena was made: lead. Invited by ines.",
        ),
        ("account.created", {"person": "ines", "seats": ["admin"]}, "The account ines was made: admin."),
        (
            "account.changed",
            {"person": "lena", "seats": {"from": ["lead"], "to": []}, "region": {"from": None, "to": "eu"}, "email": True},
            "Changed lena: seats: lead → none; region: none → eu; another e-mail.",
        ),
        ("account.changed", {"person": "lena", "password": True}, "lena has another password."),
        ("account.changed", {"person": "lena", "sessions_ended": 2}, "Ended every session of lena (2)."),
        ("account.kept_out", {"person": "lena"}, "Keeps lena out."),
        ("account.let_in", {"person": "lena"}, "Lets lena sign in again."),
        (
            "account.locked",
            {"person": "lena", "tries": 10, "address": "10.0.0.7", "until": "2024-11-26T08:15:00+00:00"},
            "10 wrong passwords for lena from 10.0.0.7: no sign-in from there until 26 Nov 2024, 08:15 UTC.",
        ),
        (
            "account.locked",
            {"person": "lena", "tries": 100, "until": "2024-11-26T08:15:00+00:00"},
            "100 wrong passwords for lena from many addresses: no sign-in until 26 Nov 2024, 08:15 UTC.",
        ),
        ("account.unlocked", {"person": "lena"}, "Lets lena try to sign in again after too many wrong passwords."),
        ("key.created", {"name": "100 % us", "scopes": ["cases:read"]}, "Made the key 100 % us: cases:read."),
        ("key.revoked", {"name": "bridge"}, "Revoked the key bridge."),
    ],
)
def test_each_kind_has_a_sentence_of_its_own(kind: str, data: dict[str, Any], said: str) -> None:
    assert sentence(kind, data) == said
