"""Tiny sets in the format of the published ones, written here: nothing of those is in this repository."""

from __future__ import annotations

import json
from pathlib import Path

CARDS = (
    "Where is my card?",
    "My card has not arrived.",
    "When does the new card come?",
    "I still wait for my card.",
    "Has my card been posted?",
    "The card is not here yet.",
)
FEES = (
    "Why was I charged a fee?",
    "What is this fee for?",
    "A fee was taken from my account.",
    "The fee for the transfer is wrong.",
    "You charged a fee twice.",
    "I do not understand this fee.",
)
STRANGE = ("Who won the match yesterday?", "How tall is the tower?", "Sing me a song.", "What does an otter eat?")


def banking77(folder: Path) -> Path:
    """Two intents with ten training texts each, and four to be read."""
    folder.mkdir()
    rows = [
        f'"{text} {ending}",{intent}'
        for intent, texts in (("card_arrival", CARDS), ("fee", FEES))
        for text in texts
        for ending in ("", "Please help.")
    ]
    (folder / "train.csv").write_text("\n".join(["text,category", *rows]) + "\n", encoding="utf-8")
    test = [
        "text,category",
        '"Is my card on its way, or not?",card_arrival',
        "Which fee is this?,fee",
        "My card is late.,card_arrival",
        "Fee again?,fee",
    ]
    (folder / "test_dev.csv").write_text("\n".join(test) + "\n", encoding="utf-8")
    return folder


def clinc150(folder: Path) -> Path:
    """Two intents and what belongs to neither."""
    folder.mkdir()
    known = [[text, "card"] for text in CARDS] + [[text, "fee"] for text in FEES]
    parts = {
        "train": known,
        "oos_train": [[text, "oos"] for text in STRANGE[:2]],
        "val": [["Card, where are you?", "card"], ["This fee?", "fee"]],
        "test": [["My card is not here.", "card"], ["A strange fee.", "fee"], ["Is the card sent?", "card"]],
        "oos_test": [[text, "oos"] for text in STRANGE[2:]],
    }
    (folder / "data.json").write_text(json.dumps(parts), encoding="utf-8")
    return folder


def tau2(folder: Path) -> Path:
    """Three documents, and two tasks of which one ends with a person."""
    for part in ("documents", "tasks"):
        (folder / part).mkdir(parents=True)
    articles = {
        "fees": "Fees of the Purple Account are free at our own machines.",
        "email": "To change an e-mail, verify the customer.",
        "loan": "Loans.",
    }
    for name, content in articles.items():
        document = {"id": f"doc_{name}", "title": f"Internal: {name}", "content": content}
        (folder / "documents" / f"doc_{name}.json").write_text(json.dumps(document), encoding="utf-8")
    scripts = {
        "task_1": ('You say: "Why did the Purple Account take fees at a machine?"', ["doc_fees"], "apply_credit"),
        "task_2": (
            "You want to change your e-mail. I would like to speak with a person, please.",
            ["doc_email"],
            "transfer_to_human_agents",
        ),
    }
    for name, (script, needed, action) in scripts.items():
        task = {
            "id": name,
            "user_scenario": {"instructions": script},
            "evaluation_criteria": {"actions": [{"name": action}]},
            "required_documents": needed,
        }
        (folder / "tasks" / f"{name}.json").write_text(json.dumps(task), encoding="utf-8")
    return folder


def cdnow(folder: Path) -> Path:
    """Customers of BG/NBD's kind, from the parameters of the paper's own example upwards."""
    folder.mkdir()
    rows = [f"{number},{number % 5},{(number % 5) * 6.5 + number % 3 if number % 5 else 0},{38.0 - number % 7}" for number in range(1, 61)]
    (folder / "cdnow_customers_summary.csv").write_text("\n".join(["ID,frequency,recency,T", *rows]) + "\n", encoding="utf-8")
    return folder
