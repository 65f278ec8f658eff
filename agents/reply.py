"""The reply writer: an answer from articles only. When the model fails, or policy lets no model of its region see the
case, the embedded template stands in and says so.

What is written is held against what was given (`reply_faults`): what does not pass is a draft for a person, whoever should have answered.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from agents.reply_faults import faults_of
from agents.residency import asked
from domain.case import TurnInput
from domain.context import Context, Reply
from domain.decision import Route, Verdict
from domain.errors import ModelUnavailable
from domain.facts import Facts
from domain.model import ModelAnswer, ModelCall
from domain.ports import Model
from prompts.loader import Prompt, load

LONGEST_ARTICLE = 900


class WriterAnswer(BaseModel):
    """What the model is asked for."""

    model_config = ConfigDict(extra="ignore")

    text: str = Field(min_length=1, max_length=8_000)
    citations: tuple[str, ...] = ()


class ReplyWriter:
    """Writes replies and drafts."""

    def __init__(self, model: Model, stand_in: Model, hosts: frozenset[str] = frozenset(), prompt: Prompt | None = None) -> None:
        """`hosts`: the only ones whose addresses a reply may hold that nobody reads before it is sent."""
        self._model = model
        self._stand_in = stand_in
        self._hosts = hosts
        self._prompt = prompt or load("reply")

    def of_the_record(self) -> ReplyWriter:
        """The same without a model's words: what is shown before anything is decided costs no call."""
        return ReplyWriter(self._stand_in, self._stand_in, self._hosts, self._prompt)

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
                "name": turn.identity.contact_name if turn.identity and facts.message.sender.verified else None,
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
            regions=verdict.envelope.model_regions,
        )
        said, failures = await self._ask(call)
        known = {f"kb:{hit.article.id}" for hit in context.articles} | {fact.id for fact in context.facts}
        cited = tuple(one for one in dict.fromkeys(said.value.citations) if one in known)
        sources = "\n".join(f"{hit.article.title}\n{hit.article.body[:LONGEST_ARTICLE]}" for hit in context.articles)
        faults = faults_of(said.value.text, cited, sources, call.system, self._hosts)
        return Reply(
            text=said.value.text,
            language=language,
            citations=cited,
            model=said.model,
            turn=turn.turn,
            faults=faults,
            degraded=failures,
        )

    async def _ask(self, call: ModelCall) -> tuple[ModelAnswer[WriterAnswer], tuple[str, ...]]:
        try:
            return await asked(self._model, call, WriterAnswer), ()
        except ModelUnavailable as error:
            return await self._stand_in.ask(call, WriterAnswer), (f"reply: {error.message}",)
