"""Greetings, good wishes and closings say nothing about what a message wants: they are taken off before it is read.

Only fixed formulas go, and never a name or an office after them, for "Regards, the CEO" says much.
"""

from __future__ import annotations

import re

GREETING = (
    r"hi|hiya|hello|hey|dear|greetings|good\s+(?:morning|afternoon|evening|day)"
    r"|hallo|moin(?:\s+moin)?|servus|grüezi|guten\s+(?:tag|morgen|abend)|grüß\s+gott|sehr\s+geehrte[rs]?|lieber?|liebes"
    r"|bonjour|bonsoir|salut|coucou|chers?|chère?s?|madame,\s+monsieur"
    r"|hola|buen(?:os|as)?\s+(?:días?|tardes|noches)|(?:muy\s+)?buenas|estimad[oa]s?|querid[oa]s?"
)
GREETED = (
    r"again|there|all|everyone|everybody|team|support|folks|sir|madam|or|and|ladies|gentlemen|colleagues"
    r"|zusammen|alle|allerseits|noch\s*mal|herr|frau|damen|und|herren|team|kolleg(?:en|innen)"
    r"|à\s+tous|à\s+toutes|et|tout\s+le\s+monde|(?:l['’])?équipe|madame|monsieur|messieurs|collègues"
    r"|a\s+tod[oa]s|tod[oa]s|equipo|de\s+nuevo|señor(?:a|es|as)?|de|soporte"
)
OPENING = re.compile(
    rf"^\W*(?:{GREETING})\b(?:(?:\s*,)?\s+(?:{GREETED})\b)*(?:(?:\s+[^\W\d_][\w.'’&-]*){{0,4}}\s*[,:!.;–—]+|(?=\s)|$)\s*", re.IGNORECASE
)
WELL_EN = r"well|fine|good|great|nice|lovely|okay"
WISH = re.compile(
    rf"\b(?:(?:i|we)\s+)?hop(?:e|ing)\s+(?:that\s+)?(?:you|this|all|everyone|everything|your)\b[^.!?,;\n]{{0,45}}?\b(?:{WELL_EN})\b"
    r"(?:\s+(?:weekend|week|day|holiday|start|time|break))?[.!,;]*"
    r"|\b(?:ich|wir)\s+hoffen?,?\s+(?:dass\s+)?(?:es|sie|ihr|du|dir|ihnen|euch|alles|bei)\b[^.!?;\n]{0,45}?\b(?:gut|wohl|schön\w*|bestens)\b"
    r"(?:\s+(?:geht|wochenende|woche|tag|urlaub|hattet|hatten|verbracht))*[.!,;]*"
    r"|\b(?:j['’]espère|nous\s+espérons|en\s+espérant)\s+que\s+(?:vous|tu|tout)\b[^.!?,;\n]{0,45}?\b(?:bien|bonne?|mieux)\b"
    r"(?:\s+(?:week-end|semaine|journée))?[.!,;]*"
    r"|\besper(?:o|amos|ando)\s+que\s+(?:est|se|te|todo|hay|les|os|pas|teng)\w*[^.!?,;\n]{0,45}?\b(?:bien|buen\w*|mejor)\b"
    r"(?:\s+(?:fin\s+de\s+semana|semana|día))?[.!,;]*",
    re.IGNORECASE,
)
CLOSING = re.compile(
    r"(?:^|(?<=[.!?,;:\n])|(?<=[.!?]\s))\s*(?:"
    r"(?:(?:many|kind|kindest|best|warm|warmest)\s+(?:thanks|regards|wishes)|regards|cheers|yours\s+(?:sincerely|faithfully|truly)"
    r"|thanks?(?:\s+you)?(?:\s+(?:so|very)\s+much|\s+a\s+lot)?(?:\s+in\s+advance|\s+for\s+your\s+(?:help|support|time))?"
    r"|have\s+a\s+(?:nice|great|good|lovely)\s+\w+|looking\s+forward\s+to\s+(?:hearing|your)[^.!?\n]{0,30}|sent\s+from\s+my\s+\w+)"
    r"(?:\s+and\s+(?:(?:kind|best|warm)\s+)?regards)?"
    r"|(?:mit\s+)?(?:freundlich|viele|beste|liebe|herzlich|schöne)\w*\s+(?:grüßen?|gruß|grüssen?|dank)(?:\s+im\s+voraus|\s+für\s+ihre\s+\w+)?"
    r"(?:\s+und\s+(?:freundliche|viele|beste|liebe)\s+grüße)?|mfg|lg|vg|gruß|hochachtungsvoll|schönen\s+(?:tag|abend)(?:\s+noch)?"
    r"|danke(?:\s+(?:sehr|schön|im\s+voraus|für\s+ihre\s+\w+))?|von\s+meinem\s+\w+\s+gesendet"
    r"|(?:bien\s+)?cordialement|merci(?:\s+(?:beaucoup|bien|d['’]avance|infiniment|pour\s+votre\s+\w+))*(?:\s+et\s+(?:bien\s+)?cordialement)?"
    r"|bien\s+à\s+vous|(?:meilleures|sincères)\s+salutations|bonne\s+(?:journée|soirée|semaine)|envoyé\s+depuis\s+mon\s+\w+"
    r"|¡?(?:muchas\s+)?gracias(?:\s+(?:de\s+antemano|por\s+su\s+\w+|por\s+todo))?(?:\s+y\s+(?:un\s+)?(?:cordial\s+)?saludos?)?"
    r"|(?:(?:reciban?\s+)?un\s+)?(?:cordial\s+)?saludos?(?:\s+cordiales)?|atentamente|slds|enviado\s+desde\s+mi\s+\w+"
    r")(?=\s*(?:[,.!;:\n–—]|$))[\s,.!;:–—]*",
    re.IGNORECASE,
)
LEAST_WORDS = 2
WORD = re.compile(r"\w+")


def without_courtesies(text: str) -> str:
    """`text` without its opening, good wishes and closings; unchanged when little else is in it."""
    bare = CLOSING.sub(" ", WISH.sub(" ", OPENING.sub("", text, count=1))).strip()
    return bare if len(WORD.findall(bare)) >= LEAST_WORDS else text
