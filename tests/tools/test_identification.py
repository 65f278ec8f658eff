"""Who wrote, when the evidence is thin, doubled or contradicts itself."""

from __future__ import annotations

from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.case import Sender
from domain.client import ClientProfile, Contact
from domain.facts import ContactRole
from tests.agents.examples import profile
from tests.conformance.sample import sample_world
from tools.addresses import domain_key, domains_of, email_key, handle_key, phone_key
from tools.crm import EmbeddedCrm
from tools.world.model import World


@pytest.fixture(scope="module")
def crm(world: World) -> EmbeddedCrm:
    return EmbeddedCrm(world.clients)


@pytest.mark.parametrize(
    "spelling",
    [
        "CTO@Northwind.Example",
        "  cto@northwind.example ",
        "The CTO <cto@northwind.example>",
        "mailto:cto@northwind.example",
        "cto+board@northwind.example",
    ],
)
async def test_one_address_in_any_spelling_is_one_person(crm: EmbeddedCrm, spelling: str) -> None:
    identity = await crm.identify(Sender(email=spelling))
    assert identity is not None
    assert (identity.client_id, identity.resolved_by, identity.contact_id) == ("northwind", "email", "northwind-c0")


async def test_a_handle_is_found_with_its_channel_and_less_surely_without(crm: EmbeddedCrm, world: World) -> None:
    contact = next(contact for contact in world.clients[0].contacts if contact.handles)
    bare = contact.handles[0].partition(":")[2]
    for handle, confidence in ((contact.handles[0], 0.95), (contact.handles[0].upper(), 0.95), (bare, 0.8), (f"@{bare}", 0.8)):
        identity = await crm.identify(Sender(handle=handle))
        assert identity is not None
        assert (identity.contact_id, identity.resolved_by, identity.confidence) == (contact.id, "handle", confidence)


@pytest.mark.parametrize(
    ("stored", "told", "confidence"),
    [
        ("slack:ada", "slack:ada", 0.95),
        ("slack:ada", "Slack:@Ada", 0.95),
        ("slack:ada", "telegram:ada", None),
        ("slack:ada", "ada", 0.8),
        ("ada", "telegram:ada", 0.8),
        ("ada", "@ada", 0.8),
        ("@ada:matrix.example", "@ada:matrix.example", 0.8),
        ("@ada:matrix.example", "matrix:@ada:matrix.example", 0.8),
        ("@ada:matrix.example", "@bob:matrix.example", None),
        ("slack:weiss", "slack:weiß", None),
    ],
)
async def test_a_name_of_one_channel_is_nobodys_in_another(stored: str, told: str, confidence: float | None) -> None:
    identity = await EmbeddedCrm([bank("chief@bank.example", handles=(stored,))]).identify(Sender(handle=told))
    assert (identity and identity.confidence) == confidence


async def test_a_name_with_its_channel_is_not_doubted_for_another_clients_bare_one() -> None:
    known, namesake = bank("chief@bank.example", handles=("slack:ada",)), bank("chief@mill.example", "mill", handles=("ada",))
    identity = await EmbeddedCrm([known, namesake]).identify(Sender(handle="slack:ada"))
    assert identity is not None
    assert (identity.client_id, identity.confidence) == ("bank", 0.95)
    bare = await EmbeddedCrm([known, namesake]).identify(Sender(handle="ada"))
    assert bare is not None
    assert bare.confidence == 0.4


async def test_of_several_clients_one_is_taken_but_nobodys_contact() -> None:
    both = [bank("chief@bank.example", handles=("sarah",)), bank("chief@shop.example", "shop", handles=("slack:sarah",))]
    identity = await EmbeddedCrm(both).identify(Sender(handle="sarah"))
    assert identity is not None
    assert (identity.client_id, identity.confidence, identity.contact_id, identity.contact_name) == ("shop", 0.4, None, None)


async def test_a_telephone_number_tells_more_than_a_name_without_its_channel() -> None:
    known = bank("chief@bank.example", handles=("slack:ada",), phone="+49 555 741 6111")
    identity = await EmbeddedCrm([known]).identify(Sender(handle="ada", phone="0049 555 741 6111"))
    assert identity is not None
    assert (identity.resolved_by, identity.confidence) == ("phone", 0.85)


async def test_a_caller_is_found_by_number_but_not_taken_for_verified(crm: EmbeddedCrm, world: World) -> None:
    contact = next(contact for contact in world.clients[0].contacts if contact.phone)
    assert contact.phone is not None
    identity = await crm.identify(Sender(phone=f"00{contact.phone[1:4]} ({contact.phone[4:]})"))
    assert identity is not None
    assert (identity.contact_id, identity.resolved_by) == (contact.id, "phone")
    assert identity.confidence < 0.9


