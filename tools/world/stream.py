"""The stream: messages as channels would post them, with threads, duplicates, strangers, typos and hostile ones."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.client import ClientProfile, Contact
from domain.facts import Intent, Signal
from tools.world.gold import expect
from tools.world.model import StreamItem
from tools.world.senders import newcomer, sender, stranger
from tools.world.texts import BaseText, huge, in_haste, plain_texts, texts_in, with_typo

KINDS = {"plain": 375, "thread": 75, "duplicate": 30, "stranger": 25, "newcomer": 15, "hostile": 40}
CHANNELS = ("email",) * 3 + ("chat",) * 2 + ("slack",) * 2 + ("web-form", "whatsapp", "teams", "phone-transcript")
CHATTY = ("chat", "slack", "whatsapp", "teams")
LETTER = {
    "en": "Hello,\n\n{}\n\nKind regards\n{}",
    "de": "Guten Tag,\n\n{}\n\nViele Grüße\n{}",
    "fr": "Bonjour,\n\n{}\n\nCordialement\n{}",
    "es": "Hola:\n\n{}\n\nUn saludo\n{}",
}
TYPO, HASTE, SAYS_LANGUAGE, ATTACHES = 0.18, 0.1, 0.2, 0.1
SPAN = timedelta(hours=16)
FIRST = BaseText(
    language="en",
    intent=Intent.OUTAGE,
    signals=(Signal.OUTAGE, Signal.EXECUTIVE),
    text="Our production export has failed since 07:10, our board meets at noon.",
)


@dataclass(frozen=True)
class _Author:
    """Who sends one message; a newcomer has a client without being a contact of it, a stranger neither."""

    client: ClientProfile
    contact: Contact
    kind: str


def stream_of(rng: random.Random, clients: tuple[ClientProfile, ...], now: datetime) -> tuple[StreamItem, ...]:
    """The messages of the 16 hours before `now`, in the order of their arrival; the first is that of the documentation."""
    kinds = [kind for kind, count in KINDS.items() for _ in range(count)]
    rng.shuffle(kinds)
    shelves = {"hostile": _Shelf(rng, texts_in("hostile")), "plain": _Shelf(rng, plain_texts()), "thread": _Shelf(rng, texts_in("threads"))}
    step = SPAN / (len(kinds) + 1)
    items = [_first(clients[0], now - SPAN)]
    people = _by_language(clients)
    for number, kind in enumerate(kinds, start=1):
        moment = now - SPAN + step * number
        if kind == "duplicate":
            items.append(rng.choice(items).model_copy(update={"kind": "duplicate"}))
        elif kind == "thread":
            items.append(_follow_up(rng, rng.choice(items), shelves["thread"], number, moment, clients))
        else:
            text = shelves.get(kind, shelves["plain"]).take()
            items.append(_message(rng, text, _author(rng, people, text, kind), number, moment))
    return tuple(items)


class _Shelf:
    """Texts in shuffled order, each once before any is used again."""

    def __init__(self, rng: random.Random, texts: list[BaseText]) -> None:
        self._rng, self._texts, self._left = rng, texts, list[BaseText]()

    def take(self, language: str | None = None) -> BaseText:
        """The next text, in `language` where there is one."""
        self._left = self._left or self._rng.sample(self._texts, len(self._texts))
        fitting = [text for text in self._left if language in (None, text.language)]
        if not fitting:
            return self._rng.choice([text for text in self._texts if text.language == language] or self._texts)
        self._left.remove(fitting[-1])
        return fitting[-1]


def _by_language(clients: tuple[ClientProfile, ...]) -> dict[str, list[tuple[ClientProfile, Contact, float]]]:
    """Contacts by the language they write, with a weight: large clients write more."""
    found: dict[str, list[tuple[ClientProfile, Contact, float]]] = {}
    for client in clients:
        weight = 1 + (client.contract.annual_value / 40_000 if client.contract else 0.3)
        for contact in client.contacts:
            if "consulting" not in contact.email:  # an adviser's address alone does not tell the client
                found.setdefault(contact.language, []).append((client, contact, weight / len(client.contacts)))
    return found


def _author(rng: random.Random, people: dict[str, list[tuple[ClientProfile, Contact, float]]], text: BaseText, kind: str) -> _Author:
    pool = people.get(text.language, people["en"])
    client, contact, _ = rng.choices(pool, [weight for *_, weight in pool])[0]
    return _Author(client, contact, kind)


def _first(client: ClientProfile, moment: datetime) -> StreamItem:
    contact = client.contacts[0]
    who = {"client_id": None, "email": contact.email, "name": contact.name, "handle": None, "phone": None}
    body = _body("slack", "1716.42", "C1-99", who, FIRST.text, moment)
    return StreamItem(body=body, kind="plain", expect=expect(FIRST, client, contact))


def _message(rng: random.Random, text: BaseText, author: _Author, number: int, moment: datetime) -> StreamItem:
    channel = rng.choice(CHANNELS)
    known = author.kind in ("plain", "hostile")
    if known:
        who = sender(rng, author.client, author.contact, channel)
    else:
        who = newcomer(rng, author.client, author.contact) if author.kind == "newcomer" else stranger(rng, author.client, number)
    body = _body(channel, f"{channel}-{number:05d}", f"conv-{number:05d}", who, _wording(rng, text, author, channel), moment)
    if rng.random() < SAYS_LANGUAGE:
        body["language"] = text.language
    if rng.random() < ATTACHES:
        body["attachments"] = [{"name": "screenshot.png", "content_type": "image/png", "size": 84_213, "url": None}]
    client = author.client if author.kind != "stranger" else None
    return StreamItem(body=body, kind=author.kind, expect=expect(text, client, author.contact if known else None))


def _body(channel: str, external: str, conversation: str, who: dict[str, str | None], text: str, moment: datetime) -> dict[str, Any]:
    return {
        "channel": channel,
        "external_id": external,
        "conversation_id": conversation,
        "sender": who,
        "text": text,
        "sent_at": moment.isoformat(),
        "language": None,
        "attachments": [],
        "metadata": {},
    }


def _wording(rng: random.Random, text: BaseText, author: _Author, channel: str) -> str:
    """The text in the client's own facts and in the manner of the channel; tricks are left exactly as they are."""
    if text.trick == "huge":
        return huge(text)
    if text.trick:
        return text.text
    words = _filled(rng, text.text, author)
    if rng.random() < TYPO and len(words) > 25:
        words = with_typo(rng, words)
    if channel in CHATTY and rng.random() < HASTE:
        words = in_haste(rng, words)
    if channel == "email" and text.language in LETTER:
        words = LETTER[text.language].format(words, author.contact.name)
    return words


