"""One client, one message and what the tools know: what the tests of the agents start from."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from agents.router import Offer, OfferedPool
from domain.case import Identity, InboundMessage, Sender, TurnInput
from domain.client import AccountManager, Article, ArticleHit, ClientProfile, Contract, Invoice, PastCase
from domain.context import CitedFact, Context
from domain.facts import Action, ContractStatus, ContractTier, Mode, Region, Segment

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def turn(text: str, language: str | None = None, thread: tuple[str, ...] = ()) -> TurnInput:
    """A turn with `text` from a known contact."""
    sender = Sender(email="ada@northwind.example", name="Ada Winter")
    message = InboundMessage(
        channel="email", external_id="m1", conversation_id="c1", sender=sender, text=text, sent_at=NOW, language=language
    )
    who = Identity(
        client_id="northwind",
        client_name="Northwind Bank",
        region=Region.EU,
        resolved_by="email",
        confidence=1.0,
        contact_name="Ada Winter",
        language="en",
    )
    return TurnInput(case_id="case_1", turn=1, message_id="m1", message=message, identity=who, received_at=NOW, thread=thread)


def profile(
    annual_value: float = 250_000.0, months: int = 24, monthly: float = 20_000.0, currency: str = "EUR", **changes: object
) -> ClientProfile:
    """A client with a contract and monthly invoices."""
    bills = tuple(
        Invoice(
            id=f"inv-{month}",
            issued_on=NOW.date() - timedelta(days=30 * (months - month)),
            due_on=NOW.date() - timedelta(days=30 * (months - month) - 14),
            paid_on=NOW.date() - timedelta(days=30 * (months - month) - 14),
            amount=monthly,
            currency=currency,
        )
        for month in range(months)
    )
    contract = Contract(
        id="778",
        tier=ContractTier.PLATINUM,
        status=ContractStatus.ACTIVE,
        annual_value=annual_value,
        currency=currency,
        starts_on=date(2023, 1, 1),
        renews_on=date(2027, 12, 31),
    )
    whole = ClientProfile(
        id="northwind",
        name="Northwind Bank",
        region=Region.EU,
        country="DE",
        language="en",
        segment=Segment.ENTERPRISE,
        industry="banking",
        regulated=True,
        health=0.8,
        account_manager=AccountManager(id="am_1", name="Noor Haas", email="noor@maitred.example"),
        contract=contract,
        contacts=(),
        invoices=bills,
        updated_at=NOW - timedelta(hours=2),
    )
    return whole.model_copy(update=changes)


ARTICLE = Article(
    id="export-fails-en",
    title="When an export fails",
    body="1. Open Exports. 2. Choose the failed run. 3. Press Retry.",
    product="exports",
    updated_on=date(2026, 9, 1),
)
CASE = PastCase(
    id="case_0",
    subject="Export was late",
    intent="integration",
    severity=3,
    opened_at=NOW - timedelta(days=9),
    resolved_at=None,
    pool="eu-core",
    promises=("A fix by the end of November",),
)
CONTEXT = Context(
    articles=(ArticleHit(article=ARTICLE, score=0.8),),
    facts=(
        CitedFact(id="crm:contract/778", text="platinum contract, active", source="crm", as_of=NOW, age_s=7_200),
        CitedFact(id="cases:case_0/promise", text="Promised and still open: A fix by the end of November", source="cases", age_s=777_600),
        CitedFact(id="kb:export-fails-en", text="When an export fails", source="knowledge", age_s=90),
    ),
)
POOLS = (
    OfferedPool(id="eu-core", region="eu", skills=("integration", "how_to"), languages=("en", "de"), available=2),
    OfferedPool(id="eu-legal", region="eu", skills=("legal", "contract"), languages=("en", "de"), available=1),
)
OFFER = Offer(modes=(Mode.AI, Mode.HYBRID, Mode.HUMAN), pools=POOLS, actions=(Action.REPLY, Action.NONE))