@pytest.mark.parametrize("address", ["new.colleague@northwind.example", "someone@mail.northwind.example"])
async def test_an_unknown_colleague_is_placed_by_the_domain_with_less_confidence(crm: EmbeddedCrm, address: str) -> None:
    identity = await crm.identify(Sender(email=address))
    assert identity is not None
    assert (identity.client_id, identity.resolved_by, identity.contact_id) == ("northwind", "domain", None)
    assert identity.confidence == 0.6


@pytest.mark.parametrize(
    "address",
    [
        "cto@northwind.example.evil.example",
        "cto@northwind-support.example",
        "cto@xnorthwind.example",
        "northwind.example",
        "@",
        "a@b@",
        "cto@example",
        "",
    ],
)
async def test_an_address_that_only_looks_alike_is_nobodys(crm: EmbeddedCrm, address: str) -> None:
    assert await crm.identify(Sender(email=address)) is None


def bank(email: str, client: str = "bank", **changes: object) -> ClientProfile:
    """A client with one contact, who writes from `email`."""
    domain = email.rpartition("@")[2]
    contact = Contact(id=f"{client}-c0", name="Chief", email=email, role=ContactRole.EXECUTIVE).model_copy(update=changes)
    return profile(id=client, name=client, domains=(domain,), contacts=(contact,))


@pytest.mark.parametrize(
    ("stored", "lookalike"),
    [
        ("chief@weissbank.example", "chief@weißbank.example"),
        ("chief@weißbank.example", "chief@weissbank.example"),
        ("chief@weissbank.example", "chief@xn--weibank-2va.example"),
        ("chief@οδος.example", "chief@οδοσ.example"),
        ("chief@bank.example", "chief@ban\u212a.example"),  # the Kelvin sign is no k
        ("chief@bank.example", "chief@ｂａｎｋ.example"),
        ("chief@file.example", "chief@ﬁle.example"),
        ("chief@bank.example", "chief@bank。example"),
    ],
)
async def test_a_domain_that_folds_into_a_clients_is_still_another_domain(stored: str, lookalike: str) -> None:
    assert await EmbeddedCrm([bank(stored)]).identify(Sender(email=lookalike)) is None


@pytest.mark.parametrize("stored", ["weiss@bank.example", "mar\u006b@bank.example"])
async def test_a_mailbox_that_folds_into_a_contacts_is_only_of_the_same_domain(stored: str) -> None:
    lookalike = stored.replace("ss@", "ß@").replace("k@", "\u212a@")
    identity = await EmbeddedCrm([bank(stored)]).identify(Sender(email=lookalike))
    assert lookalike != stored
    assert identity is None or identity.contact_id is None


@pytest.mark.parametrize("spelling", ["weißbank.example", "WEIßBANK.Example", "xn--weibank-2va.example", "XN--WEIBANK-2VA.EXAMPLE"])
@pytest.mark.parametrize("stored", ["chief@weißbank.example", "chief@xn--weibank-2va.example"])
async def test_an_international_domain_is_the_same_in_letters_and_in_punycode(stored: str, spelling: str) -> None:
    crm = EmbeddedCrm([bank(stored)])
    chief, colleague = await crm.identify(Sender(email=f"Chief@{spelling}")), await crm.identify(Sender(email=f"new@mail.{spelling}"))
    assert chief is not None
    assert (chief.contact_id, chief.confidence) == ("bank-c0", 1.0)
    assert colleague is not None
    assert (colleague.resolved_by, colleague.confidence) == ("domain", 0.6)


def test_composed_and_decomposed_letters_are_one_address() -> None:
    assert email_key("Jo\u0308rg@MU\u0308NCHEN.example") == email_key("jörg@münchen.example") == "jörg@xn--mnchen-3ya.example"


def test_no_sign_beyond_ascii_becomes_one_of_it() -> None:
    becoming = [sign for sign in map(chr, range(0x80, 0x110000)) if normalize("NFC", sign.lower()).isascii()]
    assert "\u212a" in becoming
    assert {email_key(f"a{sign}@bank.example") for sign in becoming} | {domain_key(f"ban{sign}.example") for sign in becoming} == {""}


async def test_a_shared_domain_gives_half_the_confidence_and_the_more_valuable_client(crm: EmbeddedCrm, world: World) -> None:
    domain = "group-1.example"
    sharing = [client for client in world.clients if domain in client.domains]
    identity = await crm.identify(Sender(email=f"someone@{domain}"))
    assert len(sharing) == 2
    assert identity is not None
    assert identity.confidence == 0.3
    assert identity.client_id in {client.id for client in sharing}
    assert identity.vip == any(client.contract is not None and client.contract.tier in ("strategic", "platinum") for client in sharing)


async def test_an_adviser_of_two_clients_is_unsure_until_other_evidence_tells(crm: EmbeddedCrm, world: World) -> None:
    email = "adviser1@consulting.example"
    sharing: list[ClientProfile] = [client for client in world.clients if any(contact.email == email for contact in client.contacts)]
    identity = await crm.identify(Sender(email=email))
    assert len(sharing) == 2
    assert identity is not None
    assert identity.confidence == 0.5
    for client in sharing:
        told = await crm.identify(Sender(email=email, client_id=client.id))
        assert told is not None
        assert (told.client_id, told.confidence) == (client.id, 1.0)


