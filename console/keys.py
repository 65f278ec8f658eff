"""The keys that pages answer to: one table feeds the handler in the browser, the badges on buttons and the sheet that `?` opens.

A page's element says which act it is (`data-act="approve"`); the script clicks the first one that can be seen when the key is pressed, and
none while somebody types. An act without an element is told to the page as an event (`maitred:act`).
"""

from __future__ import annotations

from dataclasses import dataclass

from console.speech import mark


@dataclass(frozen=True)
class Key:
    """One key."""

    key: str
    """As `KeyboardEvent.key` names it; two keys in a row with a space between."""
    act: str
    says: str


ANYWHERE, INBOX = mark("Anywhere"), mark("Inbox")
KEYS: dict[str, tuple[Key, ...]] = {
    INBOX: (
        Key("j", "next", mark("Next review")),
        Key("k", "previous", mark("Previous review")),
        Key("Enter", "open", mark("Open the review")),
        Key("c", "claim", mark("Claim it, or hold it longer")),
        Key("a", "approve", mark("Approve the route")),
        Key("e", "edit", mark("Another route")),
        Key("r", "reassign", mark("Give it to somebody else")),
        Key("m", "ask", mark("Ask the client")),
        Key("x", "reject", mark("Reject the proposal")),
        Key("u", "undo", mark("Take the ruling back")),
        Key(" ", "tick", mark("Choose the row, for many at once")),
    ),
    ANYWHERE: (
        Key("/", "search", mark("Search")),
        Key("?", "keys", mark("Show these keys")),
        Key("Control+k", "palette", mark("Go to a page, case or client")),
        Key("Escape", "close", mark("Close what is open")),
    ),
}
_BY_ACT = {key.act: key.key for keys in KEYS.values() for key in keys}


def key_of(act: str) -> str:
    """The key of an act."""
    return _BY_ACT[act]
