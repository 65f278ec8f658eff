"""The rules of approval: they fit their schema, deny what no rule permits, and deny when they fail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import cedarpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access import ApiKey
from domain.policy_life import Approval, ApprovalNeeds, PolicyVersion, Stage
from policies.approvals import approval
from policies.approvals.approval import Act, Answer, Person, Standing, expiry, refusals, unmet
from policies.approvals.rules import rules

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
BOTH = frozenset({"policies:write", "policies:approve"})
NEEDS = ApprovalNeeds(base_digest="sha256:active", approvals=2, owners=("legal",), board=True, unproved=("invariant:one",))


def version(stage: Stage = Stage.IN_REVIEW, needs: ApprovalNeeds | None = NEEDS) -> PolicyVersion:
    """Version 2, written by Ann."""
    return PolicyVersion(
        name="p", version=2, digest="sha256:2", text="", stage=stage, author="person:ann", created_at=NOW, revision=2, needs=needs
    )


def word(name: str, *roles: str, accepts: tuple[str, ...] = ("invariant:one",), at: datetime = NOW, approves: bool = True) -> Approval:
    """One person's word."""
    return Approval(
        id=name,
        digest="sha256:2",
        actor=f"person:{name}",
        roles=roles,
        approves=approves,
        accepts=accepts,
        at=at,
        expires_at=expiry(at),
    )


def standing(*approvals: Approval, active: str | None = "sha256:active", **about: Any) -> Standing:
    """Version 2 with these approvals."""
    return Standing(version(**about), approvals, active, NOW)


def test_another_spelling_of_a_name_is_the_same_person() -> None:
    author = refusals(Act.APPROVE, standing(), Person("person:Ann", BOTH), accepts=NEEDS.unproved)
    assert [one.rule for one in author] == ["author-is-no-approver"]
    again = refusals(Act.APPROVE, standing(word("bea")), Person("person:BEA", BOTH), accepts=NEEDS.unproved)
    assert [one.rule for one in again] == ["approve-once"]
    assert any("1 of 2 approvals" in said for said in unmet(standing(word("bea", "legal"), word("Bea", "review_board"))))


def test_the_rules_fit_their_schema() -> None:
    checked = cast(Any, cedarpy).validate_policies(*rules())
    assert checked.errors == []
    assert checked.validation_passed


def test_every_rule_that_forbids_says_why_and_whose_fault_it_is() -> None:
    text, _ = rules()
    for rule in text.split("\n\n"):
        if "forbid (" in rule:
            assert "@id(" in rule
            assert "@because(" in rule
            assert any(f'@answer("{answer}")' in rule for answer in Answer)


@pytest.mark.parametrize("act", list(Act))
def test_who_has_no_scope_may_do_nothing(act: Act) -> None:
    refused = refusals(act, standing(), Person("person:x", frozenset(), frozenset({"review_board", "legal"})), accepts=NEEDS.unproved)
    assert refused


def test_a_key_with_every_right_is_still_no_approver_of_its_own_version() -> None:
    key = ApiKey(id="k", name="n", scopes=("admin",), actor="person:ann")
    refused = refusals(Act.APPROVE, standing(), Person.behind(key, NEEDS), accepts=NEEDS.unproved)
    assert [one.rule for one in refused] == ["author-is-no-approver"]


def test_admin_holds_every_role_that_is_asked_for_and_is_still_one_person() -> None:
    key = ApiKey(id="k", name="n", scopes=("admin",), actor="person:root")
    person = Person.behind(key, NEEDS)
    assert person.roles == {"legal", "review_board"}
    assert unmet(standing(word("root", *person.roles))) == ("1 of 2 approvals are there; an approval counts for 7 days.",)


@pytest.mark.parametrize(
    ("approvals", "missing"),
    [
        ((word("bea", "review_board"), word("lea", "legal")), []),
        ((word("bea", "review_board", "legal"), word("ole")), []),
        ((word("bea", "review_board", "legal"),), ["1 of 2"]),
        ((word("bea", "review_board"), word("ole")), ["Owners of guards that change must approve: legal"]),
        ((word("lea", "legal"), word("ole")), ["the review board must approve"]),
        ((word("bea", "review_board", accepts=()), word("lea", "legal", accepts=())), ["Nobody accepted these checks"]),
        ((word("bea", "review_board"), word("lea", "legal", approves=False)), ["1 of 2", "legal"]),
        ((word("bea", "review_board"), word("lea", "legal", at=NOW - timedelta(days=7))), ["1 of 2", "legal"]),
        ((word("bea", "review_board"), word("lea", "legal", at=NOW - timedelta(days=7) + timedelta(seconds=1))), []),
        ((word("bea", "review_board"), word("ann", "legal")), ["author's own approval"]),
    ],
)
def test_what_is_missing_is_told(approvals: tuple[Approval, ...], missing: list[str]) -> None:
    told = unmet(standing(*approvals))
    assert len(told) == len(missing)
    for sentence, part in zip(told, missing, strict=True):
        assert part in sentence


