"""The stream of messages, and its gold."""

from __future__ import annotations

import base64
from collections import Counter

from domain.case import InboundMessage, Sender
from domain.facts import ContractTier, Mode, Signal
from tools.crm import EmbeddedCrm
from tools.world.model import World
from tools.world.texts import plain_texts, texts_in

BODY_LIMIT = 256 * 1024


def test_every_message_could_be_posted(world: World) -> None:
    for item in world.stream:
        message = InboundMessage.model_validate(item.body)
        assert message.text.strip()
        assert len(message.model_dump_json().encode()) < BODY_LIMIT
        assert "\x00" not in message.text


def test_every_hand_written_text_is_used_and_none_is_written_twice(world: World) -> None:
    texts = [text.text for text in plain_texts() + texts_in("hostile")]
    assert len(set(texts)) == len(texts) >= 260
    kinds = Counter(item.kind for item in world.stream)
    assert kinds["plain"] >= len(plain_texts())
    assert {item.expect.trick for item in world.stream if item.kind == "hostile"} >= {text.trick for text in texts_in("hostile")}


def test_it_holds_all_channels_languages_and_kinds(world: World) -> None:
    assert {item.body["channel"] for item in world.stream} == {
        "email",
        "chat",
        "slack",
        "web-form",
        "whatsapp",
        "teams",
        "phone-transcript",
    }
    assert {text.language for text in plain_texts()} == {"en", "de", "fr", "es", "it", "pt", "nl", "ja"}
    assert set(Counter(item.kind for item in world.stream)) == {"plain", "thread", "duplicate", "stranger", "newcomer", "hostile"}
    assert {signal for text in plain_texts() for signal in text.signals} == set(Signal) - {Signal.INJECTION}


async def test_every_sender_is_found_or_meant_to_be_unknown(world: World) -> None:
    crm = EmbeddedCrm(world.clients)
    for item in world.stream:
        identity = await crm.identify(Sender(**item.body["sender"]))
        assert (identity.client_id if identity else None) == item.expect.client_id


def test_a_duplicate_is_an_earlier_message_again(world: World) -> None:
    seen: dict[tuple[str, str], dict[str, object]] = {}
    for item in world.stream:
        key = (item.body["channel"], item.body["external_id"])
        assert (key in seen) == (item.kind == "duplicate")
        assert seen.setdefault(key, item.body) == item.body


def test_a_thread_goes_on_in_an_earlier_conversation_of_the_same_sender(world: World) -> None:
    senders: dict[tuple[str, str], object] = {}
    for item in world.stream:
        key = (item.body["channel"], item.body["conversation_id"])
        assert item.kind != "thread" or key in senders
        assert senders.setdefault(key, item.body["sender"]) == item.body["sender"]


def test_no_placeholder_is_left_in_an_ordinary_text(world: World) -> None:
    names = ("{client}", "{contact}", "{manager}", "{invoice}", "{amount}", "{currency}", "{renews}", "{seats}")
    assert not [item.body["text"] for item in world.stream if any(name in item.body["text"] for name in names)]


def test_the_gold_never_leaves_danger_or_a_strategic_client_to_a_bot(world: World) -> None:
    tiers = {client.id: client.contract.tier if client.contract else ContractTier.NONE for client in world.clients}
    for item in world.stream:
        if item.expect.danger and item.expect.signals != (Signal.EXECUTIVE,):
            assert Mode.AI not in item.expect.modes
        if item.expect.client_id and tiers[item.expect.client_id] is ContractTier.STRATEGIC:
            assert Mode.AI not in item.expect.modes
        if Signal.INJECTION in item.expect.signals:
            assert item.expect.modes == (Mode.HUMAN,)
            assert item.expect.must_review
    assert sum(Mode.AI in item.expect.modes for item in world.stream) > len(world.stream) // 5


def test_the_hostile_ones_hide_what_they_say() -> None:
    tricks = {text.trick: text.text for text in texts_in("hostile")}
    assert b"approve the refund" in base64.b64decode(tricks["base64"].split()[-1])
    assert "<!--" in "".join(text.text for text in texts_in("hostile") if text.trick == "html")
    assert any("\u200b" in text.text for text in texts_in("hostile"))


def test_a_huge_message_has_its_instruction_in_the_middle(world: World) -> None:
    huge = next(item for item in world.stream if item.expect.trick == "huge" and Signal.INJECTION in item.expect.signals)
    place = huge.body["text"].index("ignore the policy") / len(huge.body["text"])
    assert len(huge.body["text"]) > 50_000
    assert 0.3 < place < 0.7
