"""What is known of a client never survives, however it is written; what looks personal or secret does not either."""

from __future__ import annotations

import random
import re
import unicodedata

import orjson
import pytest

from domain.client import ClientProfile, Contact
from evals.production.deidentification import RulingsCleaner
from evals.production.patterns import coarse, iban, luhn
from tests.evals.production.rulings import changed_ruling
from tests.recorded import world

MESSAGES = 520
SENTENCES = (
    "Hello, {name} here from {client}. Our export fails again, call {first} at {phone}.",
    "{client}'s dashboards are slow; {last}, {first} wrote to you about {contract} and invoice {invoice}.",
    "Die Berichte von {client}s Team stehen, {last}s Rechnung {invoice} ist offen. Viele Grüße\n{name}",
    "Bonjour, le contrat {contract} de {client} : merci d'écrire à {email} ou {plus}. Cordialement\n{name}",
    "Hola, soy {first} {last} de {client}, mi número es {spaced}. Un saludo\n{name}",
    "please add {handle} to our channel, {lower} and {joined} cannot log in ({domain})",
    "{upper}: {manager} promised EUR 12,345.67 for {contract}; cc {email}",
    "{accentless} of {slug} asks whether https://app.{domain}/a?token=Xy12345 works",
)


def written(rng: random.Random, client: ClientProfile, contact: Contact) -> str:
    first, last = contact.name.split()[0], contact.name.split()[-1]
    phone = contact.phone or "+4930555123456"
    plain = unicodedata.normalize("NFKD", contact.name).encode("ascii", "ignore").decode()
    values = {
        "name": contact.name,
        "first": first,
        "last": last,
        "client": client.name,
        "phone": phone,
        "spaced": f"00{phone[1:3]} ({phone[3:6]}) {phone[6:9]}-{phone[9:]}",
        "email": contact.email,
        "plus": contact.email.replace("@", "+news@"),
        "contract": client.contract.id if client.contract else "contract-12345",
        "invoice": client.invoices[-1].id if client.invoices else "none",
        "handle": contact.handles[0] if contact.handles else "nobody",
        "domain": client.domains[0],
        "manager": client.account_manager.name if client.account_manager else "Somebody",
        "lower": client.name.lower(),
        "upper": client.name.upper(),
        "joined": client.name.replace(" ", "").lower(),
        "accentless": plain,
        "slug": client.id,
    }
    return " ".join(rng.sample(SENTENCES, 3)).format(**values)


def plain(text: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(one))


def survivors(kept: str, client: ClientProfile, contact: Contact) -> list[str]:
    """Known values that stand in a text, looked for naively and on our own."""
    text = plain(kept)
    names = [client.name, client.id, contact.name, contact.email, *client.domains, *contact.handles]
    names += [client.contract.id] if client.contract else []
    names += [invoice.id for invoice in client.invoices]
    names += [client.account_manager.name, client.account_manager.email] if client.account_manager else []
    found = [name for name in names if plain(name) in text or plain(name).replace(" ", "") in text]
    found += [contact.phone] if contact.phone and contact.phone[-7:] in re.sub(r"[\s().\-/]", "", kept) else []
    parts = [part for part in contact.name.split() if len(part) > 3 and re.search(rf"\b{re.escape(plain(part))}s?\b", text)]
    return found + [part for part in parts if part.casefold() not in ("grace", "camille", "paula")]


def test_no_known_value_survives_in_hundreds_of_messages_of_the_sample_company() -> None:
    rng, cleaner, clients = random.Random(5), RulingsCleaner(), world().clients
    for number in range(MESSAGES):
        client = clients[number % len(clients)]
        contact = rng.choice(client.contacts)
        text, earlier = written(rng, client, contact), written(rng, client, contact)
        changed = changed_ruling(client, contact, text, earlier, why=f"{contact.name} of {client.name} is in court with us.", number=number)
        cleaned = cleaner.clean(changed, client, (), 2)
        assert cleaned.left == "", (text, cleaned.left)
        kept = orjson.dumps([cleaned.input, cleaned.gold, cleaned.why]).decode()
        assert survivors(kept, client, contact) == [], kept


