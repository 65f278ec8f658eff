"""A message is looked at as a whole and in parts, and what calibrates the model had not seen the text nor one like it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.embedded.calibration import DANGEROUS, NEEDLESS_AIM, SIGNALS, calibrated, danger_chance, danger_evidence, signal_chances
from agents.embedded.looks import looks_at, whole_and_part
from agents.embedded.sentences import sentence_vectors
from agents.embedded.texts import labelled
from agents.embedded.training import learn
from domain.facts import Intent
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


def test_what_a_text_scores_left_out_knows_nothing_of_its_own_label_nor_of_one_like_it() -> None:
    texts = [one.text for one in labelled("train")[:120]]
    pair = [*texts, LONG, LONG.replace("nightly", "daily")]
    wanted = np.where(np.arange(len(pair)) % 3 == 0, 1.0, -1.0)[:, None]
    turned = wanted.copy()
    turned[-2:] *= -1
    told, lied = (learn(pair, {"signal": one}, sentence_vectors(MODELS)).heads["signal"].left_out for one in (wanted, turned))
    by_the_middle = abs(wanted.mean() - turned.mean())
    assert abs(told[-2:] - lied[-2:]).max() == pytest.approx(by_the_middle, abs=1e-4)
    assert abs(told[:-2] - lied[:-2]).max() > 3 * by_the_middle


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
