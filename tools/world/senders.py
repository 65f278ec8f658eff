"""How a sender looks to a channel: what it tells of a contact, a newcomer or a stranger."""

from __future__ import annotations

import random

from domain.client import ClientProfile, Contact
from tools.world.names import person_name, slug

BY_HANDLE = {"slack": "slack:", "teams": "teams:"}
BY_PHONE = ("whatsapp", "phone-transcript")
PORTAL = "web-form"


def sender(rng: random.Random, client: ClientProfile, contact: Contact, channel: str) -> dict[str, str | None]:
    """A contact as `channel` shows it: by handle, phone or address; a form in the product also knows the client."""
    handle = next((one for one in contact.handles if one.startswith(BY_HANDLE.get(channel, "-"))), None)
    phone = contact.phone if channel in BY_PHONE else None
    return {
        "client_id": client.id if channel == PORTAL else None,
        "email": None if handle or phone else contact.email,
        "name": contact.name,
        "handle": handle,
        "phone": phone and (phone if rng.random() < 0.5 else f"00{phone[1:4]} {phone[4:7]} {phone[7:]}"),
    }


def newcomer(rng: random.Random, client: ClientProfile, like: Contact) -> dict[str, str | None]:
    """Somebody of the client whom the CRM does not know: only the domain of the address tells."""
    name = person_name(rng, like.language if like.language in ("de", "fr", "es", "it", "nl", "pt") else "en")
    return {
        "client_id": None,
        "email": f"{slug(name).replace('-', '.')}.new@{client.domains[0]}",
        "name": name,
        "handle": None,
        "phone": None,
    }


def stranger(rng: random.Random, client: ClientProfile, number: int) -> dict[str, str | None]:
    """Somebody whom nobody can place; now and then with an address that only looks like a client's."""
    host = f"{client.id}-support.example" if rng.random() < 0.3 else f"mailbox{rng.randint(1, 9)}.example"
    return {"client_id": None, "email": f"someone{number}@{host}", "name": None, "handle": None, "phone": None}
