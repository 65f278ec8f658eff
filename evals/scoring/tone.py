"""How a reply speaks: in the client's language, politely, without blame, and without a word of what stays in the house."""

from __future__ import annotations

import re

from evals.scoring.language import likely_language

LONGEST, SHORTEST = 1_800, 40
GREETING = {
    "en": re.compile(r"^\W*(?:hello|hi|dear|good (?:morning|afternoon|evening)|thank)", re.IGNORECASE),
    "de": re.compile(r"^\W*(?:hallo|guten (?:tag|morgen|abend)|sehr geehrte|liebe|grüezi|vielen dank)", re.IGNORECASE),
    "fr": re.compile(r"^\W*(?:bonjour|bonsoir|madame|monsieur|cher|chère|merci)", re.IGNORECASE),
    "es": re.compile(r"^\W*(?:hola|buen(?:os|as)|estimad|querid|gracias)", re.IGNORECASE),
}
BLAME = re.compile(
    r"\byour (?:own )?(?:fault|mistake|negligence)\b|\byou should(?:n't| not)? have\b|\byou failed to\b"
    r"|\bas (?:i|we) (?:already )?(?:said|told you|explained)\b"
    r"|\byou (?:obviously|clearly) (?:did|have|don't|do not)\b|\bread the (?:manual|docs)\b"
    r"|\bihre? (?:eigene[rs]? )?(?:schuld|fehler)\b|\bhätten sie\b[^.!?]*\b(?:müssen|sollen)\b"
    r"|\bwie (?:bereits|schon) (?:gesagt|erklärt|mehrfach)"
    r"|\bvotre (?:faute|erreur|négligence)\b|\bvous auriez dû\b|\bcomme (?:je|nous) (?:l')?(?:ai|avons)? ?(?:déjà )?(?:dit|expliqué)"
    r"|\b(?:su|la) culpa (?:es|fue)?\s?(?:suya|de usted)\b|\bdebería haber\b|\bcomo ya (?:le )?(?:dije|dijimos|explicamos)\b",
    re.IGNORECASE,
)
FAMILIAR = {
    "de": re.compile(r"\b(?:du|dich|dir|dein(?:e[mnrs]?)?|euch|eure[mnrs]?)\b", re.IGNORECASE),
    "fr": re.compile(r"\b(?:tu|toi|ton|ta|tes)\b|\bt['’]", re.IGNORECASE),
    "es": re.compile(r"\b(?:tú|ti|contigo|tus|vosotros|vuestr[oa]s?)\b", re.IGNORECASE),
}
INTERNAL = re.compile(
    r"\b(?:our (?:internal )?polic(?:y|ies)|guardrail|envelope|at[- ]stake|churn|vip|(?:value|health|confidence) score|tier|router)\b"
    r"|\b(?:prompt|crm)\b"
    r"|\b(?:strategic|platinum) (?:tier|account)\b",
    re.IGNORECASE,
)
SHOUT = re.compile(r"\b[A-ZÄÖÜ]{4,}(?:\s+[A-ZÄÖÜ]{3,}){2,}\b|!{2,}|\?{2,}")
RUDE = re.compile(
    r"\b(?:stupid|idiot\w*|ridiculous|nonsense|annoying|hysterical|clueless|dumm\w*|unsinn|lächerlich\w*|stupide|ridicule|absurde"
    r"|tont[oa]|ridícul[oa]|absurd[oa])\b",
    re.IGNORECASE,
)


def tone_faults(text: str, language: str, given: str = "") -> list[str]:
    """What is wrong with how a reply speaks; `given` are the articles, whose words it may quote."""
    spoken = language if language in GREETING else "en"
    found: list[str] = []
    heard = likely_language(text)
    if heard is not None and heard != spoken:
        found.append(f"it is written in {heard} instead of {spoken}")
    if not GREETING[spoken].search(text):
        found.append("it does not greet in the client's language")
    quoted = given.lower()
    for fault, pattern in (
        ("blames the client", BLAME),
        ("is rude", RUDE),
        ("shouts", SHOUT),
        ("speaks of what stays in the house", INTERNAL),
    ):
        if any(match[0].lower() not in quoted for match in pattern.finditer(text)):
            found.append(f"it {fault}")
    if (familiar := FAMILIAR.get(spoken)) and familiar.search(text):
        found.append("it is familiar with the client")
    if not SHORTEST <= len(text) <= LONGEST:
        found.append(f"it has {len(text)} characters instead of {SHORTEST} to {LONGEST}")
    return found


def rude_words(text: str) -> list[str]:
    """Words in a note that no client should ever find in their file."""
    return sorted({match[0].lower() for match in RUDE.finditer(text)} | {match[0].lower() for match in BLAME.finditer(text)})
