"""The reply writer: an answer from articles and facts only. When the model fails, the embedded template stands in and says so."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from domain.case import TurnInput
from domain.context import Context, Reply
from domain.decision import Route, Verdict
from domain.errors import ModelUnavailable
from domain.facts import Facts
from domain.model import ModelAnswer, ModelCall
from domain.ports import Model
from prompts.loader import load

LONGEST_ARTICLE = 900


class WriterAnswer(BaseModel):
    """What the model is asked for."""

    model_config = ConfigDict(extra="ignore")

    text: str = Field(min_length=1, max_length=8_000)
    citations: tuple[str, ...] = ()


class ReplyWriter:
    """Writes replies and drafts."""

    def __init__(self, model: Model, stand_in: Model) -> None:
        self._model = model
        self._stand_in = stand_in
        self._prompt = load("reply")

    async def write(self, turn: TurnInput, facts: Facts, context: Context, verdict: Verdict, route: Route, budget_s: float) -> Reply:
        """A reply in the client's language; `sent` is for the caller to say."""
        language = facts.message.language
        call = ModelCall(
            task="reply",
            prompt_id=self._prompt.id,
            prompt_hash=self._prompt.hash,
            system=self._prompt.render(language=language),
            inputs={
                "message": turn.message.text,
                "name": turn.identity.contact_name if turn.identity else None,
                "language": language,
                "intent": facts.message.intent,
                "articles": [
                    {
                        "id": f"kb:{hit.article.id}",
                        "title": hit.article.title,
                        "body": hit.article.body[:LONGEST_ARTICLE],
                        "score": hit.score,
                    }
                    for hit in context.articles
                ],
                "mode": route.mode,
                "ack_within_s": verdict.sla.ack_within_s,
            },
            budget_s=budget_s,
        )
        said = await self._ask(call)
        known = {f"kb:{hit.article.id}" for hit in context.articles} | {fact.id for fact in context.facts}
        cited = tuple(one for one in dict.fromkeys(said.value.citations) if one in known)
        return Reply(text=said.value.text, language=language, citations=cited, model=said.model)

    async def _ask(self, call: ModelCall) -> ModelAnswer[WriterAnswer]:
        try:
            return await self._model.ask(call, WriterAnswer)
        except ModelUnavailable:
            return await self._stand_in.ask(call, WriterAnswer)
