"""The card of a dataset: what it is, where it comes from, who accepted it, and what risk is left in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from domain.eval_candidate import Candidate
from evals.case import EvalCase
from evals.production.dataset import LICENCE, Dataset, newest, read

LICENCES = {LICENCE: "proprietary: do not publish"}
TELLING = ("tier", "region", "language", "channel", "segment")
"""Slices that together may tell a client to somebody who knows the clients."""


def data_card(dataset: Dataset, folder: Path) -> str:
    """The card in Markdown; the same dataset in the same folder gives the same card."""
    parts = [
        f"# Rulings, version {dataset.version}",
        _what(dataset),
        "## Cases by slice",
        _slices(dataset.cases),
        "## Who ruled, and who accepted",
        _people(dataset.candidates),
        "## De-identification",
        _method(dataset),
        "## Changes",
        _changes(dataset, folder),
    ]
    return "\n\n".join(parts) + "\n"


def _what(dataset: Dataset) -> str:
    ruled = sorted(one.ruled_at for one in dataset.candidates)
    licence = sorted({LICENCES.get(one.licence, one.licence) for one in dataset.cases})
    alike = len(dataset.cases) - len({one.group for one in dataset.cases})
    rows = {
        "what": "cases that a lead decided otherwise than was proposed; the gold is the route that was taken after the ruling",
        "cases": str(len(dataset.cases)),
        "nearly the same as another case": f"{alike}, which share a `group` and count as one in every interval",
        "ruled": f"{ruled[0]:%Y-%m-%d} to {ruled[-1]:%Y-%m-%d}",
        "licence": ", ".join(licence),
        "digest": f"`{dataset.digest}`",
    }
    bias = (
        "Only what a person looked at can be here, so shares in it are not shares of all traffic: it says where proposals went wrong, not "
        "how often. A ruling is one person's word; the reason stands in `gold.why`."
    )
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items()), "", bias])


def _slices(cases: Sequence[EvalCase]) -> str:
    names = sorted({name for one in cases for name in one.slices})
    lines = ["| slice | cases |", "|---|---|"]
    for name in names:
        counts = Counter(one.slices.get(name, "") or "unknown" for one in cases)
        lines.append(f"| {name} | {', '.join(f'{value} {count}' for value, count in sorted(counts.items(), key=_most))} |")
    return "\n".join(lines)


def _people(candidates: Sequence[Candidate]) -> str:
    lines = ["| accepted by | cases | of them ruled by the same person |", "|---|---|---|"]
    for name, count in _counted(one.decided_by or "" for one in candidates):
        own = sum(one.decided_by == name and one.ruled_by == name for one in candidates)
        lines.append(f"| {name} | {count} | {own} |")
    rulers = len({one.ruled_by for one in candidates})
    actions = ", ".join(f"{action} {count}" for action, count in _counted(one.action for one in candidates))
    labelled = sum(one.label is not None for one in candidates)
    return "\n".join([*lines, "", f"People who ruled: {rulers} ({actions}). Cases that were labelled beyond the ruling: {labelled}."])


def _method(dataset: Dataset) -> str:
    replaced: Counter[str] = Counter()
    for one in dataset.candidates:
        replaced.update(one.replaced)
    methods = ", ".join(sorted({one.method for one in dataset.candidates}))
    counted = ", ".join(f"{kind} {count}" for kind, count in sorted(replaced.items(), key=_most)) or "nothing"
    alone = Counter(tuple(one.slices.get(name, "") for name in TELLING) for one in dataset.cases)
    unique = sum(count == 1 for count in alone.values())
    risk = (
        "What is left: a person or company that the client's own CRM record does not name and that no pattern shows (a colleague's first "
        "name in the middle of a sentence), names that are badly misspelt, events that only one client had, and the writer's style. "
        f"{unique} of {len(dataset.cases)} are the only case of their {', '.join(TELLING)}: who knows the clients may guess them. "
        "Whoever accepted a case read it. That makes these data pseudonymous, not anonymous: treat them as the law treats personal data."
    )
    return "\n\n".join(
        [
            f"Method: {methods}. Values known from the case's own CRM record, sender and facts first (exact, folded, inflected, in any "
            "layout), then e-mail, telephone, account, card, IP and web addresses, secrets, long numbers, signatures; amounts keep as few "
            "digits as policy needs to say the same; times are cut to the hour. A check afterwards held back what was not clean.",
            f"Replaced: {counted}.",
            risk,
        ]
    )


def _changes(dataset: Dataset, folder: Path) -> str:
    before = newest(folder, dataset.version)
    if before is None:
        return "This is the first version."
    old, new = {one.id: one for one in read(before)}, {one.id: one for one in dataset.cases}
    added, gone = sorted(new.keys() - old.keys()), sorted(old.keys() - new.keys())
    changed = sorted(name for name in new.keys() & old.keys() if new[name].digest != old[name].digest)
    lines = [f"Since version {before.name}: cases added {len(added)}, gone {len(gone)}, changed {len(changed)}."]
    for what, names in (("Gone", gone), ("Changed", changed)):
        lines += [f"{what}: {', '.join(f'`{name}`' for name in names)}."] if names else []
    return "\n\n".join(lines)


def _counted(values: Iterable[str]) -> list[tuple[str, int]]:
    return sorted(Counter(values).items(), key=_most)


def _most(counted: tuple[str, int]) -> tuple[int, str]:
    return -counted[1], counted[0]
