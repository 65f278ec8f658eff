"""Names of keys in Redis: everything of a case carries the same `{case}` hash tag, so that a cluster keeps it in one slot.

Ids are percent-encoded where they could be mistaken for a part of the name: `{`, `}`, `:` or a pattern of SCAN.
"""

from __future__ import annotations

from urllib.parse import quote, unquote

PREFIX = "maitred:"
NAMESPACES = "}:ns"
EVERY_NAMESPACES_KEY = f"{PREFIX}{{*{NAMESPACES}"
EMPTY = "%"


def lease_key(case_id: str) -> str:
    """Who works the case: the token of the lease."""
    return f"{_tagged(case_id)}:lease"


def fence_key(case_id: str) -> str:
    """The last token given out, and to whose request."""
    return f"{_tagged(case_id)}:fence"


def namespaces_key(thread_id: str) -> str:
    """The checkpoint namespaces of a thread."""
    return f"{_tagged(thread_id)}:ns"


def thread_of(namespaces_key: str) -> str:
    """The thread behind the key of its namespaces."""
    tag = namespaces_key[len(PREFIX) + 1 : -len(NAMESPACES)]
    return "" if tag == EMPTY else unquote(tag, errors="surrogatepass")


def checkpoints_key(thread_id: str, namespace: str) -> str:
    """The checkpoints of one namespace; the scripts put `:w:<checkpoint id>` behind it for pending writes."""
    return f"{_tagged(thread_id)}:cp:{_plain(namespace)}"


def writes_key(thread_id: str, namespace: str, checkpoint_id: str) -> str:
    """The pending writes of one checkpoint."""
    return f"{checkpoints_key(thread_id, namespace)}:w:{checkpoint_id}"


def _tagged(case_id: str) -> str:
    """A tag may not be empty, since Redis Cluster would then look at the whole key."""
    return f"{PREFIX}{{{_plain(case_id) or EMPTY}}}"


def _plain(word: str) -> str:
    """Our own ids are letters, digits and underscores: they stay as they are, and are not looked at letter by letter."""
    return word if word.isascii() and word.replace("_", "").isalnum() else quote(word, safe="", errors="surrogatepass")
