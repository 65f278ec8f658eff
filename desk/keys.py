"""API keys: made with a secret that is told once, and revoked; each with its line in the ledger."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desk.account_checks import must_be_spelt_alike, must_reach, must_see_keys
from domain.access import SHELL_ACTOR, ApiKey, KeyRegister, KeyStanding, Scope
from domain.account import Account
from domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from domain.events import Happening, Kind
from domain.facts import Region
from domain.identifiers import new_id
from domain.ports import Clock
from domain.unit_of_work import Store, Tx

ONE_LINE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,100}")
PERSON = re.compile(r"[^\s\x00-\x1f\x7f-\x9f]{1,128}")
ROLE = re.compile(r"[^\s\x00-\x1f\x7f-\x9f]{1,64}")
KEY_ID = re.compile("key_[0-9A-Z]{26}")


@dataclass(frozen=True)
class KeyWish:
    """A key as it is asked for."""

    name: str
    scopes: tuple[str, ...]
    person: str | None = None
    roles: tuple[str, ...] = ()
    region: str | None = None
    client_id: str | None = None
    id: str = ""
    """Given by a form, so that sending it twice makes one key; else a fresh one."""


@dataclass(frozen=True)
class KeyOffice:
    """What is done with keys. Whoever acts is a key that may `admin`; one of a region makes and sees that region's keys alone."""

    store: Store
    register: KeyRegister
    clock: Clock
    cut: Callable[[], tuple[str, bytes]]
    """A fresh secret, and the hash that it is found by."""
    region: Region

    async def all(self, by: ApiKey) -> list[KeyStanding]:
        """Every key that exists for whoever asks, oldest first."""
        return [one for one in await self.register.all() if by.sees(one.key.region, one.key.client_id)]

    async def one(self, key_id: str, by: ApiKey) -> KeyStanding:
        """A key. Raises NotFound."""
        found = next((one for one in await self.all(by) if one.key.id == key_id), None)
        if found is None:
            raise NotFound(f"There is no key {key_id}.")
        return found

    async def create(self, wanted: KeyWish, by: ApiKey) -> tuple[ApiKey, str]:
        """A new key and its secret, for oneself, for a machine, or for somebody without an account; the shell makes them for anybody.

        Raises InvalidInput, Forbidden for somebody else's and for whoever is no admin any more, Conflict for a person's id that differs
        from a known one by case only, and for a machine's name that a live key has.
        """
        key = asked(wanted).model_copy(update={"made_by": None if by.actor == SHELL_ACTOR else by.actor})
        must_reach(by, key.region)
        secret, hashed = self.cut()
        async with self.store.transaction() as tx:
            people = await tx.accounts.locked()
            _must_still_be_an_admin(by, people, key.region)
            namesakes = [] if wanted.person or by.actor == SHELL_ACTOR else await tx.keys.of(key.actor)
            if wanted.person:
                await self._must_be_theirs(tx, wanted.person, people, by)
            if not await tx.keys.put(key, hashed):
                raise Conflict(
                    f"The key {key.id} was made already. Its secret is not shown again: revoke it and make another if it is lost."
                )
            if namesakes:
                raise Conflict(
                    f"A live key has the name {key.name} already, and the ledger could not tell them apart. Choose another name."
                )
            told = key.model_dump(mode="json", include={"name", "scopes", "roles", "region", "client_id"}) | {"acts_as": key.actor}
            await tx.journal.write(_happening(Kind.KEY_CREATED, key, by, self.clock.now(), self.region, told))
        return key, secret

    async def _must_be_theirs(self, tx: Tx, person: str, people: list[Account], by: ApiKey) -> None:
        """Somebody with an account makes their own keys, or the shell does; for others whoever sees every key of theirs makes one too."""
        invited = await tx.accounts.invited()
        must_be_spelt_alike(person, {*(one.id for one in people), *(one.person_id for one in invited), *await tx.keys.persons()})
        if by.actor in (SHELL_ACTOR, f"person:{person}"):
            return
        waiting = {one.person_id for one in invited if one.expires_at > self.clock.now()}
        if person in waiting or any(one.id == person for one in people):
            raise Forbidden(
                f"What a key of {person} does stands in the ledger as theirs, so {person} alone can make one here, as an admin. "
                f"Whoever has a shell where the service runs can too: maitred keys create --person {person}"
            )
        await must_see_keys(tx, by, person)

    async def revoke(self, key_id: str, by: ApiKey) -> ApiKey:
        """End a key; running workers refuse it within five seconds. Raises NotFound."""
        key = (await self.one(key_id, by)).key
        async with self.store.transaction() as tx:
            if not await tx.keys.revoke(key_id):
                raise NotFound(f"There is no live key {key_id}.")
            await tx.journal.write(revoked(key, by, self.clock.now(), self.region))
        return key


