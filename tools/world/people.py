"""People who work cases: pools, skills, languages, shifts. Senior desks are staffed around the clock, with a lead on every watch."""

from __future__ import annotations

import random

from domain.client import Person
from domain.facts import Region
from tools.world.names import person_name, slug

SKILLS = {
    "core": ("access", "integration", "how_to", "defect", "performance", "billing", "account_change", "feature_request", "feedback"),
    "senior": (
        "access", "integration", "how_to", "defect", "performance", "billing", "outage", "executive", "vip", "security", "privacy", "legal",
        "contract", "refund", "cancellation", "retention", "complaint", "vulnerable_person", "abuse", "regulated_data",
    ),
    "security": ("security", "privacy", "regulated_data", "access", "outage"),
    "legal": ("legal", "contract", "privacy", "regulated_data"),
    "finance": ("billing", "refund", "contract"),
    "care": ("vulnerable_person", "complaint", "abuse", "retention", "cancellation"),
}  # fmt: skip
HEADS = {"core": 8, "senior": 9, "security": 3, "legal": 3, "finance": 3, "care": 3}
CAPACITY = {"core": (6, 12), "senior": (6, 12), "security": (3, 6), "legal": (3, 6), "finance": (4, 8), "care": (3, 6)}
ZONES = {Region.EU: "Europe/Berlin", Region.US: "America/New_York", Region.APAC: "Asia/Singapore"}
LANGUAGES = {
    Region.EU: [("en", "de"), ("en", "fr"), ("en", "es"), ("en", "de", "fr"), ("en", "es", "fr"), ("en", "de", "es")],
    Region.US: [("en",), ("en", "es"), ("en",), ("en", "es")],
    Region.APAC: [("en",)],
}
PEOPLE = {Region.EU: ("de", "fr", "es", "nl"), Region.US: ("en", "es", "in"), Region.APAC: ("en", "zh", "in")}
WATCHES = ("mon-sun 06:00-14:00", "mon-sun 14:00-22:00", "mon-sun 22:00-06:00")
DAY_SHIFTS = ("mon-fri 07:00-15:30", "mon-fri 09:00-17:30", "mon-fri 11:00-19:30")
LEADS = {"core": 1, "senior": len(WATCHES), "security": 1, "legal": 1, "finance": 1, "care": 1}


def people_of(rng: random.Random) -> tuple[Person, ...]:
    """Everybody, desk by desk."""
    people: list[Person] = []
    for region in Region:
        for desk, heads in HEADS.items():
            begin = len(people) + 1
            people += [_person(rng, region, desk, number, begin + number) for number in range(heads)]
    return tuple(people)


def _person(rng: random.Random, region: Region, desk: str, number: int, index: int) -> Person:
    spoken = LANGUAGES[region]
    turn = number // len(WATCHES) if desk == "senior" else number  # so that every watch has every language
    skills = SKILLS[desk]
    if number >= len(WATCHES):  # the first of each watch can do everything; the others have their strengths
        skills = tuple(sorted(rng.sample(skills, max(3, len(skills) * 2 // 3))))
    name = person_name(rng, rng.choice(PEOPLE[region]))
    return Person(
        id=f"agent_{index}",
        name=name,
        email=f"{slug(name).replace('-', '.')}.{index}@halyard.example",
        region=region,
        pools=(f"{region}-{desk}",),
        skills=skills,
        languages=spoken[turn % len(spoken)],
        capacity=rng.randint(*CAPACITY[desk]),
        timezone=ZONES[region],
        shift=WATCHES[number % 3] if desk == "senior" else DAY_SHIFTS[number % 3],
        lead=number < LEADS[desk],
    )
