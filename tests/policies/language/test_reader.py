"""A broken policy text is refused with line, column and a sentence."""

from __future__ import annotations

import pytest

from domain.errors import PolicyInvalid
from policies.engine import compile_policy
from policies.language.raw import laid_over_neutral

GOOD = """policy: tiny
facts: v1
tiers:
  - {id: gold, when: 'client.contract.tier == "gold"', rank: 60, budget_ms: 2000}
  - {id: standard, when: 'true', rank: 10, budget_ms: 4000}
priority: 'double(tier.rank) + 10.0 * double(message.severity)'
sla:
  - {tier: gold, severity: '>= 4', ack: 5m, resolve: 4h}
  - {ack: 8h, resolve: 3d, calendar: office}
pools:
  core: {region: eu, skills: [billing]}
  senior: {region: eu, overflow: [core]}
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: ['08:00-18:00']}, holidays: [2026-12-25]}
fallback:
  - {mode: human, pool: senior}
defaults:
  - {mode: hybrid, pool: core}
guards:
  - {id: legal, when: '"legal" in message.signals', modes: [human], review: {within: 15m}, because: A person answers.}
"""


def test_the_good_text_compiles() -> None:
    assert compile_policy(GOOD).ref.name == "tiny"


BROKEN = [
    ("tiers:", "teirs:", 3, "unknown key `teirs`; did you mean `tiers`?"),
    ("modes: [human]", "mods: [human]", 20, "did you mean `modes`?"),
    ("modes: [human]", "modes: [robot]", 20, "modes"),
    ("client.contract.tier", "client.contract.teir", 4, "did you mean `client.contract.tier`?"),
    ("client.contract.tier", "cliant.contract.tier", 4, "did you mean `client`?"),
    ("message.signals", "message.signal", 20, "did you mean `message.signals`?"),
    ('== "gold"', '=== "gold"', 4, "is no valid CEL"),
    ("ack: 5m", "ack: 5 minutes", 8, "duration"),
    ("ack: 5m", "ack: 0m", 8, "greater than 0"),
    ("'>= 4'", "'>= 9'", 8, "severity"),
    ("calendar: office", "calendar: home", 9, "unknown calendar `home`"),
    ("Europe/Berlin", "Europe/Atlantis", 14, "unknown time zone"),
    ("'08:00-18:00'", "'18:00-08:00'", 14, "must end after it begins"),
    ("mon-fri", "fri-mon", 14, "span"),
    ("within: 15m", "within: soon", 20, "duration"),
    ("facts: v1", "facts: 1" + ":0" * 300 + ".5", 2, "is no valid float"),
    ("within: 15m", "within: 1" + ":0" * 300 + ".5", 20, "is no valid float"),
    ("facts: v1", "facts: v2", 2, "v1"),
    ("rank: 60", "rank: high", 4, "rank"),
    ("policy: tiny", "policy: Tiny Policy", 1, "policy"),
    ("because: A person answers.", "because: A", 20, "because"),
    (", modes: [human], review: {within: 15m}", "", 20, "narrows nothing"),
    ("id: legal", "id: &x legal", 20, "anchors are not allowed"),
    ("id: legal", "id: !!str legal", 20, "tags are not allowed"),
    ("facts: v1", "facts: v1\nfacts: v1", 3, "stands twice"),
    ("guards:", "guards: [", 20, "is no valid YAML"),
    ("priority: 'double(tier.rank)", "priority: 'double(teir.rank)", 6, "did you mean `tier`?"),
    ("region: eu, skills", "region: moon, skills", 11, "region"),
    ("mode: human, pool: senior", "mode: ai, pool: senior", 16, "`mode` must be `human`"),
    ("mode: human, pool: senior", "mode: hybrid, pool: senior", 16, "what nothing else allows ends with a person"),
    ("modes: [human]", "forbid_actions: [none]", 20, "must leave `none`"),
    ("facts: v1", "facts: v1\nreviews: {undo_within_s: 90}", 3, "less than or equal to 60"),
    ("facts: v1", "facts: v1\nreviews: {undo_within: 9}", 3, "did you mean `undo_within_s`?"),
]


@pytest.mark.parametrize(("old", "new", "line", "says"), BROKEN)
def test_a_fault_is_named_with_its_place(old: str, new: str, line: int, says: str) -> None:
    assert old in GOOD
    with pytest.raises(PolicyInvalid) as caught:
        compile_policy(GOOD.replace(old, new, 1))
    assert any(fault["line"] == line and says in fault["reason"] for fault in caught.value.faults), caught.value.faults
    assert all(fault["column"] >= 1 for fault in caught.value.faults)


@pytest.mark.parametrize("share", ["0%", "1001%", "9999%"])
def test_a_step_of_a_promise_is_at_a_share_that_comes(share: str) -> None:
    steps = f"escalation:\n  - {{at: 'ack {share}', do: notify lead}}\n"
    with pytest.raises(PolicyInvalid) as caught:
        compile_policy(GOOD + steps)
    [fault] = caught.value.faults
    assert (fault["line"], "from 1% to 1000%" in fault["reason"]) == (22, True)


def test_no_more_unknown_names_are_told_than_anybody_would_read() -> None:
    names = ", ".join(f"pool-{number}" for number in range(5_000))
    with pytest.raises(PolicyInvalid) as caught:
        compile_policy(GOOD.replace("modes: [human]", f"pools: [{names}]"))
    told = [fault for fault in caught.value.faults if "unknown pool" in fault["reason"]]
    assert len(told) == 50


def test_aliases_oversize_and_non_mappings_are_refused() -> None:
    for text in ("- a", "a: &x 1\nb: *x", "policy: a\n---\npolicy: b", "x" * 300_000, "\x00", "a: " + "[" * 3000):
        with pytest.raises(PolicyInvalid):
            compile_policy(text)


def test_the_largest_number_of_a_text_is_one_that_a_digest_can_hold() -> None:
    test = "tests:\n  - {name: many invoices, given: {client: {open_invoices: %d}}, expect: {}}\n"
    policy = compile_policy(GOOD + test % (2**53 - 1))
    facts = laid_over_neutral(policy.document.tests[0].given)
    assert policy.digest
    assert policy.evaluate(facts, None).facts_digest == facts.digest
    with pytest.raises(PolicyInvalid, match="numbers lie between"):
        compile_policy(GOOD + test % 2**53)
