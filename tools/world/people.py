"""People who work cases: pools, skills, languages, shifts. Senior desks are staffed around the clock, handed from region to region."""

from __future__ import annotations

import random

from domain.client import Person
from domain.facts import Region
from tools.world.clients import person_name, slug

SKILLS = {
    "core": ("access", "integration", "how_to", "defect", "performance", "billing", "account_change"),
    "senior": ("outage", "executive", "vip", "defect", "performance", "integration", "security", "legal", "contract", "retention"),
    "security": ("security", "privacy", "regulated_data", "access"),
    "legal": ("legal", "contract", "privacy", "regulated_data"),
    "finance": ("billing", "refund", "contract"),
    "care": ("vulnerable_person", "complaint", "abuse", "retention", "cancellation"),
}
HEADS = {"core": 7, "senior": 6, "security": 3, "legal": 3, "finance": 3, "care": 3}
ZONES = {Region.EU: "Europe/Berlin", Region.US: "America/New_York", Region.APAC: "Asia/Singapore"}
LANGUAGES = {
    Region.EU: [("en", "de"), ("en", "fr"), ("en", "es"), ("en", "de", "fr"), ("en", "es", "fr"), ("en", "de", "es")],
    Region.US: [("en",), ("en", "es"), ("en",), ("en", "es")],
    Region.APAC: [("en",), ("en",)],
}
WATCHES = ("mon-sun 06:00-14:00", "mon-sun 14:00-22:00", "mon-sun 22:00-06:00")


def people_of(rng: random.Random) -> tuple[Person, ...]:
    """Everybody."""
    people: list[Person] = []
    for region in Region:
        for desk, heads in HEADS.items():
            people += [_person(rng, region, desk, number, len(people)) for number in range(heads)]
    return tuple(people)


def _person(rng: random.Random, region: Region, desk: str, number: int, index: int) -> Person:
    languages = LANGUAGES[region][number % len(LANGUAGES[region])]
    name = person_name(rng, languages[-1])
    return Person(
        id=f"agent_{index + 1}",
        name=name,
        email=f"{slug(name)}.{index + 1}@halyard.example",
        region=region,
        pools=(f"{region}-{desk}",),
        skills=SKILLS[desk],
        languages=languages,
        capacity=rng.randint(8, 14) if desk in ("core", "senior") else rng.randint(5, 10),
        timezone=ZONES[region],
        shift=WATCHES[number % 3] if desk == "senior" else "mon-fri 08:00-17:00",
        lead=number == 0 and desk in ("core", "senior"),
    )
