"""The CRM's embedded twin, over the sample company."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from domain.case import Identity, Sender
from domain.client import ClientProfile, Contact
from domain.facts import ContactRole, ContractTier
from tools.addresses import domain_key, domains_of, email_key, handle_key, phone_key

BARE = "bare handle"  # without its channel, on one side or both: in another channel anybody may have that name
CERTAIN = {"client_id": 1.0, "email": 1.0, "handle": 0.95, "phone": 0.85, BARE: 0.8, "domain": 0.6}  # a caller's number is easily forged
SEVERAL = 0.5  # share of the confidence that is left when several clients fit
CONTRADICTED = 0.6  # ... when the channel names one client and the address belongs to another, or two addresses to two clients
RANK = {
    tier: rank
    for rank, tier in enumerate((ContractTier.NONE, ContractTier.SILVER, ContractTier.GOLD, ContractTier.PLATINUM, ContractTier.STRATEGIC))
}
VIP = (ContractTier.STRATEGIC, ContractTier.PLATINUM)


@dataclass(frozen=True)
class _Match:
    """A client, and the contact if it is known who writes."""

    client: ClientProfile
    contact: Contact | None = None


class EmbeddedCrm:
    """Looks clients up in memory."""

    def __init__(self, clients: Iterable[ClientProfile]) -> None:
        self._clients = {client.id: client for client in sorted(clients, key=lambda one: one.id)}
        self._ids = list(self._clients)
        self._search = {client.id: " ".join((client.id, client.name, *client.domains)).casefold() for client in self._clients.values()}
        self._index: dict[tuple[str, str], list[_Match]] = {}
        for client in self._clients.values():
            for contact in client.contacts:
                for key in _keys_of(contact):
                    self._index.setdefault(key, []).append(_Match(client, contact))
            for domain in client.domains:
                self._index.setdefault(("domain", domain_key(domain)), []).append(_Match(client))

    async def identify(self, sender: Sender) -> Identity | None:
        """By the channel's client id, e-mail, handle and phone, then by the e-mail's domain; the more that fit or differ, the less sure."""
        evidence = [(kind, found) for kind, found in self._evidence(sender) if found]
        if sender.client_id and (named := self._clients.get(sender.client_id)):
            return _named(named, evidence)
        if not evidence:
            return None
        kind = evidence[0][0]
        found, contradicted = _agreed(evidence)
        likeliest, one = max(found, key=_worth), len({match.client.id for match in found}) == 1
        share = (1.0 if one else SEVERAL) * (CONTRADICTED if contradicted else 1.0)
        return _identity(likeliest if one else _Match(likeliest.client), kind, CERTAIN[kind] * share)

    async def profile(self, client_id: str) -> ClientProfile | None:
        """All that is known of a client."""
        return self._clients.get(client_id)

    async def clients(self, *, text: str = "", tier: str = "", region: str = "", after: str = "", limit: int = 50) -> list[ClientProfile]:
        """Clients by id, those after the id `after`."""
        wanted = text.casefold()
        rest = (self._clients[name] for name in self._ids[bisect_right(self._ids, after) :])
        fitting = (
            client for client in rest if wanted in self._search[client.id] and tier in ("", _tier(client)) and region in ("", client.region)
        )
        return list(islice(fitting, max(0, limit)))

    def _evidence(self, sender: Sender) -> Iterator[tuple[str, list[_Match]]]:
        """What each of a sender's addresses tells, the surest first."""
        channel, name = handle_key(sender.handle or "")
        exact = self._of("handle", f"{channel}:{name}") if channel else []
        yield "email", self._of("email", email_key(sender.email or ""))
        yield "handle", exact
        yield "phone", self._of("phone", phone_key(sender.phone or ""))
        if not exact:
            yield BARE, self._of(BARE, name) + ([] if channel else self._of("name in a channel", name))
        for domain in domains_of(sender.email):
            yield "domain", self._of("domain", domain)

    def _of(self, kind: str, key: str) -> list[_Match]:
        return self._index.get((kind, key), []) if key else []


def _keys_of(contact: Contact) -> Iterator[tuple[str, str]]:
    """What a contact is found by. A handle that is stored without a channel counts in each."""
    yield "email", email_key(contact.email)
    yield "phone", phone_key(contact.phone or "")
    for channel, name in map(handle_key, contact.handles):
        yield ("handle", f"{channel}:{name}") if channel else (BARE, name)
        if channel:
            yield "name in a channel", name


def _named(client: ClientProfile, evidence: list[tuple[str, list[_Match]]]) -> Identity:
    """The channel vouches for the client; an address of somebody else's makes that doubtful."""
    personal = [match for kind, found in evidence if kind != "domain" for match in found]
    own = next((match for match in personal if match.client.id == client.id), None)
    contradicted = own is None and bool(personal)
    return _identity(own or _Match(client), "client_id", CERTAIN["client_id"] * (CONTRADICTED if contradicted else 1.0))


def _agreed(evidence: list[tuple[str, list[_Match]]]) -> tuple[list[_Match], bool]:
    """Whom the surest evidence names, told apart by the rest where it can, and whether another kind names somebody else.

    A known address says more than its domain, and a domain more than the one above it: neither contradicts the other.
    """
    kind, found = evidence[0]
    heard, contradicted = {kind, "domain"} if kind == "email" else {kind}, False
    for other, others in evidence[1:]:
        both = [match for match in found if match.client.id in {one.client.id for one in others}]
        contradicted |= not both and other not in heard
        found = both or found
        heard.add(other)
    return found, contradicted


def _worth(match: _Match) -> tuple[int, str]:
    """When several fit, the most valuable one is taken: a VIP that is treated as somebody else is the dangerous mistake.

    Whose contact writes is not guessed: a name and a role would be told to somebody else.
    """
    return RANK[_tier(match.client)], match.client.id


def _tier(client: ClientProfile) -> ContractTier:
    return client.contract.tier if client.contract else ContractTier.NONE


def _identity(match: _Match, by: str, confidence: float) -> Identity:
    client, contact = match.client, match.contact
    return Identity(
        client_id=client.id,
        client_name=client.name,
        region=client.region,
        resolved_by="handle" if by == BARE else by,
        confidence=confidence,
        contact_id=contact.id if contact else None,
        contact_name=contact.name if contact else None,
        contact_role=contact.role if contact else ContactRole.UNKNOWN,
        language=contact.language if contact else client.language,
        vip=_tier(client) in VIP,
    )
