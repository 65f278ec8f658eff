"""An expression that could never do what it says is refused when it is published, not when a client waits."""

from __future__ import annotations

import re

import pytest

from domain.errors import PolicyInvalid
from policies.engine import compile_policy
from policies.language.cel_words import cut
from tests.policies.language.test_reader import GOOD

GUARD = '"legal" in message.signals'
FAULTS = [
    (GUARD, "message.severity", "gives int, not a bool"),
    (GUARD, 'message.severity > "4"', "such as comparing a text with a number"),
    (GUARD, '"leagl" in message.signals', "leagl"),
    (GUARD, 'message.intent == "outrage"', "outrage"),
    (GUARD, 'client.region == "mars"', "mars"),
    (GUARD, "contract.tier == 1", "unknown fact `contract`"),
    (GUARD, 'client.contract.tire == "gold"', "did you mean `client.contract.tier`"),
    (GUARD, "pool.region == client.region", "cannot be read here"),
    ("'double(tier.rank) + 10.0 * double(message.severity)'", "'message.intent'", "not a number"),
    ("'double(tier.rank) + 10.0 * double(message.severity)'", "'proposal.confidence'", "cannot be read here"),
    ("'client.contract.tier == \"gold\"'", "'proposal.present'", "cannot be read here"),
    ("rank: 60", "rank: 99999999999999999999", "numbers lie between"),
    ("budget_ms: 2000", "budget_ms: -1", "budget_ms"),
]


@pytest.mark.parametrize(("good", "bad", "reason"), FAULTS)
def test_what_cannot_work_is_refused_with_its_line(good: str, bad: str, reason: str) -> None:
    assert good in GOOD
    line = next(number for number, text in enumerate(GOOD.splitlines(), 1) if good in text)
    with pytest.raises(PolicyInvalid) as refused:
        compile_policy(GOOD.replace(good, bad))
    faults = refused.value.faults
    assert any(fault["line"] == line and re.search(reason, fault["reason"]) for fault in faults), faults


@pytest.mark.parametrize(
    ("written", "said", "at"),
    [
        ("message.severity > (", "it ends too early: something is missing after `(`", 20),
        ("size(message.signals", "it ends too early: `)` is missing", 20),
        ("message.severity == 1)", "`)` closes nothing", 21),
        ("message.severity = 1", "`=` means nothing here; perhaps `==` is meant", 17),
        ("proposal.present and true", "`and` is written `&&`", 17),
        ("proposal.present true", "`true` is too much here, or an operator such as `&&` is missing before it", 17),
        ('"legal in message.signals', "the text that begins here has no quotation mark at its end", 0),
        ("message.severity >> 2", "`>` cannot stand here: something is missing before it", 18),
    ],
)
def test_what_cannot_be_read_is_told_in_a_sentence_at_its_place(written: str, said: str, at: int) -> None:
    line, key = next((number, text.index("when:") + 1) for number, text in enumerate(GOOD.splitlines(), 1) if f"'{GUARD}'" in text)
    with pytest.raises(PolicyInvalid) as refused:
        compile_policy(GOOD.replace(GUARD, written))
    place = (line, key + len("when: '") + at)
    assert [(one["reason"], (one["line"], one["column"])) for one in refused.value.faults] == [(f"`when`: is no valid CEL: {said}", place)]


def test_a_long_sentence_ends_at_a_word_and_says_that_it_goes_on() -> None:
    assert cut("word " * 100).endswith("word …")
    assert len(cut("w" * 1_000)) < 410
    assert cut("short") == "short"


def test_invalid_facts_end_in_the_fallback_and_an_invalid_proposal_is_none_that_lost() -> None:
    policy = compile_policy(GOOD)
    right = {"mode": "hybrid", "pool": "core", "confidence": 0.9, "rationale": "It fits."}
    assert policy.evaluate_raw({}, right).source == "proposal"
    for wrong in (
        {**right, "extra": 1},
        {**right, "confidence": float("nan")},
        {**right, "confidence": "0.9"},
        {**right, "mode": "robot"},
        {**right, "amount": -1},
        "hybrid",
    ):
        verdict = policy.evaluate_raw({}, wrong)
        assert (verdict.route, verdict.source) == (policy.evaluate_raw({}).route, "default"), wrong
        assert verdict.overruled, wrong
        assert verdict.review is not None, wrong
        assert verdict.errors[0].startswith("invalid proposal"), wrong
    refused = policy.evaluate_raw({"message": {"severity": 9}}, right)
    assert (refused.source, refused.route.pool, refused.review is not None) == ("fallback", "senior", True)
    assert refused.errors[0].startswith("invalid facts")