async def test_an_address_of_another_client_makes_the_channels_word_doubtful(crm: EmbeddedCrm, world: World) -> None:
    other = world.clients[20].contacts[0].email
    identity = await crm.identify(Sender(client_id="northwind", email=other))
    assert identity is not None
    assert (identity.client_id, identity.contact_id, identity.confidence) == ("northwind", None, 0.6)


@pytest.mark.parametrize(
    ("told", "confidence"),
    [
        (Sender(email="chief@bank.example", handle="slack:mila"), 0.6),
        (Sender(email="chief@bank.example", phone="+49 555 741 6222"), 0.6),
        (Sender(handle="slack:ada", phone="+49 555 741 6222"), 0.57),
        (Sender(handle="slack:ada", email="somebody.new@mill.example"), 0.57),
        (Sender(phone="+49 555 741 6111", email="somebody.new@mill.example"), 0.51),
        (Sender(email="chief@bank.example", handle="slack:ada", phone="+49 555 741 6222"), 0.6),
    ],
)
async def test_two_kinds_of_evidence_that_name_two_clients_make_the_first_doubtful(told: Sender, confidence: float) -> None:
    ours = bank("chief@bank.example", handles=("slack:ada",), phone="+49 555 741 6111")
    other = bank("chief@mill.example", "mill", handles=("slack:mila",), phone="+49 555 741 6222")
    identity = await EmbeddedCrm([ours, other]).identify(told)
    assert identity is not None
    assert identity.client_id == "bank"
    assert round(identity.confidence, 9) == confidence


async def test_the_domain_of_a_known_address_contradicts_nothing_that_the_address_says() -> None:
    agency = bank("lead@agency.example", "agency")
    client = bank("ada@agency.example", "bank").model_copy(update={"domains": ("bank.example",)})
    identity = await EmbeddedCrm([agency, client]).identify(Sender(email="ada@agency.example"))
    assert identity is not None
    assert (identity.client_id, identity.confidence) == ("bank", 1.0)


async def test_the_nearer_of_two_domains_is_not_doubted_for_the_one_above_it() -> None:
    group, part = bank("chief@group.example", "group"), bank("chief@eu.group.example", "part")
    identity = await EmbeddedCrm([group, part]).identify(Sender(email="new@eu.group.example"))
    assert identity is not None
    assert (identity.client_id, identity.confidence) == ("part", 0.6)
    with_handle = EmbeddedCrm([group, bank("chief@eu.group.example", "part", handles=("slack:ada",))])
    known = await with_handle.identify(Sender(email="new@eu.group.example", handle="slack:ada"))
    assert known is not None
    assert (known.client_id, known.confidence) == ("part", 0.95)


async def test_a_client_id_that_nobody_has_does_not_stop_the_search(crm: EmbeddedCrm) -> None:
    identity = await crm.identify(Sender(client_id="no-such-client", email="cto@northwind.example"))
    assert identity is not None
    assert identity.resolved_by == "email"


async def test_a_name_alone_proves_nothing(crm: EmbeddedCrm, world: World) -> None:
    assert await crm.identify(Sender(name=world.clients[0].contacts[0].name)) is None


@given(
    st.builds(
        Sender, client_id=st.none() | st.text(), email=st.none() | st.text(), handle=st.none() | st.text(), phone=st.none() | st.text()
    )
)
@settings(max_examples=200)
async def test_no_sender_breaks_it(sender: Sender) -> None:
    identity = await EVERYBODY.identify(sender)
    assert identity is None or 0.0 < identity.confidence <= 1.0


@pytest.mark.parametrize(
    "text",
    [
        "cto@northwind.example <intruder@elsewhere.invalid>",
        "cto@northwind.example, intruder@elsewhere.invalid",
        "intruder@elsewhere.invalid\ncto@northwind.example",
    ],
)
def test_several_addresses_in_one_prove_none_of_them(text: str) -> None:
    assert email_key(text) == ""


def test_an_address_in_the_name_is_only_a_name() -> None:
    assert email_key('"cto@northwind.example" <Intruder@elsewhere.invalid>') == "intruder@elsewhere.invalid"
    assert email_key("Doe, Jane <jane@bank.example>") == "jane@bank.example"


@given(st.text())
@settings(max_examples=200)
def test_keys_are_stable_when_taken_again(text: str) -> None:
    key = email_key(text)
    assert email_key(key) == key
    assert phone_key(phone_key(text)) == phone_key(text)
    assert handle_key(":".join(handle_key(text))) in (handle_key(text), ("", ""))
    assert all(domain in key for domain in domains_of(text))


EVERYBODY = EmbeddedCrm(sample_world().clients)
