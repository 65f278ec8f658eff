"""What was done to versions of a policy, in a sentence each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from console.speech import _, mark

Data = Mapping[str, Any]
POLICY_DEEDS = {
    "loaded": mark("Version %(version)s decides from the first start on."),
    "drafted": mark("Version %(version)s was drafted."),
    "imported": mark("Version %(version)s was imported."),
    "submitted": mark("Version %(version)s was put in review."),
    "approved": mark("Version %(version)s got an approval."),
    "rejected": mark("Version %(version)s was rejected."),
    "approvals_lapsed": mark("Version %(version)s lost its approvals."),
    "rollout_planned": mark("Version %(version)s is to be rolled out later."),
    "rollout_held": mark("Version %(version)s is held in its rollout."),
    "activated": mark("Version %(version)s decides for everybody."),
    "rolled_back": mark("Version %(version)s was taken back."),
    "refused": mark("Version %(version)s was refused by a worker."),
}
ROLLOUTS = {
    ("rollout_started", "shadow"): mark("Version %(version)s began as a shadow, which decides nothing."),
    ("rollout_started", "canary"): mark("Version %(version)s began as a canary for %(share)s %% of clients."),
    ("rollout_started", ""): mark("Version %(version)s began its rollout."),
    ("rollout_moved", "shadow"): mark("Version %(version)s went on as a shadow, which decides nothing."),
    ("rollout_moved", "canary"): mark("Version %(version)s went on as a canary for %(share)s %% of clients."),
    ("rollout_moved", ""): mark("Version %(version)s went on in its rollout."),
}
"""By how far it goes; an entry that does not say that is told without."""


def _deed(what: str) -> Callable[[Data], str]:
    def say(data: Data) -> str:
        return _(what, version=_version(data)) + quoted(data)

    return say


def _rollout(kind: str) -> Callable[[Data], str]:
    def say(data: Data) -> str:
        share = data.get("percent")
        stage = str(data.get("stage") or "")
        known = (kind, stage) in ROLLOUTS and (stage != "canary" or isinstance(share, int | float))
        what = ROLLOUTS[kind, stage if known else ""]
        return _(what, version=_version(data), share=f"{share:g}" if isinstance(share, int | float) else "") + quoted(data)

    return say


def quoted(data: Data) -> str:
    """The reason that was given, as it follows a sentence; nothing without one."""
    return f" “{data['reason']}”" if data.get("reason") else ""


def _version(data: Data) -> str:
    return data.get("policy", {}).get("version", "")


POLICY_SAYS: dict[str, Callable[[Data], str]] = {
    **{f"policy.{kind}": _deed(what) for kind, what in POLICY_DEEDS.items()},
    **{f"policy.{kind}": _rollout(kind) for kind in ("rollout_started", "rollout_moved")},
}
