"""The kinds of ledger entries as a reader of the audit page chooses them."""

from __future__ import annotations

from console.speech import _, mark
from domain.events import Kind

WORDS: dict[Kind, str] = {
    Kind.MESSAGE_RECEIVED: mark("Message received"),
    Kind.TURN_FAILED: mark("A turn failed"),
    Kind.REVIEW_OPENED: mark("Review opened"),
    Kind.REVIEW_CLAIMED: mark("Review claimed"),
    Kind.REVIEW_RELEASED: mark("Review given back"),
    Kind.REVIEW_OVERRIDE_ASKED: mark("A second confirmation asked for"),
    Kind.REVIEW_RULING_HELD: mark("Ruling given, may be taken back"),
    Kind.REVIEW_RULING_UNDONE: mark("Ruling taken back"),
    Kind.REVIEW_RULING_DROPPED: mark("Ruling dropped"),
    Kind.REVIEW_RULED: mark("Review ruled on"),
    Kind.GUARDS_OVERRIDDEN: mark("Guards suspended"),
    Kind.REVIEW_ESCALATED: mark("Review escalated"),
    Kind.REVIEW_EXPIRED: mark("Review expired"),
    Kind.REVIEW_AMENDED: mark("Review extended by a message"),
    Kind.REVIEW_CLOSED: mark("Review closed"),
    Kind.CASE_DECIDED: mark("Case decided"),
    Kind.CASE_REPLIED: mark("Client answered"),
    Kind.CASE_HANDED_OVER: mark("Case handed over"),
    Kind.CASE_ACKNOWLEDGED: mark("First answer given"),
    Kind.CASE_RESOLVED: mark("Case resolved"),
    Kind.CASE_CLOSED: mark("Case closed"),
    Kind.CASE_REOPENED: mark("Case reopened"),
    Kind.CASE_REASSIGNED: mark("Case reassigned"),
    Kind.CASE_TRANSFERRED: mark("Case transferred"),
    Kind.CASE_ACCEPTED: mark("Case accepted"),
    Kind.CASE_DECLINED: mark("Case declined"),
    Kind.SLA_STEP_DUE: mark("A promise of time came due"),
    Kind.POLICY_LOADED: mark("Policy loaded"),
    Kind.POLICY_DRAFTED: mark("Policy drafted"),
    Kind.POLICY_SUBMITTED: mark("Policy submitted"),
    Kind.POLICY_APPROVED: mark("Policy: approval given"),
    Kind.POLICY_REJECTED: mark("Policy rejected"),
    Kind.POLICY_APPROVALS_LAPSED: mark("Policy: approvals lapsed"),
    Kind.POLICY_ROLLOUT_PLANNED: mark("Rollout planned"),
    Kind.POLICY_ROLLOUT_STARTED: mark("Rollout started"),
    Kind.POLICY_ROLLOUT_MOVED: mark("Rollout moved on"),
    Kind.POLICY_ROLLOUT_HELD: mark("Rollout held"),
    Kind.POLICY_ACTIVATED: mark("Policy activated"),
    Kind.POLICY_ROLLED_BACK: mark("Policy rolled back"),
    Kind.POLICY_CASE_RECALLED: mark("Case recalled after a rollback"),
    Kind.POLICY_CASE_SEEN: mark("Recalled case looked at"),
    Kind.POLICY_REFUSED: mark("Policy refused by a worker"),
    Kind.POLICY_IMPORTED: mark("Policy imported"),
    Kind.EVAL_CANDIDATE_COLLECTED: mark("Eval candidate collected"),
    Kind.EVAL_CANDIDATE_LABELLED: mark("Eval candidate labelled"),
    Kind.EVAL_CANDIDATE_ACCEPTED: mark("Eval candidate accepted"),
    Kind.EVAL_CANDIDATE_REJECTED: mark("Eval candidate rejected"),
    Kind.EVAL_DATASET_EXPORTED: mark("Eval dataset exported"),
    Kind.EVAL_WINDOW_ACCEPTED: mark("Eval window accepted"),
    Kind.KEY_CREATED: mark("Key made"),
    Kind.KEY_REVOKED: mark("Key revoked"),
    Kind.ACCOUNT_INVITED: mark("Link made or withdrawn"),
    Kind.ACCOUNT_CREATED: mark("Account made"),
    Kind.ACCOUNT_CHANGED: mark("Account changed"),
    Kind.ACCOUNT_LET_IN: mark("Account let in"),
    Kind.ACCOUNT_KEPT_OUT: mark("Account kept out"),
    Kind.ACCOUNT_LOCKED: mark("Sign-in locked"),
    Kind.ACCOUNT_UNLOCKED: mark("Sign-in unlocked"),
}


def kind_words(kind: str) -> str:
    """A kind in words, by its own name where it has none."""
    return _(WORDS[Kind(kind)]) if kind in set(Kind) else kind


def kinds_called(words: str) -> list[str]:
    """Kinds whose words hold every one that was looked for."""
    wanted = words.casefold().split()
    return [kind.value for kind in Kind if wanted and all(one in kind_words(kind).casefold() for one in wanted)]
