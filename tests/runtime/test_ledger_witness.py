"""What was signed last is kept in the home, grows only, and is in nobody's way where it cannot be kept."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.ledger_standing import Signed
from runtime.ledger_key import LedgerKey
from runtime.ledger_witness import HomeWitness

NOW, KEY = datetime(2026, 11, 23, 8, tzinfo=UTC), LedgerKey(bytes(range(32)))


def test_the_largest_tree_that_was_seen_is_remembered(tmp_path: Path) -> None:
    witness = HomeWitness(tmp_path)
    assert witness.last() is None
    for size in (3, 9, 5):
        witness.saw(KEY.checkpoint(size, bytes([size] * 32), NOW))
    assert HomeWitness(tmp_path).last() == Signed(size=9, root=b"\x09" * 32)
    assert [path.name for path in tmp_path.iterdir()] == ["ledger_signed"]
    witness.set_aside()
    witness.set_aside()
    assert witness.last() is None
    assert [path.name for path in tmp_path.iterdir()] == ["ledger_signed.before"]


@pytest.mark.parametrize("kept", [b"", b"\xff\xfe", b"maitred-ledger\n-1\nAAAA\n\n", b"nothing of the kind"])
def test_a_file_that_says_nothing_is_no_witness(tmp_path: Path, kept: bytes) -> None:
    (tmp_path / "ledger_signed").write_bytes(kept)
    assert HomeWitness(tmp_path).last() is None
    HomeWitness(tmp_path).saw(KEY.checkpoint(1, bytes(32), NOW))
    assert HomeWitness(tmp_path).last() == Signed(size=1, root=bytes(32))


def test_where_nothing_can_be_written_nothing_is_remembered(tmp_path: Path) -> None:
    witness = HomeWitness(tmp_path / "no such home")
    witness.saw(KEY.checkpoint(1, bytes(32), NOW))
    assert witness.last() is None
