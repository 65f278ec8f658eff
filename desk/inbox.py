"""The inbox: what waits, in the order and the part that somebody wants to see, and the looks that they keep."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from pydantic import ValidationError

from domain.access import ApiKey
from domain.errors import Conflict, InvalidInput, NotFound
from domain.inbox import InboxLine, InboxLists, InboxQuery, SavedLook, SavedLooks

MOST_LOOKS = 20
"""That one person keeps: more than that nobody finds again."""


@dataclass(frozen=True)
class Inbox:
    """Lists of reviews."""

    lists: InboxLists
    looks: SavedLooks

    async def lines(self, query: InboxQuery, key: ApiKey) -> list[InboxLine]:
        """What the caller may see of it."""
        return await self.lists.lines(query.model_copy(update={"region": key.region, "client_id": key.client_id}))

    async def lines_of(self, review_ids: Collection[str]) -> list[InboxLine]:
        """These reviews, for whoever asks `ApiKey.sees` before they are shown."""
        return await self.lists.lines_of(review_ids)

    async def line(self, review_id: str, key: ApiKey) -> InboxLine:
        """One review. Raises NotFound for another region's as well."""
        found = await self.lists.lines_of((review_id,))
        if not found or not key.sees(found[0].region, found[0].client_id):
            raise NotFound.said("There is no such review.")
        return found[0]

    async def keep_look(self, person_id: str, name: str, query: str) -> None:
        """Keep a look; one of the same name is replaced. Raises InvalidInput for a name that is none, Conflict when there are too many."""
        try:
            look = SavedLook(name=name, query=query)
        except ValidationError as error:
            raise InvalidInput.said(
                "The view was not kept.", errors=[("/name", "takes 1 to 60 characters, none of them hidden")]
            ) from error
        if not await self.looks.put(person_id, look, MOST_LOOKS):
            raise Conflict.said("You keep %(most)s views already. Forget one of them first.", {"most": MOST_LOOKS})

    async def drop_look(self, person_id: str, name: str) -> None:
        """Forget a look. Raises NotFound."""
        if not await self.looks.drop(person_id, name):
            raise NotFound.said("You keep no view of this name; it may be gone already.")