def test_the_streams_own_messages_are_clean_too() -> None:
    clients = {client.id: client for client in world().clients}
    seen = 0
    for number, item in enumerate(world().stream[:120]):
        client = clients.get(item.expect.client_id or "")
        if client is None:
            continue
        cleaned = RulingsCleaner().clean(changed_ruling(client, client.contacts[0], item.body["text"], number=number), client, (), 2)
        seen += 1
        assert cleaned.left == "", item.body["text"]
        assert client.name.casefold() not in orjson.dumps(cleaned.input).decode().casefold()
    assert seen > 70


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("pay DE89 3704 0044 0532 0130 00 bitte", "pay {account-1} bitte"),
        ("pay DE89 3704 0044 0532 0130 01 bitte", None),
        ("card 4111-1111-1111-1111, thanks", "card {card-1}, thanks"),
        ("from 10.20.30.40 and 2001:db8::7", "from {address-1} and {address-2}"),
        ("release 10.20.30 is fine", "release 10.20.30 is fine"),
        ("see https://user:pw@host.example/x?key=1.", "see {url-1}."),
        ("key sk-live_abcdefghij0123456789 leaked", "key {secret-1} leaked"),
        ("password: hunter2", "{secret-1}"),
        ("order 123456789 and again 123456789", "order {number-1} and again {number-1}"),
        ("it costs € 12.345,60 a year", "it costs € 12000 a year"),
        ("since 2026-11-02 at 07:10", "since 2026-11-02 at 07:10"),
        ("ask a.b+c@mail.example.org. This is it", "ask {email-1}. This is it"),
        ("a.b (at) mail [dot] example [dot] org", "{email-1}"),
        ("Frau Schulz called", "Frau {contact-1} called"),
        ("Danke\nPetra Vogel", "Danke\n{contact-1}"),
        ("aujourd'hui on the 3rd", "aujourd'hui on the 3rd"),
    ],
)
def test_what_looks_personal_or_secret_gets_a_placeholder_and_nothing_else_does(text: str, kept: str | None) -> None:
    client = world().clients[0]
    cleaned = RulingsCleaner().clean(changed_ruling(client, client.contacts[0], text), client, (), 2)
    told = cleaned.input["messages"][0]["text"]
    assert told == kept if kept is not None else "{account" not in told


def test_one_value_has_one_placeholder_in_all_texts_and_keeps_its_inflection() -> None:
    client = world().clients[0]
    one, other = client.contacts[0], client.contacts[1]
    changed = changed_ruling(client, one, f"{other.name} again. Northwinds Export steht.", f"{one.name} and {other.name}", why=other.name)
    cleaned = RulingsCleaner().clean(changed, client, (), 2)
    assert [message["text"] for message in cleaned.input["messages"]] == [
        "{contact-1} and {contact-2}",
        "{contact-2} again. {client}s Export steht.",
    ]
    assert cleaned.why == "{contact-2}"
    assert cleaned.input["facts"]["value"]["at_stake"] == 120_000
    assert cleaned.input["facts"]["client"]["id"] == "{client}"
    assert cleaned.input["facts"]["now"] == "2026-11-20T09:00:00Z"


def test_what_cannot_be_taken_out_is_named() -> None:
    client = world().clients[0]
    other = client.contacts[1].model_copy(update={"name": "Amount Number"})
    named = client.model_copy(update={"contacts": (other,)})
    assert RulingsCleaner().clean(changed_ruling(client, other, "call 123456789"), named, (), 2).left == "contact"


def test_a_text_about_a_candidate_that_names_somebody_is_told_so() -> None:
    client = world().clients[0]
    changed, cleaner = changed_ruling(client, client.contacts[0], "hello"), RulingsCleaner()
    assert cleaner.left_in(f"because {client.contacts[0].name} said so", changed, client, ()) == "contact"
    assert cleaner.left_in("because a lawyer writes", changed, client, ()) == ""


def test_hostile_texts_come_to_an_end() -> None:
    client = world().clients[0]
    for text in ("a" * 20_000, "a-" * 10_000, "1 " * 10_000, "a@" * 10_000, "1." * 10_000, "aB3_" * 5_000, ": " * 10_000, "de00 " * 4_000):
        cleaned = RulingsCleaner().clean(changed_ruling(client, client.contacts[0], f"{text} {client.name}"), client, (), 2)
        assert client.name not in cleaned.input["messages"][0]["text"]


@pytest.mark.parametrize("slip", ["Nortwhind", "Northwnd", "Norrthwind", "northvind", "NORTHWINDD"])
def test_a_name_with_a_slip_of_the_keyboard_is_found(slip: str) -> None:
    client = world().clients[0]
    cleaned = RulingsCleaner().clean(changed_ruling(client, client.contacts[0], f"we at {slip} wait"), client, (), 2)
    assert cleaned.input["messages"][0]["text"] == "we at {client} wait"


@pytest.mark.parametrize("good", ["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "FR1420041010050500013M02606"])
def test_the_checksum_of_an_account_tells_it(good: str) -> None:
    assert iban(good)
    assert not iban(good[:-1] + ("1" if good[-1] != "1" else "2"))


def test_the_checksum_of_a_card_tells_it() -> None:
    assert luhn("4111 1111 1111 1111")
    assert not luhn("4111 1111 1111 1112")
    assert not luhn("0000 0000 0000 0000")


@pytest.mark.parametrize(
    ("text", "kept"), [("1,234.56", "1200"), ("1.234,56", "1200"), ("999", "1000"), ("1 250 000", "1200000"), ("12", "12")]
)
def test_amounts_keep_two_significant_digits(text: str, kept: str) -> None:
    assert coarse(text) == kept
