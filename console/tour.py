"""The first tour: what a lead should have seen once, pointed at on the inbox itself; a page of its own for who has no script."""

from __future__ import annotations

from dataclasses import dataclass

from console.speech import mark


@dataclass(frozen=True)
class Stop:
    """One thing to look at."""

    at: str
    """A selector of what is pointed at; a stop whose thing is not on the page is passed over."""
    title: str
    says: str
    opens: bool = False
    """What is pointed at stands in a review: the first of the list is opened for it."""


STOPS = (
    Stop(
        ".rows:has(li)",
        mark("What waits for a person"),
        mark("Policy stopped these cases: a person must look. The most urgent is on top, by time left and then by what is at stake."),
    ),
    Stop(
        ".rows li",
        mark("A row says what decides"),
        mark("Time left for the first answer, client and tier, the money at stake, what is asked, and where the router would send it."),
    ),
    Stop(
        "#live",
        mark("The list is live"),
        mark("Rows change where they stand while colleagues work. New ones wait behind a line above the list, so that nothing jumps."),
    ),
    Stop(
        "#detail .guards",
        mark("The rules that hold"),
        mark("Each guard is quoted with the values that set it off. Guards only narrow what is allowed; no model undoes one."),
        opens=True,
    ),
    Stop(
        "#detail .card",
        mark("Proposal and ruling"),
        mark("Approve the route, choose another that policy allows, ask the client or reject. The guards judge your ruling again."),
        opens=True,
    ),
    Stop(
        "[data-opens=palette]",
        mark("Anywhere by keyboard"),
        mark("Ctrl K goes to any page, case or client; ? shows every key. Nothing needs the mouse."),
    ),
)
