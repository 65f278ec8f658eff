"""Contacts: the people who write for a client."""

from __future__ import annotations

import random

from domain.client import Contact
from domain.facts import ContactRole
from tools.world.names import DIALLING, person_name, slug

ROLES = [  # role, title, shared mailbox if the person writes from one
    (ContactRole.EXECUTIVE, "Chief Technology Officer", "cto"),
    (ContactRole.ADMIN, "Platform Administrator", None),
    (ContactRole.BILLING, "Accounts Payable", "billing"),
    (ContactRole.USER, "Data Analyst", None),
    (ContactRole.LEGAL, "General Counsel", None),
    (ContactRole.SECURITY, "Information Security Officer", "security"),
    (ContactRole.USER, "BI Engineer", None),
    (ContactRole.USER, "Operations Planner", None),
]
OWN_LANGUAGE, HAS_PHONE, HAS_HANDLE = 0.8, 0.6, 0.7


def contacts_of(rng: random.Random, client: str, domain: str, home: tuple[str, str, str], count: int) -> tuple[Contact, ...]:
    """`count` people (2 to 8); `home` is country, language of names and language of writing."""
    country, people, language = home
    contacts: list[Contact] = []
    for number, (role, title, mailbox) in enumerate(ROLES[:count]):
        name = person_name(rng, people)
        address = f"{mailbox or slug(name).replace('-', '.')}@{domain}"
        if any(contact.email == address for contact in contacts):
            address = f"{number}.{address}"
        handles = (f"slack:U{rng.randint(10**6, 10**7 - 1)}", f"teams:{slug(name)}@{domain}")
        contacts.append(
            Contact(
                id=f"{client}-c{number}",
                name=name,
                email=address,
                role=role,
                title=title,
                language=language if rng.random() < OWN_LANGUAGE else "en",
                phone=f"+{DIALLING[country]}555{rng.randint(10**6, 10**7 - 1)}" if rng.random() < HAS_PHONE else None,
                handles=handles if rng.random() < HAS_HANDLE else (),
            )
        )
    return tuple(contacts)