def _filled(rng: random.Random, text: str, author: _Author) -> str:
    client, contract = author.client, author.client.contract
    values = {
        "{client}": client.name,
        "{contact}": author.contact.name,
        "{manager}": client.account_manager.name if client.account_manager else "Anneke Voss",
        "{invoice}": client.invoices[-1].id if client.invoices else f"2026-{rng.randint(100, 999)}",
        "{amount}": f"{(client.invoices[-1].amount if client.invoices else 240.0) * 0.15:,.2f}",
        "{currency}": contract.currency if contract else "EUR",
        "{renews}": contract.renews_on.isoformat() if contract and contract.renews_on else "31 January",
        "{seats}": str(rng.randint(8, 240)),
    }
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def _follow_up(
    rng: random.Random, earlier: StreamItem, shelf: _Shelf, number: int, moment: datetime, clients: tuple[ClientProfile, ...]
) -> StreamItem:
    """One more message by the same sender in the conversation of `earlier`, in its language."""
    text = shelf.take(_language_of(earlier))
    client = next((one for one in clients if one.id == earlier.expect.client_id), None)
    writer = earlier.body["sender"]["name"]
    contact = next((one for one in client.contacts if one.name == writer), None) if client else None
    channel = earlier.body["channel"]
    body = _body(channel, f"{channel}-{number:05d}", earlier.body["conversation_id"], earlier.body["sender"], text.text, moment)
    return StreamItem(body=body, kind="thread", expect=expect(text, client, contact))


def _language_of(item: StreamItem) -> str:
    """The language of a message, told by its greeting; English without one."""
    return next(
        (language for language, letter in LETTER.items() if item.body["text"].startswith(letter.split("\n", 1)[0])),
        item.body["language"] or "en",
    )
