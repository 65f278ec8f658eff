"""A case's messages as the service would take them in: bodies of `POST /v1/messages`, or a shorthand of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from api.requests import MessageIn
from domain.case import InboundMessage
from domain.client import ClientProfile, Contact
from domain.errors import InvalidInput

BETWEEN = timedelta(minutes=10)
"""From one message of a conversation to the next, when they do not say when they were sent."""
WRITERS = ("client", "contact", "sender")
SHORT = frozenset({"client", "contact"})
CONTRADICTING = "A message names its writer by `client` and `contact`, or by `sender` as a channel would, not by both."


def with_writers(messages: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The messages, each with a writer: of one that names none, that of the message before."""
    writer: dict[str, Any] = {}
    for body in messages:
        writer = {key: body[key] for key in WRITERS if key in body} or writer
        yield {**writer, **body}


def inbound(
    body: Mapping[str, Any], clients: Mapping[str, ClientProfile], *, number: int, begins: datetime, fixed: bool = False
) -> tuple[InboundMessage, datetime]:
    """The message, and when it comes in: when it says that it was sent, else (and when `fixed`) in its turn after `begins`.

    Raises InvalidInput with a sentence for a body that the service would refuse.
    """
    given = {key: value for key, value in body.items() if key not in SHORT}
    if SHORT & set(body):
        if "sender" in body:
            raise InvalidInput(CONTRADICTING)
        given["sender"] = _sender(body.get("client"), body.get("contact"), clients)
    at = begins + BETWEEN * (number - 1)
    full = {
        "channel": "email",
        "external_id": f"m-{number}",
        "conversation_id": "c-1",
        "sent_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        **given,
    }
    try:
        message = MessageIn.model_validate(full).as_message()
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise InvalidInput(f"Message {number} of the case would be refused: {faults}.") from error
    return message, message.sent_at if "sent_at" in body and not fixed else at


def _sender(client_id: Any, contact: Any, clients: Mapping[str, ClientProfile]) -> dict[str, Any]:
    if client_id is None:
        return {"email": contact} if contact else {}
    client = clients.get(client_id)
    if client is None:
        raise InvalidInput(f"The sample company has no client {client_id}; `maitred world` shows what it holds.")
    if contact is None:
        return {"client_id": client.id}
    person = _contact(client, str(contact))
    return {"email": person.email, "name": person.name}


def _contact(client: ClientProfile, wanted: str) -> Contact:
    for one in client.contacts:
        if wanted in (one.email, one.role):
            return one
    known = ", ".join(f"{one.role} {one.email}" for one in client.contacts)
    raise InvalidInput(f"The client {client.id} has no contact {wanted}; it has {known or 'none'}.")
