"""The tree over the ledger proves what is in it, and nothing else."""

from __future__ import annotations

import hashlib

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.merkle import Growth, consistency_spans, hash_of, inclusion_spans, is_consistent, leaf_hash, node_hash, root_from, root_of

LEAVES = [b"", b"\x00", b"\x10", b"\x20\x21", b"\x30\x31", b"\x40\x41\x42\x43", bytes(range(0x50, 0x58)), bytes(range(0x60, 0x70))]
"""The test leaves of Certificate Transparency's reference implementation."""
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def grown(leaves: list[bytes]) -> tuple[Growth, dict[tuple[int, int], bytes]]:
    """A tree, and every complete subtree of it."""
    tree = Growth(0, {})
    hashes = [leaf_hash(leaf) for leaf in leaves]
    nodes = {(0, place): hashed for place, hashed in enumerate(hashes)}
    nodes |= tree.add(hashes)
    return tree, nodes


def by_definition(leaves: list[bytes]) -> bytes:
    """The root as RFC 9162 writes it down."""
    if len(leaves) < 2:
        return leaf_hash(leaves[0]) if leaves else hashlib.sha256().digest()
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(by_definition(leaves[:middle]), by_definition(leaves[middle:]))


def test_the_roots_are_those_of_certificate_transparency() -> None:
    for size, root in ROOTS.items():
        assert root_of(LEAVES[:size]).hex() == root


@given(st.lists(st.binary(max_size=3), max_size=40))
@settings(max_examples=40, deadline=None)
def test_the_root_is_the_one_of_the_definition(leaves: list[bytes]) -> None:
    assert root_of(leaves) == by_definition(leaves)


@given(st.integers(1, 70).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1))))
@settings(max_examples=60, deadline=None)
def test_a_proof_leads_from_its_leaf_to_the_root_and_from_no_other(case: tuple[int, int]) -> None:
    size, position = case
    leaves = [str(number).encode() for number in range(size)]
    tree, nodes = grown(leaves)
    path = [hash_of(span, nodes) for span in inclusion_spans(position, size)]
    assert root_from(position, size, leaf_hash(leaves[position]), path) == tree.root
    assert root_from(position, size, leaf_hash(b"another"), path) != tree.root
    assert root_from(position, size, leaf_hash(leaves[position]), [*path, tree.root]) != tree.root
    assert root_from(size, size, leaf_hash(leaves[position]), path) is None
    for place in range(len(path)):
        bent = [*path[:place], leaf_hash(path[place]), *path[place + 1 :]]
        assert root_from(position, size, leaf_hash(leaves[position]), bent) != tree.root


@given(st.integers(1, 70).flatmap(lambda size: st.tuples(st.just(size), st.integers(1, size))))
@settings(max_examples=60, deadline=None)
def test_a_tree_that_grew_begins_with_what_it_was(case: tuple[int, int]) -> None:
    size, earlier = case
    leaves = [str(number).encode() for number in range(size)]
    tree, nodes = grown(leaves)
    before = root_of(leaves[:earlier])
    path = [hash_of(span, nodes) for span in consistency_spans(earlier, size)]
    assert is_consistent(earlier, size, before, tree.root, path)
    assert not is_consistent(earlier, size, leaf_hash(b"other"), tree.root, path)
    assert not is_consistent(earlier, size, before, leaf_hash(b"other"), path)


def test_a_tree_that_is_continued_is_the_one_that_was_built_at_once() -> None:
    tree, nodes = grown(LEAVES[:3])
    later = Growth(3, {place: nodes[place] for place in ((1, 0), (0, 2))})
    later.add(leaf_hash(leaf) for leaf in LEAVES[3:])
    assert tree.size == 3
    assert later.root.hex() == ROOTS[8]
