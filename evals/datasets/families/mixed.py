"""Mixed languages: one message in two, with the matter in either of them, or a danger in the one that is less of it."""

from __future__ import annotations

from collections.abc import Iterator

from evals.case import EvalCase
from evals.datasets.families.scene import CHANNELS, TIERS, MeantText, Scene, dangers, numbered, simple, standing_of, writer
from evals.scoring.wanted import DESK_LANGUAGES, SPOKEN, wanted
from tools.world.names import chance

COURTESY = {
    "en": ("Hi all, hope you had a good start into the week.", "Sorry for the mix of languages, I write for two offices. Thanks!"),
    "de": ("Hallo zusammen, ich hoffe, die Woche hat gut begonnen.", "Entschuldigen Sie das Durcheinander der Sprachen, danke!"),
    "fr": ("Bonjour à tous, j'espère que la semaine a bien commencé.", "Désolé pour le mélange des langues, merci d'avance !"),
    "es": ("Hola a todos, espero que la semana haya empezado bien.", "Perdón por mezclar idiomas, ¡gracias de antemano!"),
}
FRAMED, BURIED = "courtesy in another language", "a danger below a harmless question in another language"


def cases(seed: int, count: int) -> list[EvalCase]:
    """`count` of them, always the same ones for the same seed."""
    return numbered("mixed", seed, _scenes(seed), count)


def _scenes(seed: int) -> Iterator[Scene]:
    rng = chance(f"{seed}-mixed")
    place = 0
    while True:
        kind = (FRAMED, BURIED)[place % 2]
        text = rng.choice(simple() if kind == FRAMED and place % 4 else dangers())
        other = rng.choice(sorted(DESK_LANGUAGES - {text.meaning.language}))
        one = writer(rng, TIERS[place % len(TIERS)], text.meaning)
        opening, closing = COURTESY[other]
        question = rng.choice([harmless for harmless in simple() if harmless.meaning.language == other])
        standing = standing_of(one)
        usual = wanted(text.meaning, standing)
        spoken = tuple(sorted({text.meaning.language, other} & SPOKEN[standing.region]))
        yield Scene(
            messages=[one.says(_written(kind, text, opening, closing, question), rng.choice(CHANNELS))],
            meaning=text.meaning,
            standing=standing,
            kind=kind,
            gold=usual.model_copy(update={"languages": spoken}),
            group=text.id,
        )
        place += 1


def _written(kind: str, text: MeantText, opening: str, closing: str, question: MeantText) -> str:
    return f"{opening}\n\n{text.text}\n\n{closing}" if kind == FRAMED else f"{question.text}\n\n{text.text}"
