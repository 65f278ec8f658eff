"""Names that the product itself gives, in the reader's language; what a policy or a client names keeps its name."""

from __future__ import annotations

from console.speech import _, mark

KNOWN = frozenset(
    (
        *(mark("received"), mark("routing"), mark("awaiting review"), mark("assigned"), mark("answered"), mark("resolved")),
        *(mark("closed"), mark("failed"), mark("open"), mark("claimed"), mark("ruled"), mark("expired")),
        *(mark("ai"), mark("hybrid"), mark("human")),
        *(mark("solved"), mark("workaround"), mark("declined"), mark("duplicate"), mark("unreachable"), mark("spam")),
        *(mark("outage"), mark("defect"), mark("performance"), mark("access"), mark("integration"), mark("how to"), mark("billing")),
        *(mark("refund"), mark("contract"), mark("cancellation"), mark("security"), mark("privacy"), mark("legal"), mark("complaint")),
        *(mark("feature request"), mark("account change"), mark("feedback"), mark("out of scope")),
        *(mark("churn"), mark("executive"), mark("money"), mark("regulated data"), mark("abuse"), mark("vulnerable person")),
        *(mark("human request"), mark("injection")),
    )
)
"""Statuses, modes, outcomes, intents and signals."""


def known(name: str) -> str:
    """`wartet auf Prüfung` of `awaiting_review` for a German reader; a name that is not the product's is only made readable."""
    words = name.replace("_", " ")
    return _(words) if words in KNOWN else words
