"""The CRM's embedded twin, over the sample company."""

from __future__ import annotations

from collections.abc import Iterable

from domain.case import Identity, Sender
from domain.client import ClientProfile, Contact
from domain.facts import ContractTier

FREE_MAIL = frozenset({"mail.example", "freemail.example"})
BY_CONTACT, BY_DOMAIN, BY_NAME_CLASH = 1.0, 0.6, 0.5
VIP = (ContractTier.STRATEGIC, ContractTier.PLATINUM)


class EmbeddedCrm:
    """Looks clients up in memory."""

    def __init__(self, clients: Iterable[ClientProfile]) -> None:
        self._clients = {client.id: client for client in clients}
        self._by: dict[str, dict[str, list[tuple[ClientProfile, Contact | None]]]] = {"email": {}, "handle": {}, "phone": {}, "domain": {}}
        for client in self._clients.values():
            for contact in client.contacts:
                self._note("email", contact.email, client, contact)
                self._note("phone", contact.phone, client, contact)
                for handle in contact.handles:
                    self._note("handle", handle, client, contact)
            for domain in client.domains:
                self._note("domain", domain, client, None)

    async def identify(self, sender: Sender) -> Identity | None:
        """By id, e-mail, handle and phone, then by the e-mail's domain with less confidence; several matches count as unsure."""
        if sender.client_id and (known := self._clients.get(sender.client_id)):
            contact = next((one for one in known.contacts if sender.email and one.email == sender.email.lower()), None)
            return _identity(known, contact, "client_id", BY_CONTACT)
        for kind, given in (("email", sender.email), ("handle", sender.handle), ("phone", sender.phone)):
            found = self._by[kind].get(_normal(given), [])
            if found:
                return _identity(*found[0], kind, BY_CONTACT if len(found) == 1 else BY_NAME_CLASH)
        domain = (sender.email or "").rpartition("@")[2].lower()
        found = [] if domain in FREE_MAIL else self._by["domain"].get(domain, [])
        return _identity(*found[0], "domain", BY_DOMAIN) if len(found) == 1 else None

    async def profile(self, client_id: str) -> ClientProfile | None:
        """All that is known of a client."""
        return self._clients.get(client_id)

    async def clients(self, *, text: str = "", tier: str = "", region: str = "", after: str = "", limit: int = 50) -> list[ClientProfile]:
        """Clients by id, those after the id `after`."""
        wanted = text.lower()
        fitting = (
            client
            for client in sorted(self._clients.values(), key=lambda one: one.id)
            if client.id > after
            and wanted in f"{client.id} {client.name}".lower()
            and (not tier or (client.contract is not None and client.contract.tier == tier))
            and region in ("", client.region)
        )
        return [client for client, _ in zip(fitting, range(limit), strict=False)]

    def _note(self, kind: str, key: str | None, client: ClientProfile, contact: Contact | None) -> None:
        if key:
            self._by[kind].setdefault(_normal(key), []).append((client, contact))


def _normal(key: str | None) -> str:
    return (key or "").strip().lower().replace(" ", "")


def _identity(client: ClientProfile, contact: Contact | None, by: str, confidence: float) -> Identity:
    return Identity(
        client_id=client.id,
        client_name=client.name,
        region=client.region,
        resolved_by=by,
        confidence=confidence,
        contact_id=contact.id if contact else None,
        contact_name=contact.name if contact else None,
        **({"contact_role": contact.role, "language": contact.language} if contact else {}),
        vip=client.contract is not None and client.contract.tier in VIP,
    )
