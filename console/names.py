"""What people are called, by the ids that rulings, cases and the ledger know them by."""

from __future__ import annotations

from desk.front import Desk


async def names_of(desk: Desk) -> dict[str, str]:
    """The name of everybody who has an account, by their actor, and of everybody whom a case can go to, by their id."""
    staff = {one["id"]: one["name"] for one in await desk.staff.people()}
    accounts = {one.key.actor: one.name for one in await desk.sign_in.accounts.all()}
    return {**staff, **{f"person:{id}": name for id, name in staff.items()}, **accounts}