def test_a_version_compared_with_another_one_than_the_active_one_needs_everything_anew() -> None:
    told = unmet(standing(word("bea", "review_board"), word("lea", "legal"), active="sha256:newer"))
    assert told == ("Another version became active since version 2 was submitted; submit it again, so that it is compared with that one.",)


def test_a_version_that_was_never_submitted_is_not_approved() -> None:
    assert unmet(standing(word("bea", "review_board"), word("lea", "legal"), needs=None)) == ("It was not submitted.",)


@pytest.mark.parametrize("stage", list(Stage))
def test_only_what_is_approved_is_rolled_out(stage: Stage) -> None:
    refused = refusals(Act.ROLL_OUT, standing(word("bea", "review_board"), word("lea", "legal"), stage=stage), Person("person:ole", BOTH))
    assert (refused == ()) is (stage in (Stage.APPROVED, Stage.SHADOW, Stage.CANARY))


@pytest.mark.parametrize("stage", list(Stage))
def test_what_is_in_review_or_tried_live_is_approved_and_nothing_else(stage: Stage) -> None:
    refused = refusals(Act.APPROVE, standing(stage=stage), Person("person:ole", BOTH), accepts=NEEDS.unproved)
    assert (refused == ()) is (stage in (Stage.IN_REVIEW, Stage.SHADOW, Stage.CANARY))


@pytest.mark.parametrize("actor", ['person:"quoted"', "person:a b", "key:ünï", "person:x\\y", "person:\U0001f600", ""])
def test_names_are_only_names(actor: str) -> None:
    assert refusals(Act.APPROVE, standing(), Person(actor, BOTH), accepts=NEEDS.unproved) == ()
    mine = version().model_copy(update={"author": actor})
    refused = refusals(Act.APPROVE, Standing(mine, (), "sha256:active", NOW), Person(actor, BOTH), accepts=NEEDS.unproved)
    assert [one.rule for one in refused] == ["author-is-no-approver"]


def test_a_rule_that_fails_denies(monkeypatch: pytest.MonkeyPatch) -> None:
    text, schema = rules()
    failing = text + '\n@id("broken") permit (principal, action, resource) when { 9223372036854775807 + resource.needed > 0 };'
    monkeypatch.setattr(approval, "rules", lambda: (failing, schema))
    approval._cedar.cache_clear()  # pyright: ignore[reportPrivateUsage]
    try:
        refused = refusals(Act.APPROVE, standing(), Person("person:ole", BOTH), accepts=NEEDS.unproved)
        assert [one.rule for one in refused] == ["rules-failed"]
        assert unmet(standing(word("bea", "review_board"), word("lea", "legal"))) != ()
    finally:
        approval._cedar.cache_clear()  # pyright: ignore[reportPrivateUsage]


NAMES = st.sampled_from(["ann", "bea", "lea", "ole"])
ROLES = st.sets(st.sampled_from(["legal", "review_board", "vip-desk"]))
APPROVALS = st.dictionaries(NAMES, st.tuples(ROLES, st.booleans(), st.booleans(), st.integers(-8, 0)), max_size=4)
WANTED = st.builds(
    ApprovalNeeds,
    base_digest=st.sampled_from([None, "sha256:active"]),
    approvals=st.integers(1, 3),
    owners=st.sets(st.sampled_from(["legal", "vip-desk"])).map(lambda owners: tuple(sorted(owners))),
    board=st.booleans(),
    unproved=st.sampled_from([(), ("invariant:one",)]),
)


@given(needs=WANTED, given_by=APPROVALS, active=st.sampled_from([None, "sha256:active"]))
def test_the_rules_say_what_plain_counting_says(
    needs: ApprovalNeeds, given_by: dict[str, tuple[set[str], bool, bool, int]], active: str | None
) -> None:
    words = [
        word(name, *roles, approves=approves, accepts=("invariant:one",) if accepts else (), at=NOW + timedelta(days=days, seconds=1))
        for name, (roles, approves, accepts, days) in given_by.items()
    ]
    live = [one for one in words if one.approves and one.expires_at > NOW]
    roles = {role for one in live for role in one.roles}
    enough = (
        len(live) >= needs.approvals
        and "person:ann" not in {one.actor for one in live}
        and set(needs.owners) <= roles
        and (not needs.board or "review_board" in roles)
        and set(needs.unproved) <= {name for one in live for name in one.accepts}
        and needs.base_digest == active
    )
    assert (unmet(standing(*words, active=active, needs=needs)) == ()) is enough
