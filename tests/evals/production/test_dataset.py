"""What people accepted becomes a dataset that is never changed, with a card and a suite."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from domain.errors import InvalidInput
from domain.eval_candidate import Candidate, CandidateStatus, Label
from evals import catalog
from evals.production.data_card import data_card
from evals.production.dataset import CARD, CASES, SUITE, Dataset, dataset_of, newest, read, write
from evals.production.near_duplicates import groups, likeness, near_duplicates, shingles
from evals.suites import rulings
from tests.evals.production.rulings import NOW

LONG = "Since Monday the export of our dashboards fails every night with the same message and nobody has told us why it does"


def candidate(number: int, text: str = "", **changes: Any) -> Candidate:
    proposal = {"mode": "ai", "pool": "eu-core", "confidence": 0.7, "rationale": ""}
    given: dict[str, Any] = {
        "id": f"evc_{number:03}",
        "case_id": f"case_{number}",
        "turn": 1,
        "review_id": f"rev_{number}",
        "region": "eu",
        "action": "edit",
        "ruled_by": "person:lead",
        "ruled_at": NOW + timedelta(days=number),
        "status": CandidateStatus.ACCEPTED,
        "input": {"messages": [{"text": text or f"{LONG} number {number} " * (1 + number % 3)}], "facts": {}, "proposal": proposal},
        "gold": {"mode": "human", "pool": "eu-senior", "action": "reply"},
        "slices": {"tier": "premium", "region": "eu", "language": "en" if number % 2 else "de", "channel": "email", "segment": "small"},
        "why": "A lawyer writes.",
        "method": "known values and patterns@1",
        "replaced": {"client": 1, "contact": number % 2},
        "decided_by": "person:Ada",
        "reason": "Right.",
        "collected_at": NOW,
        **changes,
    }
    return Candidate.model_validate(given)


def some(*numbers: int) -> list[Candidate]:
    return [candidate(number, f"matter {number}: {' '.join(f'word{number}{at}' for at in range(20))}") for number in numbers]


def test_only_accepted_candidates_become_cases_and_the_order_of_asking_leaves_no_trace() -> None:
    mixed = [*some(2, 1), candidate(3, status=CandidateStatus.REJECTED), candidate(4, status=CandidateStatus.PROPOSED)]
    one, other = dataset_of("2026.11", mixed), dataset_of("2026.11", mixed[::-1])
    assert [case.id for case in one.cases] == ["evc_001", "evc_002"]
    assert one.digest == other.digest
    assert one.cases[0].gold == {"mode": "human", "pool": "eu-senior", "action": "reply", "why": "A lawyer writes."}
    assert one.cases[0].dangerous
    assert one.cases[0].source == "ruling:2026-11"


def test_a_label_lies_over_the_ruling() -> None:
    label = Label(gold={"mode": "ai"}, slices={"theme": "export"}, dangerous="a leak", by="Ada")
    [case] = dataset_of("1", [candidate(1, label=label)]).cases
    assert (case.gold["mode"], case.slices["theme"], case.dangerous) == ("ai", "export", "a leak")
    [calm] = dataset_of("1", [candidate(1, gold={"mode": "ai", "pool": "eu-core"})]).cases
    assert calm.dangerous == ""


def test_near_duplicates_are_linked_and_share_a_group() -> None:
    texts = {"b": f"{LONG}!", "a": LONG, "c": LONG.replace("Monday", "Tuesday"), "d": "Where do I find last year's invoices?"}
    near = near_duplicates(texts)
    assert [link.id for link in near["a"]] == ["b", "c"]
    assert near["a"][0].likeness == 1.0
    assert near["d"] == ()
    assert groups(near) == {"a": "a", "b": "a", "c": "a", "d": "d"}
    cases = dataset_of("1", [candidate(1, LONG), candidate(2, LONG.upper()), *some(3)]).cases
    assert [case.group for case in cases] == ["evc_001", "evc_001", "evc_003"]


def test_signatures_miss_no_pair_that_is_near() -> None:
    words = [f"word{number}" for number in range(60)]
    texts = {f"t{at:02}": " ".join([*words[at % 5 :], f"end{at}"]) for at in range(40)}
    sets = {name: shingles(text) for name, text in texts.items()}
    wanted = {(one, other) for one in texts for other in texts if one < other and likeness(sets[one], sets[other]) >= 0.8}
    found = {(one, link.id) for one, links in near_duplicates(texts).items() for link in links if one < link.id}
    assert found == wanted != set()


def test_a_version_is_written_once_and_never_changed(tmp_path: Path) -> None:
    first = dataset_of("2026.11", some(1, 2))
    place = write(first, tmp_path, data_card(first, tmp_path))
    kept = {name: (place / name).read_bytes() for name in (CASES, CARD, SUITE)}
    assert write(first, tmp_path, "another card") == place
    with pytest.raises(InvalidInput, match="never changed"):
        write(dataset_of("2026.11", some(1)), tmp_path, "")
    assert {name: (place / name).read_bytes() for name in kept} == kept
    assert [case.digest for case in read(place)] == [case.digest for case in first.cases]


def test_the_card_says_what_changed_since_the_version_before(tmp_path: Path) -> None:
    for version, held in (("2026.9", some(1, 2)), ("2026.10", some(1, 3))):
        dataset = dataset_of(version, held)
        write(dataset, tmp_path, data_card(dataset, tmp_path))
    changed = [candidate(1, why="Another reason."), *some(3, 4)]
    last = dataset_of("2026.11", changed)
    card = data_card(last, tmp_path)
    assert "Since version 2026.10: cases added 1, gone 0, changed 1." in card
    assert "Changed: `evc_001`." in card
    assert "| ruled | 2026-11-21 to 2026-11-24 |" in card
    assert "| person:Ada | 3 | 0 |" in card
    assert "Replaced: client 3, contact 2." in card
    assert "proprietary: do not publish" in card
    assert data_card(last, tmp_path) == card
    place = newest(tmp_path)
    assert place is not None
    assert place.name == "2026.10"


@pytest.mark.parametrize("version", ["", "../x", ".hidden", "a b", "2026/11"])
def test_a_version_that_is_no_name_of_a_folder_is_refused(version: str) -> None:
    with pytest.raises(InvalidInput, match="A version is named"):
        dataset_of(version, some(1))


def test_nothing_accepted_is_nothing_to_export() -> None:
    with pytest.raises(InvalidInput, match="No candidate is accepted"):
        dataset_of("1", [candidate(1, status=CandidateStatus.PROPOSED)])


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="Cannot write"):
        write(Dataset("1", dataset_of("1", some(1)).cases, ()), tmp_path / "file", "")


def test_what_was_exported_is_a_suite_by_its_path(tmp_path: Path) -> None:
    dataset = dataset_of("2026.11", some(1, 2))
    place = write(dataset, tmp_path, "")
    suite = catalog.find(str(place / SUITE))
    assert [case.id for case in suite.cases(1)] == ["evc_001", "evc_002"]


def test_without_a_folder_the_suite_says_where_rulings_come_from(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="MAITRED_EVAL_RULINGS"):
        rulings.ruling_suite(None).cases(1)
    with pytest.raises(InvalidInput, match="holds no exported rulings"):
        rulings.ruling_suite(tmp_path).cases(1)


def test_the_file_of_cases_is_canonical(tmp_path: Path) -> None:
    place = write(dataset_of("1", some(2, 1)), tmp_path, "")
    lines = (place / CASES).read_bytes().splitlines()
    assert [orjson.loads(line)["id"] for line in lines] == ["evc_001", "evc_002"]
    assert all(orjson.dumps(orjson.loads(line), option=orjson.OPT_SORT_KEYS) == line for line in lines)
