"""A bundle says what it said when it was signed, by somebody who is trusted, or it is refused."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.errors import BundleRefused
from policies.bundle import Bundle, BundleContent, check_bundle, fingerprint_of, public_key_of, signed, trusted_of
from policies.engine import compile_policy
from policies.language.starter import starter

OURS, THEIRS, STRANGERS = (bytes([number]) * 32 for number in (1, 2, 3))
TRUSTED = {public_key_of(OURS): "this installation", public_key_of(THEIRS): "the US region"}
TEXT = starter("vip-support")


def content(**policy: Any) -> BundleContent:
    """What the US region exports."""
    return BundleContent.model_validate(
        {
            "format": "maitred-policy-bundle/1",
            "policy": {"name": "vip-support", "version": 7, "digest": compile_policy(TEXT).digest, "text": TEXT, **policy},
            "approvals": [
                {"actor": "person:ada", "roles": ["review_board"], "accepts": [], "reason": "Seen.", "at": "2026-11-20T08:00:00+00:00"}
            ],
            "provenance": {
                "author": "person:grace",
                "created_at": "2026-11-19T08:00:00+00:00",
                "submitted_at": None,
                "stage": "active",
                "reason": "",
            },
            "exported_at": "2026-11-21T08:00:00+00:00",
            "exported_by": "person:ada",
        }
    )


def sent(seed: bytes = THEIRS, **policy: Any) -> dict[str, Any]:
    """A signed bundle as plain JSON."""
    return signed(content(**policy), seed).model_dump(mode="json")


def refusal(document: dict[str, Any]) -> tuple[str, str]:
    """(pointer, sentence) of why a bundle is refused."""
    with pytest.raises(BundleRefused) as refused:
        check_bundle(Bundle.model_validate(document), TRUSTED)
    return refused.value.errors[0]


def test_a_bundle_of_a_trusted_signer_names_them_however_its_json_is_written() -> None:
    rewritten = json.loads(json.dumps(sent(), indent=3, sort_keys=True))
    signer = check_bundle(Bundle.model_validate(rewritten), TRUSTED)
    assert signer.name == "the US region"
    assert signer.fingerprint == fingerprint_of(public_key_of(THEIRS))


def test_an_unknown_signer_is_refused_with_the_fingerprint_to_compare() -> None:
    pointer, detail = refusal(sent(STRANGERS))
    assert pointer == "/signature/public_key"
    assert fingerprint_of(public_key_of(STRANGERS)) in detail
    assert "MAITRED_TRUSTED_KEYS" in detail


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "text": lambda bundle: bundle["policy"].update(text=TEXT.replace("> 500.0", "> 900000.0")),
    "a comment in the text": lambda bundle: bundle["policy"].update(text=TEXT + "# harmless?\n"),
    "version": lambda bundle: bundle["policy"].update(version=8),
    "an approval more": lambda bundle: bundle["approvals"].append({**bundle["approvals"][0], "actor": "person:eve"}),
    "an approval less": lambda bundle: bundle["approvals"].clear(),
    "author": lambda bundle: bundle["provenance"].update(author="person:eve"),
    "time": lambda bundle: bundle.update(exported_at="2026-11-21T08:00:01+00:00"),
    "signature": lambda bundle: bundle["signature"].update(value="A" + bundle["signature"]["value"][1:]),
    "somebody else's signature": lambda bundle: bundle["signature"].update(value=sent(OURS)["signature"]["value"]),
    "somebody else's key": lambda bundle: bundle["signature"].update(
        public_key=public_key_of(OURS), fingerprint=fingerprint_of(public_key_of(OURS))
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_is_changed_after_the_signature_is_noticed(change: str) -> None:
    document = sent()
    before = copy.deepcopy(document)
    CHANGES[change](document)
    assert document != before
    assert refusal(document)[0] == "/signature/value"


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(1, 255))
def test_no_byte_of_the_text_can_be_flipped(where: int, by: int) -> None:
    document = sent()
    raw = bytearray(document["policy"]["text"].encode())
    raw[where % len(raw)] ^= by
    document["policy"]["text"] = raw.decode("latin-1")
    assert refusal(document)[0] == "/signature/value"


def test_a_fingerprint_that_is_not_the_keys_is_refused() -> None:
    document = sent()
    document["signature"]["fingerprint"] = fingerprint_of(public_key_of(OURS))
    assert refusal(document)[0] == "/signature/fingerprint"


def test_a_signer_who_lies_about_the_digest_or_the_name_is_refused_although_trusted() -> None:
    assert refusal(sent(digest="sha256:" + "0" * 64))[0] == "/policy/digest"
    assert refusal(sent(name="other"))[0] == "/policy/name"


def test_a_signed_text_that_cannot_be_compiled_is_refused_with_the_reason() -> None:
    pointer, detail = refusal(sent(text="policy: vip-support\nfacts: v1\n"))
    assert pointer == "/policy/text"
    assert "`tiers` is missing" in detail


def drop(part: str) -> Callable[[dict[str, Any]], Any]:
    """A change that leaves a part out."""
    return lambda bundle: bundle.pop(part)


NO_BUNDLE: dict[str, Callable[[dict[str, Any]], Any]] = {
    "unsigned": drop("signature"),
    "a part left out": drop("approvals"),
    "a part more": lambda bundle: bundle.update(extra=1),
    "another format": lambda bundle: bundle.update(format="maitred-policy-bundle/2"),
    "coerced": lambda bundle: bundle["policy"].update(version="7"),
    "too large": lambda bundle: bundle["policy"].update(text="x" * (256 * 1024 + 1)),
    "no algorithm": lambda bundle: bundle["signature"].update(algorithm="none"),
    "no value": lambda bundle: bundle["signature"].update(value=""),
    "no key": lambda bundle: bundle["signature"].update(public_key="ed25519:AAAA"),
}


@pytest.mark.parametrize("change", NO_BUNDLE)
def test_what_is_no_bundle_is_refused_before_anything_is_looked_at(change: str) -> None:
    document = sent()
    NO_BUNDLE[change](document)
    with pytest.raises(ValidationError):
        Bundle.model_validate(document)


def test_trusted_keys_stand_one_a_line_with_a_name() -> None:
    ours, theirs = public_key_of(OURS), public_key_of(THEIRS)
    assert trusted_of(f"# keys\n\n{ours} EU region\n  {theirs}\n") == {ours: "EU region", theirs: fingerprint_of(theirs)}


@pytest.mark.parametrize("line", ["ssh-ed25519 AAAA", "ed25519:AAAA", "ed25519:" + "!" * 44, "EU ed25519:AAAA"])
def test_a_line_that_holds_no_key_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="line 2"):
        trusted_of(f"# keys\n{line}\n")
