"""What changed inside a changed line: the lines of a difference in pairs, and each line in pieces that changed or stayed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

WORD = re.compile(r"\w+|\s+|[^\w\s]")
ALIKE = 0.4
"""Lines that share less than this are two lines, not one that changed."""
LONGEST = 600
"""Words of a line that are looked at: the time grows with their square."""
MOST_LINES = 40
"""Lines of one change that are paired."""
Piece = tuple[str, bool]
"""Some text, and whether it changed."""


def pieces_of(gone: Sequence[str], added: Sequence[str]) -> tuple[list[tuple[Piece, ...]], list[tuple[Piece, ...]]]:
    """Lines that went and lines that came in their place, each in pieces; a line without a partner is one piece that stayed."""
    before: list[tuple[Piece, ...]] = [((line, False),) for line in gone]
    after: list[tuple[Piece, ...]] = [((line, False),) for line in added]
    if max(len(gone), len(added)) > MOST_LINES:
        return before, after
    start = 0
    for place, line in enumerate(gone):
        partner = _partner(line, added, start)
        if partner is not None:
            before[place], after[partner] = _marked(line, added[partner])
            start = partner + 1
    return before, after


def _partner(line: str, added: Sequence[str], start: int) -> int | None:
    """The line that is most like this one, from a place on."""
    words = WORD.findall(line)
    if len(words) > LONGEST:
        return None
    best, found = ALIKE, None
    matcher = SequenceMatcher(None, b=words, autojunk=False)
    for place in range(start, len(added)):
        others = WORD.findall(added[place])
        if len(others) > LONGEST:
            continue
        matcher.set_seq1(others)
        if matcher.real_quick_ratio() > best and matcher.quick_ratio() > best and (alike := matcher.ratio()) > best:
            best, found = alike, place
    return found


def _marked(gone: str, added: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    old, new = WORD.findall(gone), WORD.findall(added)
    before: list[Piece] = []
    after: list[Piece] = []
    for kind, low, high, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        before.append(("".join(old[low:high]), kind != "equal"))
        after.append(("".join(new[start:end]), kind != "equal"))
    return _joined(before), _joined(after)


def _joined(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Pieces without the empty ones; white space alone between two changes belongs to them."""
    found: list[Piece] = []
    kept = [piece for piece in pieces if piece[0]]
    for place, (text, changed) in enumerate(kept):
        bridged = not changed and not text.strip() and 0 < place < len(kept) - 1
        if found and found[-1][1] and (changed or bridged):
            found[-1] = (found[-1][0] + text, True)
        else:
            found.append((text, changed))
    return tuple(found)
