"""The stream: messages as channels would post them, with threads, duplicates, strangers, typos and hostile ones."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

from domain.client import ClientProfile, Contact
from tools.world.model import StreamItem

COUNT = 540
CHANNELS = ("email", "email", "email", "chat", "chat", "slack", "slack", "web-form", "whatsapp", "teams", "phone-transcript")
FOLLOW_UPS = {
    "en": ["Any news?", "Just to add: it happens with every dataset.", "Thanks, that helps. One more thing: does it also work for viewers?", "It works now, thank you!"],
    "de": ["Gibt es etwas Neues?", "Nachtrag: Es betrifft alle Datensätze.", "Danke, das hilft schon weiter."],
    "fr": ["Avez-vous des nouvelles ?", "Merci, cela fonctionne maintenant."],
    "es": ["¿Hay novedades?", "Gracias, ya está resuelto."],
}  # fmt: skip
GREETINGS = {"en": "Hello,\n\n{}\n\nKind regards\n{}", "de": "Guten Tag,\n\n{}\n\nViele Grüße\n{}", "fr": "Bonjour,\n\n{}\n\nCordialement\n{}", "es": "Hola:\n\n{}\n\nUn saludo\n{}"}
THREADED, DUPLICATED, STRANGE, HOSTILE, TYPO = 0.12, 0.05, 0.05, 0.035, 0.18


def stream_of(rng: random.Random, clients: tuple[ClientProfile, ...], now: datetime) -> tuple[StreamItem, ...]:
    """Messages of one day, in the order of their arrival."""
    plain, hostile = _texts("messages.psv"), _texts("hostile.psv")
    waiting = rng.sample(plain, len(plain))
    weights = [_weight(client) for client in clients]
    items: list[StreamItem] = [_first(clients[0], now)]
    while len(items) < COUNT:
        moment = now + timedelta(seconds=len(items) * 50)
        chance = rng.random()
        if chance < DUPLICATED:
            earlier = rng.choice(items)
            items.append(earlier.model_copy(update={"kind": "duplicate"}))
        elif chance < DUPLICATED + THREADED:
            items.append(_follow_up(rng, rng.choice([item for item in items if item.kind in ("plain", "thread")]), len(items), moment))
        else:
            client = rng.choices(clients, weights)[0]
            if chance > 1 - HOSTILE:
                language, danger, text = rng.choice(hostile)
                kind = "hostile"
            else:
                waiting = waiting or rng.sample(plain, len(plain))
                language, danger, text = waiting.pop()
                kind = "stranger" if chance > 1 - HOSTILE - STRANGE else "plain"
            items.append(_item(rng, client, kind, language, danger, text, len(items), moment))
    return tuple(items)


def _texts(name: str) -> list[tuple[str, bool, str]]:
    lines = files(__package__).joinpath(name).read_text(encoding="utf-8").splitlines()
    return [(language, danger == "1", text) for language, danger, text in (line.split("|", 2) for line in lines if line)]


def _weight(client: ClientProfile) -> float:
    return 1 + (client.contract.annual_value / 40_000 if client.contract else 0.3)


def _first(client: ClientProfile, now: datetime) -> StreamItem:
    """The message of the documentation's examples."""
    contact = client.contacts[0]
    body = {
        "channel": "slack",
        "external_id": "1716.42",
        "conversation_id": "C1-99",
        "sender": {"client_id": None, "email": contact.email, "name": contact.name, "handle": None, "phone": None},
        "text": "Our production export has failed since 07:10, our board meets at noon.",
        "sent_at": (now - timedelta(minutes=1)).isoformat(),
        "language": None,
        "attachments": [],
        "metadata": {},
    }
    return StreamItem(body=body, kind="plain", danger=True)


def _item(
    rng: random.Random, client: ClientProfile, kind: str, language: str, danger: bool, text: str, number: int, moment: datetime
) -> StreamItem:
    contact = rng.choice(client.contacts)
    channel = rng.choice(CHANNELS)
    if rng.random() < TYPO and len(text) > 25:
        text = with_typo(rng, text)
    if channel == "email" and language in GREETINGS and kind != "hostile":
        text = GREETINGS[language].format(text, contact.name)
    body: dict[str, Any] = {
        "channel": channel,
        "external_id": f"{channel}-{number:05d}",
        "conversation_id": f"conv-{number:05d}",
        "sender": _stranger(rng, number) if kind == "stranger" else _sender(contact, channel),
        "text": text,
        "sent_at": moment.isoformat(),
        "language": language if rng.random() < 0.2 else None,
        "attachments": [{"name": "screenshot.png", "content_type": "image/png", "size": 84_213, "url": None}] if rng.random() < 0.1 else [],
        "metadata": {},
    }
    return StreamItem(body=body, kind=kind, danger=danger)


def _follow_up(rng: random.Random, earlier: StreamItem, number: int, moment: datetime) -> StreamItem:
    spoken = next((language for language, texts in GREETINGS.items() if texts.split("{", 1)[0].strip() in earlier.body["text"]), "en")
    changes = {
        "external_id": f"{earlier.body['channel']}-{number:05d}",
        "text": rng.choice(FOLLOW_UPS[spoken]),
        "sent_at": moment.isoformat(),
        "attachments": [],
    }
    return StreamItem(body={**earlier.body, **changes}, kind="thread", danger=False)


def _sender(contact: Contact, channel: str) -> dict[str, str | None]:
    handle = contact.handles[0] if contact.handles and channel == "slack" else None
    phone = contact.phone if channel in ("whatsapp", "phone-transcript") else None
    return {"client_id": None, "email": None if handle or phone else contact.email, "name": contact.name, "handle": handle, "phone": phone}


def _stranger(rng: random.Random, number: int) -> dict[str, str | None]:
    return {"client_id": None, "email": f"someone{number}@mailbox{rng.randint(1, 9)}.example", "name": None, "handle": None, "phone": None}


def with_typo(rng: random.Random, text: str) -> str:
    """`text` with one slip of the keyboard."""
    place = rng.randrange(3, len(text) - 3)
    slip = rng.choice(("swap", "drop", "double"))
    if slip == "swap":
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return text[:place] + (text[place + 1 :] if slip == "drop" else text[place] + text[place:])
