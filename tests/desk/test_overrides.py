"""Who may suspend a guard: a person of its role, by an account or by a key that counts as nobody else's."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from desk.overrides import refuse_forbidden
from domain.access import ApiKey
from domain.decision import Route
from domain.errors import Forbidden
from domain.facts import Action, Mode
from domain.review import Ruling, RulingAction
from policies.engine import compile_policy
from policies.language.raw import laid_over_neutral
from policies.rules import shipped

POLICY = compile_policy(shipped())
SEEN = laid_over_neutral(
    {
        "client": {"known": True, "region": "eu", "contract": {"tier": "silver", "status": "active"}},
        "message": {"sender": {"role": "user", "known": True, "verified": True}, "signals": ["money"], "intent": "refund", "severity": 2},
        "context": {"knowledge_score": 0.8, "knowledge_hits": 2},
    }
)
REFUND = Route(mode=Mode.HYBRID, pool="eu-finance", action=Action.REFUND, amount=700.0)
WISH = Ruling(
    action=RulingAction.EDIT,
    actor="person:lena",
    overrides=("refund-limit",),
    reason="R.",
    ruled_at=datetime(2026, 11, 23, 8, tzinfo=UTC),
)
LENA = ApiKey(id="key_1", name="l", scopes=("reviews:rule",), roles=("policy_approver",), actor="person:lena")


def test_a_key_that_counts_as_somebody_else_suspends_no_guard() -> None:
    refuse_forbidden(POLICY, [SEEN], WISH, REFUND, LENA)
    refuse_forbidden(POLICY, [SEEN], WISH, REFUND, LENA.model_copy(update={"made_by": LENA.actor}))
    with pytest.raises(Forbidden, match="made by person:ada and counts as theirs"):
        refuse_forbidden(POLICY, [SEEN], WISH, REFUND, LENA.model_copy(update={"made_by": "person:ada"}))
    with pytest.raises(Forbidden, match="suspended by a person"):
        refuse_forbidden(POLICY, [SEEN], WISH, REFUND, LENA.model_copy(update={"actor": "key:bot"}))
