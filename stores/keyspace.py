"""Names of keys in Redis: everything of a case carries the same `{case}` hash tag, so that a cluster keeps it in one slot."""

from __future__ import annotations

PREFIX = "maitred:"


def lease_key(case_id: str) -> str:
    """Who works the case: the token of the lease."""
    return f"{PREFIX}{{{case_id}}}:lease"


def fence_key(case_id: str) -> str:
    """The last token given out."""
    return f"{PREFIX}{{{case_id}}}:fence"


def namespaces_key(thread_id: str) -> str:
    """The checkpoint namespaces of a thread."""
    return f"{PREFIX}{{{thread_id}}}:ns"


def checkpoints_key(thread_id: str, namespace: str) -> str:
    """The checkpoints of one namespace; `:w:<checkpoint id>` behind it holds pending writes."""
    return f"{PREFIX}{{{thread_id}}}:cp:{namespace}"
