"""What is known of whom a case is about: names, addresses, numbers and marks out of its own CRM profile, sender and facts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.case import Sender
from domain.client import ClientProfile, Contact, Person
from domain.eval_candidate import ChangedRuling
from evals.production.folding import WORD, squeezed, words_of

GENERIC_WORDS = (
    "the of and und et y e de la le les del der die das den van von for fur pour para a an "
    "gmbh ag kg kgaa se sa sas sarl srl sl spa nv bv ab oy as plc ltd limited llc llp inc corp corporation co company group gruppe groupe "
    "grupo holding holdings international global europe deutschland france espana "
    "bank banks savings credit union insurance mutual assurance clinics clinic hospitals hospital care pharma biologics county services "
    "service city utilities stores store outfitters markets market logistics freight parcel works components machinery energy wind power "
    "media press house studios studio software labs systems travel hotels hotel airways academy college foods food bakeries dairy"
)
GENERIC = frozenset(GENERIC_WORDS.split())
"""Words of company names that tell nobody apart."""
WORDS_TOO = (
    "grace hope rose mark may will bill frank grant rich miles dean summer dawn faith joy art victor guy chase long young king white "
    "black brown green wood stone field bush page price day may sol mar luz paz blanco leon fuchs klein gross lang kurz stark wolf sommer "
    "winter berg stein koch jung petit blanc martin rousse camille paula"
)
ALSO_WORDS = frozenset(WORDS_TOO.split())
"""Parts of names that are words as well: alone and in small letters they are left."""
SHORT = 3
"""Name parts of so many letters or fewer, too."""
LEAST_DIGITS = 7
LONE_DIGITS = 5
"""The number of a contract or invoice with so many digits tells it also without a word before it."""


@dataclass(frozen=True)
class KnownValue:
    """One value that must not be left. Several values of one `key` get the same placeholder."""

    kind: str
    key: str
    text: str
    as_written: bool = False
    """Found only with a capital: the value is an ordinary word too."""
    after_a_word: bool = False
    """Found only behind a word such as `contract` or `Rechnung`: the value is too short to tell anything."""


def known_values(changed: ChangedRuling, profile: ClientProfile | None, staff: Sequence[Person]) -> tuple[KnownValue, ...]:
    """Every known value of a case, each once."""
    return tuple(dict.fromkeys(value for value in _all(changed, profile, staff) if squeezed(value.text)))


def _all(changed: ChangedRuling, profile: ClientProfile | None, staff: Sequence[Person]) -> Iterator[KnownValue]:
    identity = changed.turn.identity
    if identity is not None:
        yield from client_values(identity.client_id, identity.client_name)
        if identity.contact_name:
            yield from _person("contact", identity.contact_id or identity.contact_name, identity.contact_name)
    yield from _sender(changed.turn.message.sender, identity.contact_id if identity else None)
    if profile is not None:
        yield from profile_values(profile)
    for person in staff:
        yield KnownValue("agent", person.id, person.name)
        yield KnownValue("email", person.email.casefold(), person.email)


def profile_values(profile: ClientProfile) -> Iterator[KnownValue]:
    """What a client's record holds."""
    yield from client_values(profile.id, profile.name)
    for domain in profile.domains:
        yield KnownValue("domain", domain.casefold(), domain)
    for contact in profile.contacts:
        yield from _contact(contact)
    if (manager := profile.account_manager) is not None:
        yield from _person("manager", manager.id, manager.name)
        yield KnownValue("email", manager.email.casefold(), manager.email)
    if profile.contract is not None:
        yield from _numbered("contract", profile.contract.id)
    for invoice in profile.invoices:
        yield from _numbered("invoice", invoice.id)


def client_values(client_id: str, name: str) -> Iterator[KnownValue]:
    """A client by its id, its whole name, and each word of it that tells it from others."""
    for text in (name, client_id):
        yield KnownValue("client", "client", text)
    for word in dict.fromkeys(words_of(name)):
        if word not in GENERIC and len(word) > SHORT:
            yield KnownValue("client", "client", word)


def _contact(contact: Contact) -> Iterator[KnownValue]:
    yield from _person("contact", contact.id, contact.name)
    yield KnownValue("email", contact.email.casefold(), contact.email)
    if contact.phone:
        yield KnownValue("phone", digits_of(contact.phone), contact.phone)
    for handle in contact.handles:
        yield from _handle(handle)


def _sender(sender: Sender, contact_id: str | None) -> Iterator[KnownValue]:
    if sender.name:
        yield from _person("contact", contact_id or sender.name, sender.name)
    if sender.email:
        yield KnownValue("email", sender.email.casefold(), sender.email)
    if sender.phone:
        yield KnownValue("phone", digits_of(sender.phone), sender.phone)
    if sender.handle:
        yield from _handle(sender.handle)
    if sender.client_id:
        yield KnownValue("client", "client", sender.client_id)


def _person(kind: str, key: str, name: str) -> Iterator[KnownValue]:
    """A whole name both ways round, and each of its parts."""
    parts = [part for part in WORD.findall(name) if len(part) > 1]
    yield KnownValue(kind, key, name)
    if len(parts) > 1:
        yield KnownValue(kind, key, f"{parts[-1]} {' '.join(parts[:-1])}")
    for part in parts:
        common = len(part) <= SHORT or squeezed(part) in ALSO_WORDS
        yield KnownValue(kind, key, part, as_written=common)


def _handle(handle: str) -> Iterator[KnownValue]:
    """With its channel and without."""
    bare = handle.partition(":")[2]
    for text in (handle, bare):
        if len(squeezed(text)) > SHORT:
            yield KnownValue("handle", handle.casefold(), text)


def _numbered(kind: str, text: str) -> Iterator[KnownValue]:
    """The whole id, and the number in it."""
    yield KnownValue(kind, text.casefold(), text)
    for number in re.findall(r"\d+", text):
        yield KnownValue(kind, text.casefold(), number, after_a_word=len(number) < LONE_DIGITS)


def digits_of(text: str) -> str:
    """The digits of a telephone number."""
    return re.sub(r"\D", "", text)
