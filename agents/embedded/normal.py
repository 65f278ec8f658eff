"""Makes hidden text visible and writing comparable, before any feature is taken."""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from itertools import islice

LONGEST = 4_000
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0000-\U000e0fff]"
)
"""Unicode's default-ignorable characters, after NFKC: nobody sees them, and they part words for whoever does not look."""
BASE64 = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")
MARKUP = re.compile(r"<!--|-->|<[^>]{1,200}>")
HIDING = re.compile(
    r"<!--|display\s{0,20}:\s{0,20}none|font-size\s{0,20}:\s{0,20}0|[\u200b-\u200f\u2060-\u206f\U000e0000-\U000e007f]{2}|[A-Za-z0-9+/]{32,}={0,2}(?![A-Za-z0-9+/])"
    r"|\"role\"\s{0,20}:|!\[[^\]]{0,200}\]\(https?://[^)\s]{0,500}\?"
    r"|^[ \t]{0,20}#{0,6}[ \t]{0,20}(?:system|assistant|asistente|sistema|systeme)\s{0,20}:|\[\[|\[/?INST\]|<\|?(?:system|im_start)",
    re.IGNORECASE | re.MULTILINE,
)
"""Every run in it is bounded: a text of nothing but newlines, spaces or brackets takes no longer than another."""
READABLE_SHARE = 0.9
SNIPPET, MOST_SNIPPETS = 160, 5
ADDRESSED = re.compile(
    r"assistan|asistente|\bsystem\s*:|prompt|instruc|anweisung|consigne|\bignor|ignorier|vergiss|oublie[zr]? |olvida"
    "|you are now|du bist|tu es |eres ahora",
    re.IGNORECASE,
)
DISGUISED = re.compile("[A-Za-z][\u0370-\u03ff\u0400-\u04ff]|[\u0370-\u03ff\u0400-\u04ff][A-Za-z]")
LOOK_ALIKES = str.maketrans("аеорсухіјѕԁһӏАВЕКМНОРСТХІΙοаευνιαρκΑΒΕΖΗΚΜΝΟΡΤΥΧ", "aeopcyxijsdhlABEKMHOPCTXIIoaeuviapkABEZHKMNOPTYX")


def normal(text: str) -> str:
    """Lines of composed characters: invisible ones removed, base64 read, markup opened, long texts cut in the middle."""
    clean = INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    if DISGUISED.search(clean):
        clean = clean.translate(LOOK_ALIKES)
    hidden = " ".join(decoded for match in BASE64.finditer(clean) if (decoded := _decoded(match[0])))
    clean = MARKUP.sub(" ", f"{clean} {hidden}" if hidden else clean)
    if len(clean) > LONGEST:
        clean = _shortened(clean)
    return "\n".join(line for line in (" ".join(line.split()) for line in clean.splitlines()) if line)


def _shortened(text: str) -> str:
    """Beginning and end of a long text, and what in its middle reads as if it were meant for a machine."""
    share = LONGEST * 2 // 5
    middle = text[share:-share]
    places = [match.start() for match in islice(ADDRESSED.finditer(middle), MOST_SNIPPETS)]
    return " ".join([text[:share], *(middle[max(0, at - SNIPPET // 4) : at + SNIPPET] for at in places), text[-share:]])


def hiding_places(text: str) -> int:
    """How many places a text has in which a reader would not see words: comments, invisible characters, hidden markup, roles of a chat."""
    return sum(1 for _ in HIDING.finditer(text[: 8 * LONGEST]))


def folded(text: str) -> str:
    """Lower case without accents, so that `Kündigung`, `kuendigung` and `kundigung` come near each other."""
    lowered = text.lower().replace("ß", "ss").replace("ä", "a").replace("ö", "o").replace("ü", "u")
    return _bare(lowered).replace("ae", "a").replace("oe", "o").replace("ue", "u")


def without_accents(text: str) -> str:
    """Lower case without accents, letter by letter: what the lexicon is written against."""
    return _bare(text.lower().replace("ß", "ss").replace("’", "'"))


def _bare(text: str) -> str:
    """Letters without their marks; what is plain ASCII has none."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _decoded(text: str) -> str:
    try:
        found = base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""
    readable = sum(letter.isalpha() or letter.isspace() for letter in found)
    return found if readable >= READABLE_SHARE * len(found) else ""
