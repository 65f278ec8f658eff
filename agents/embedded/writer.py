"""Templates for replies and handover notes: only gathered facts, each with its source."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from domain.about import ABOUT
from domain.facts import Intent

RELEVANT = 0.35
NEARLY_AS_GOOD = 0.1
"""How much worse an article may fit and be quoted for its language: past that it is about something else than what policy judged."""
NAME, NAME_WORDS = re.compile(r"[^\x00-\x1f:;!?\"“”„«»<>{}|`]{1,60}"), 8
HELLO = {"en": "Hello{name},", "de": "Guten Tag{name},", "fr": "Bonjour{name},", "es": "Hola{name}:"}
FOUND = {
    "en": "thank you for your message. This should help: {title}.",
    "de": "vielen Dank für Ihre Nachricht. Das sollte weiterhelfen: {title}.",
    "fr": "merci pour votre message. Voici ce qui devrait vous aider : {title}.",
    "es": "gracias por su mensaje. Esto debería ayudarle: {title}.",
}
ENGLISH = "en"
ONLY_IN_ENGLISH = {
    "de": "Diesen Artikel gibt es bisher nur auf Englisch:",
    "fr": "Cet article n'existe pour l'instant qu'en anglais :",
    "es": "Este artículo, por ahora, solo está en inglés:",
}
NOT_FOUND = {
    "en": "thank you for your message. We have it, and a colleague looks at it.",
    "de": "vielen Dank für Ihre Nachricht. Sie ist angekommen, und eine Kollegin oder ein Kollege sieht sie an.",
    "fr": "merci pour votre message. Nous l'avons bien reçu et un collègue l'examine.",
    "es": "gracias por su mensaje. Lo hemos recibido y un compañero lo está revisando.",
}
MORE = {
    "en": "If it does not, answer to this message and a person takes over.",
    "de": "Falls nicht, antworten Sie bitte auf diese Nachricht; dann übernimmt eine Person.",
    "fr": "Sinon, répondez à ce message et une personne prendra le relais.",
    "es": "Si no es así, responda a este mensaje y le atenderá una persona.",
}


def write_reply(inputs: dict[str, Any]) -> dict[str, Any]:
    """A reply that quotes the best article, in the client's language where one fits nearly as well, else in English."""
    language = inputs["language"] if inputs["language"] in HELLO else ENGLISH
    called = _named(inputs.get("name") or "", "")
    name = f" {called}" if called else ""
    best = _best(inputs["articles"], language)
    if best is None:
        return {"text": f"{HELLO[language].format(name=name)}\n\n{NOT_FOUND[language]}", "citations": []}
    lines = [HELLO[language].format(name=name), FOUND[language].format(title=best["title"])]
    if language != ENGLISH == _language(best):
        lines.append(ONLY_IN_ENGLISH[language])
    return {"text": "\n\n".join([*lines, best["body"], MORE[language]]), "citations": [best["id"]]}


def _best(articles: list[dict[str, Any]], language: str) -> dict[str, Any] | None:
    """The article to quote; None when none fits, or the one that does is in a language that the client may not read."""
    least = max([RELEVANT, *(article["score"] - NEARLY_AS_GOOD for article in articles)])
    fitting = [article for article in articles if article["score"] >= least and _language(article) in (language, ENGLISH)]
    return max(fitting, key=lambda article: (_language(article) == language, article["score"]), default=None)


def _language(article: dict[str, Any]) -> str:
    """An article's id ends with its language, unless it is English."""
    last = article["id"].rpartition("-")[2]
    return last if last in HELLO else ENGLISH


def write_handover(inputs: dict[str, Any]) -> dict[str, Any]:
    """A handover note in sections."""
    labels, who = inputs["labels"], inputs["who"]
    called = (who["contact_name"] if who else None) or inputs["sender_name"] or ""
    name = _named(called, "Somebody" if who else "An unknown sender")
    client = f" of {_named(who['client_name'], who['client_id'])} ({inputs['tier']})" if who else ""
    signals = f", with signs of {', '.join(signal.replace('_', ' ') for signal in labels['signals'])}" if labels["signals"] else ""
    summary = f"{name}{client} writes about {ABOUT[Intent(labels['intent'])]}, severity {labels['severity']} of 5{signals}."
    facts = inputs["facts"]
    sections = [
        ("The message", [_short(inputs["message"])]),
        ("What is known", [_cited(fact) for fact in facts if fact["source"] in ("crm", "telemetry")]),
        ("Earlier cases", [_cited(fact) for fact in facts if fact["source"] == "cases" and not fact["id"].endswith("/promise")]),
        ("Articles that may answer it", [_cited(fact) for fact in facts if fact["source"] == "knowledge"]),
        ("Promises", [_cited(fact) for fact in facts if fact["id"].endswith("/promise")] or ["None that are open."]),
        (
            "What was tried",
            [f"Earlier in this conversation: {_short(text)}" for text in inputs["thread"]] or ["Nothing yet; this is the first message."],
        ),
        ("Open questions", _open_questions(inputs)),
        ("Why you", [guard["because"] for guard in inputs["guards"]] or [f"The router chose {inputs['route']['pool']}."]),
        ("Time left", [_due(inputs["sla"])]),
    ]
    shown = [{"title": title, "lines": lines} for title, lines in sections if lines]
    return {"summary": summary, "sections": shown, "citations": [fact["id"] for fact in facts]}


def _open_questions(inputs: dict[str, Any]) -> list[str]:
    questions = [f"{tool} did not answer: what does it say?" for tool in inputs["missing"]]
    if not inputs["who"]:
        questions.append("Who is the sender? No client matched.")
    if inputs["labels"]["confidence"] < 0.5:
        questions.append("What exactly is wanted? Triage was not sure.")
    return questions or ["None that the facts show."]


def _named(name: str, instead: str) -> str:
    """A name that reads like one: whoever can write a record, or calls himself what he likes, must not speak to a lead through it."""
    return name if NAME.fullmatch(name) and len(name.split()) <= NAME_WORDS else instead


def _cited(fact: dict[str, Any]) -> str:
    return f"{fact['text']} [{fact['id']}, {_age(fact['age_s'])} old]"


def _age(seconds: int) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _short(text: str, most: int = 400) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _due(sla: dict[str, Any]) -> str:
    ack, resolve = (datetime.fromisoformat(sla[name]) for name in ("ack_due_at", "resolve_due_at"))
    return f"First response by {ack:%Y-%m-%d %H:%M} UTC, solution by {resolve:%Y-%m-%d %H:%M} UTC."