def _must_still_be_an_admin(by: ApiKey, people: list[Account], region: str | None) -> None:
    """Raise Forbidden for whoever was kept out, or lost the seat, while they asked: a key of theirs would outlive that."""
    if by.actor == SHELL_ACTOR:
        return
    account = next((one for one in people if one.key.actor == by.actor and one.active), None)
    if account is None or not account.key.may(Scope.ADMIN):
        raise Forbidden("You may not make keys any more: your account changed meanwhile.")
    must_reach(account.key, region)


def revoked(key: ApiKey, by: ApiKey, at: datetime, region: Region) -> Happening:
    """What the ledger is told of a key that ended; `region` files what belongs to none."""
    return _happening(Kind.KEY_REVOKED, key, by, at, region, {"name": key.name, "acts_as": key.actor})


def asked(wanted: KeyWish) -> ApiKey:
    """The key of a wish. Raises InvalidInput with a sentence for each field."""
    scopes = [scope.value for scope in Scope] if "all" in wanted.scopes else list(dict.fromkeys(wanted.scopes))
    unknown = sorted(set(scopes) - {scope.value for scope in Scope})
    known = ", ".join(scope.value for scope in Scope)
    if not scopes:
        raise InvalidInput.said("Give at least one scope; there are: %(known)s, all.", {"known": known}, errors=[("/scopes", "is missing")])
    if unknown:
        told = {"unknown": ", ".join(unknown), "known": known}
        where = [("/scopes", "must be some of those that there are")]
        raise InvalidInput.said("There is no scope %(unknown)s; there are: %(known)s, all.", told, errors=where)
    if faults := list(_faults(wanted)):
        raise InvalidInput("The key does not fit.", faults)
    return ApiKey(
        id=wanted.id or new_id("key"),
        name=wanted.name,
        scopes=tuple(scopes),
        roles=tuple(dict.fromkeys(wanted.roles)),
        actor=f"person:{wanted.person}" if wanted.person else f"key:{wanted.name}",
        region=wanted.region,
        client_id=wanted.client_id,
    )


def _happening(kind: Kind, key: ApiKey, by: ApiKey, at: datetime, region: Region, told: dict[str, Any]) -> Happening:
    return Happening(
        id=new_id("ent"),
        kind=kind,
        case_id=None,
        region=key.region or region,
        client_id=key.client_id,
        actor=by.actor,
        at=at,
        entry={"key": key.id, **told},
    )


def _faults(wanted: KeyWish) -> list[tuple[str, str]]:
    checks = (
        ("/name", ONE_LINE.fullmatch(wanted.name) and wanted.name.strip(), "takes 1 to 100 characters on one line"),
        ("/person", not wanted.person or PERSON.fullmatch(wanted.person), "is an id without spaces, of at most 128 characters"),
        ("/roles", all(ROLE.fullmatch(role) for role in wanted.roles), "are names without spaces, such as `legal`"),
        ("/region", wanted.region is None or wanted.region in set(Region), f"is one of {', '.join(Region)}, or none"),
        ("/client_id", wanted.client_id is None or ONE_LINE.fullmatch(wanted.client_id), "takes 1 to 100 characters on one line"),
        ("/id", not wanted.id or KEY_ID.fullmatch(wanted.id), "was not given by a page of this console"),
    )
    return [(pointer, sentence) for pointer, good, sentence in checks if not good]
