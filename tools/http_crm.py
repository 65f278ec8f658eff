"""A CRM behind the HTTP contract of docs/how-to/connect-a-crm.md."""

from __future__ import annotations

from domain.case import Identity, Sender
from domain.client import ClientProfile
from domain.decision import Frozen
from tools.http_source import HttpSource


class IdentityAnswer(Frozen):
    """`null` says that nobody fits; a 404 would also be what a wrong address answers."""

    identity: Identity | None


class ClientAnswer(Frozen):
    """`null` says that the id is unknown."""

    client: ClientProfile | None


class ClientsAnswer(Frozen):
    """Clients by id."""

    items: tuple[ClientProfile, ...]


class HttpCrm:
    """The customer database of the company that uses maitred."""

    def __init__(self, source: HttpSource) -> None:
        self._source = source

    async def identify(self, sender: Sender) -> Identity | None:
        """Who is behind `sender`, as the CRM sees it."""
        return (await self._source.post("identify", IdentityAnswer, sender)).identity

    async def profile(self, client_id: str) -> ClientProfile | None:
        """All that the CRM knows of a client."""
        return (await self._source.get("client", ClientAnswer, {"client_id": client_id})).client

    async def clients(self, *, text: str = "", tier: str = "", region: str = "", after: str = "", limit: int = 50) -> list[ClientProfile]:
        """Clients by id, those after the id `after`."""
        given: dict[str, str | int] = {"text": text, "tier": tier, "region": region, "after": after, "limit": limit}
        return list((await self._source.get("clients", ClientsAnswer, {name: value for name, value in given.items() if value != ""})).items)
