"""The Merkle tree over the ledger (RFC 9162, section 2.1): what a proof holds, and how whoever doubts us checks it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

Place = tuple[int, int]
"""(level, position) of a complete subtree: level 0 holds the leaves, level n subtrees of 2**n of them."""
Span = tuple[int, int]
"""(first leaf, leaf after the last one)."""
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Hash of a leaf; the prefix keeps it apart from every inner node."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of two subtrees beside each other."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def complete_parts(span: Span) -> list[Place]:
    """The complete subtrees that a span of leaves is made of, left to right; the span begins where the largest of them may."""
    begin, end = span
    parts: list[Place] = []
    while begin < end:
        level = min((begin & -begin).bit_length() - 1 if begin else 64, (end - begin).bit_length() - 1)
        parts.append((level, begin >> level))
        begin += 1 << level
    return parts


def hash_of(span: Span, nodes: Mapping[Place, bytes]) -> bytes:
    """Hash of a span from its complete subtrees. Raises KeyError for one that is not at hand."""
    parts = [nodes[place] for place in complete_parts(span)]
    if not parts:
        return EMPTY_ROOT
    folded = parts.pop()
    while parts:
        folded = node_hash(parts.pop(), folded)
    return folded


def inclusion_spans(position: int, size: int) -> list[Span]:
    """What a proof that a leaf is in the tree of `size` leaves holds, from the leaf upwards."""
    begin, end = 0, size
    spans: list[Span] = []
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if position < middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((begin, middle))
            begin = middle
    return spans[::-1]


def consistency_spans(earlier: int, size: int) -> list[Span]:
    """What a proof that the tree of `size` leaves begins with the one of `earlier` leaves holds."""
    if not 0 < earlier < size:
        return []
    begin, end, whole = 0, size, True
    spans: list[Span] = []
    while earlier != end:
        middle = begin + _split(end - begin)
        if earlier <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((begin, middle))
            begin, whole = middle, False
    return ([] if whole else [(begin, end)]) + spans[::-1]


def root_from(position: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes | None:
    """The root that a leaf and its path lead to (RFC 9162, 2.1.3.2); None for a path of the wrong length."""
    if not 0 <= position < size:
        return None
    here, last, root = position, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if here & 1 or here == last:
            root = node_hash(sibling, root)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        here, last = here >> 1, last >> 1
    return root if last == 0 else None


def is_consistent(earlier: int, size: int, earlier_root: bytes, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether a path shows that the larger tree begins with the smaller one (RFC 9162, 2.1.4.2)."""
    if earlier == size:
        return not path and earlier_root == root
    if not 0 < earlier < size or not path:
        return False
    rest = [earlier_root, *path] if earlier & (earlier - 1) == 0 else list(path)
    here, last = earlier - 1, size - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = rest[0]
    for sibling in rest[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and old == earlier_root and new == root


@dataclass
class Growth:
    """A tree to which leaves are added."""

    size: int
    edge: dict[Place, bytes]
    """The complete subtrees that the tree is made of now."""

    def add(self, leaves: Iterable[bytes]) -> dict[Place, bytes]:
        """Add leaves and return every complete subtree above them that came about."""
        made: dict[Place, bytes] = {}
        for leaf in leaves:
            level, position, hashed = 0, self.size, leaf
            while position & 1:
                hashed = node_hash(self.edge.pop((level, position - 1)), hashed)
                level, position = level + 1, position >> 1
                made[level, position] = hashed
            self.edge[level, position] = hashed
            self.size += 1
        return made

    @property
    def root(self) -> bytes:
        """The root over all leaves."""
        return hash_of((0, self.size), self.edge)


def root_of(leaves: Sequence[bytes], hashed: Callable[[bytes], bytes] = leaf_hash) -> bytes:
    """The root over some leaves, computed anew."""
    grown = Growth(0, {})
    grown.add(hashed(leaf) for leaf in leaves)
    return grown.root


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1
