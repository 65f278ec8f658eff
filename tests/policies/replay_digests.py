"""Judges inputs by every version in a folder and prints a digest of the verdicts' bytes a block: what a test runs in other processes.

`python replay_digests.py FOLDER (forward|backward)`; the folder has `inputs.jsonl` and texts `<number>.yaml`. It needs the engine alone.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import orjson

from domain.canonical import canonical_json
from domain.decision import Proposal
from domain.facts import Facts
from policies.engine import CompiledPolicy, compile_policy

BLOCK = 500


def versions(folder: Path) -> list[CompiledPolicy]:
    """The texts of a folder, compiled."""
    return [compile_policy(path.read_text(encoding="utf-8"), version=int(path.stem)) for path in sorted(folder.glob("*.yaml"))]


def digests(policy: CompiledPolicy, inputs: list[dict[str, Any]], *, backward: bool) -> dict[int, str]:
    """Block to the digest of its verdicts' bytes. The order of judging must not matter; that of digesting is the inputs'."""
    found: dict[int, str] = {}
    blocks = list(range(0, len(inputs), BLOCK))
    for first in reversed(blocks) if backward else blocks:
        block = list(enumerate(inputs[first : first + BLOCK]))
        verdicts = {number: _bytes(policy, one) for number, one in (reversed(block) if backward else block)}
        digest = hashlib.sha256()
        for number in range(len(block)):
            digest.update(verdicts[number])
        found[first // BLOCK] = digest.hexdigest()
    return found


def _bytes(policy: CompiledPolicy, one: dict[str, Any]) -> bytes:
    proposal = Proposal.model_validate(one["proposal"]) if one["proposal"] else None
    return canonical_json(policy.evaluate(Facts.model_validate(one["facts"]), proposal).model_dump(mode="json"))


def main() -> None:
    """Print `version block digest` a line, and last the number of replays."""
    folder, backward = Path(sys.argv[1]), sys.argv[2] == "backward"
    with (folder / "inputs.jsonl").open("rb") as lines:
        inputs = [orjson.loads(line) for line in lines]
    policies = versions(folder)
    for policy in reversed(policies) if backward else policies:
        for block, digest in sorted(digests(policy, inputs, backward=backward).items()):
            print(policy.ref.version, block, digest)
    print("replays", len(policies), len(inputs))


if __name__ == "__main__":
    main()
