"""A message is looked at as a whole and in parts, and what calibrates the model had not seen the text nor one like it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.embedded.calibration import DANGER, DANGEROUS, NEEDLESS_AIM, SIGNALS, calibrated, danger_chance, danger_evidence, signal_chances
from agents.embedded.joined import Joined, joined
from agents.embedded.looks import looks_at, whole_and_part
from agents.embedded.normal import hiding_places
from agents.embedded.sentences import sentence_vectors
from agents.embedded.texts import labelled
from agents.embedded.training import learn
from domain.facts import Intent, Signal
from tests.service import MODELS

LONG = "The nightly export stops halfway. We will see you in court over this. Otherwise my colleagues like the new charts."
HEADS = {"intent": len(Intent), "danger": 1, "signal": len(SIGNALS)}


def test_there_is_a_look_at_the_whole_and_one_at_each_part() -> None:
    looks = looks_at(LONG, sentence_vectors(MODELS))
    assert (len(looks.features), looks.vectors.shape) == (4, (4, 512))
    assert (len(looks.whole.features), looks.whole.vectors.shape) == (1, (1, 512))
    short = looks_at("We will see you in court over this.", sentence_vectors(MODELS))
    assert len(short.features) == len(short.vectors) == 1
    assert short.vectors[0] @ looks.vectors[2] == pytest.approx(1.0, abs=1e-3)


def test_a_part_is_told_by_the_highest_score_of_each_column() -> None:
    scores = np.array([[0.0, 5.0], [1.0, 2.0], [3.0, -1.0]])
    assert whole_and_part(scores).tolist() == [[0.0, 5.0], [3.0, 2.0]]
    assert whole_and_part(scores[:1]).tolist() == [[0.0, 5.0], [0.0, 5.0]]


def left_out(texts: list[str], wanted: NDArray[Any], others: list[Joined]) -> NDArray[Any]:
    """What texts and joined ones score in one column, left out."""
    return learn(texts, {"signal": wanted[:, None]}, sentence_vectors(MODELS), left_out_with=others).left_out["signal"]


def test_what_a_text_scores_left_out_knows_nothing_of_its_own_label_nor_of_one_like_it() -> None:
    texts = [*(one.text for one in labelled("train")[:120]), LONG, LONG.replace("nightly", "daily")]
    other = Joined(f"{texts[0]} {LONG}", (0, 120), frozenset())
    wanted = np.where(np.arange(len(texts)) % 3 == 0, 1.0, -1.0)
    wanted[-2:] = 1.0
    turned = wanted.copy()
    turned[-2:] = -1.0
    told, lied = left_out(texts, wanted, [other]), left_out(texts, turned, [other])
    by_the_middle = wanted.mean() - turned.mean()
    assert abs(told[-3:] - lied[-3:]).max() <= by_the_middle  # the pair, and what holds one of it
    assert abs(told[:-3] - lied[:-3]).max() > 3 * by_the_middle


def test_joined_messages_are_always_the_same_in_one_language_and_hold_one_danger_at_most() -> None:
    examples = labelled("train")
    found = joined(examples, 200)
    assert found == joined(examples, 200)
    for one in found:
        parts = [examples[part] for part in one.of]
        assert len(parts) == len(set(one.of)) in (2, 3)
        assert len({part.language for part in parts}) == 1
        assert sum(bool(part.signals & set(DANGER)) for part in parts) <= 1
        assert one.signals == frozenset[Signal]().union(*(part.signals for part in parts))
        assert all(part.text.rstrip() in one.text for part in parts)
    assert 60 < sum(bool(one.signals & set(DANGER)) for one in found) < 120


@pytest.mark.parametrize("filler", ["\n", " ", "\t", "#", "![", "![a](http://a", "display", '"role"', "system", "<", "A"])
def test_no_text_makes_the_search_for_hidden_words_slow(filler: str) -> None:
    assert hiding_places(f"hi{filler * 30_000}x") <= 1 + 30_000  # it ends: a search that looks back would take hours


def drawn(texts: int) -> tuple[dict[str, NDArray[Any]], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Scores of texts, how many looks there are, intents and truth; in the first half a danger shows, in a part alone."""
    chance = np.random.default_rng(7)
    truth = np.zeros((texts, len(SIGNALS)), dtype=bool)
    truth[: texts // 2, DANGEROUS[0]] = True
    scores = {head: chance.normal(-1.0, 0.4, (texts, 2, columns)) for head, columns in HEADS.items()}
    scores["signal"][: texts // 2, 1, DANGEROUS[0]] += 2.0
    scores["danger"][: texts // 2, 1] += 1.5
    return scores, chance.integers(1, 9, texts), chance.integers(0, len(Intent), texts), truth


def test_a_danger_that_shows_in_one_part_counts_and_the_aimed_share_of_harmless_texts_is_escalated() -> None:
    scores, looks, intents, truth = drawn(600)
    model = calibrated(scores, looks, intents, truth)
    chances = signal_chances(scores["signal"], model["signal_mix"])
    danger = danger_chance(danger_evidence(chances, scores["danger"], looks), model["danger_mix"])
    up = danger >= model["danger_threshold"][0]
    assert up[300:].mean() == pytest.approx(NEEDLESS_AIM, abs=0.01)
    assert up[:300].mean() >= 0.95
    assert chances[:300, DANGEROUS[0]].mean() > 0.9 > 0.1 > chances[300:, DANGEROUS[0]].mean()
