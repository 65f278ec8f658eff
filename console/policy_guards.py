"""The guards of a version in words: what each does, why and for whom, beside its condition."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from console.speech import _
from console.words import ACTIONS, MODES, plain, role, span
from domain.decision import OnExpiry
from domain.errors import PolicyInvalid
from policies.language.document import GuardRule, OverrideRule, ReviewRule
from policies.language.markup import place_of
from policies.language.reader import read_policy

SKILL, REGION = re.compile(r'"([^"]*)" in pool\.skills'), re.compile(r'pool\.region == "([^"]*)"')


@dataclass(frozen=True)
class Guard:
    """One guard as somebody reads it who writes no conditions."""

    name: str
    because: str
    owner: str
    effects: tuple[str, ...]
    when: str
    line: int


def guards_of(text: str) -> list[Guard]:
    """The guards of a policy's text in their order; none of a text that this release cannot read."""
    try:
        document, places = read_policy(text)
    except PolicyInvalid:
        return []
    return [_shown(one, place_of(places, "guards", at)[0]) for at, one in enumerate(document.guards)]


def _shown(guard: GuardRule, line: int) -> Guard:
    return Guard(plain(guard.id.replace("-", " ")), guard.because, role(guard.owner), tuple(_effects(guard)), guard.when, line)


def _effects(guard: GuardRule) -> Iterator[str]:
    if guard.modes is not None:
        either = (" " + _("or") + " ").join(_(MODES[mode]) for mode in guard.modes)
        yield _("Only so: %(modes)s.", modes=either)
    if guard.pools is not None:
        yield _("Only in %(pools)s.", pools=", ".join(guard.pools))
    if guard.pools_where is not None:
        yield _pools(guard.pools_where)
    if guard.model_regions is not None:
        yield _("Only models in %(regions)s see it.", regions=", ".join(guard.model_regions))
    if guard.forbid_actions:
        yield _("Never: %(actions)s.", actions=", ".join(_(ACTIONS[action]) for action in guard.forbid_actions))
    if guard.require_skills:
        yield _("Whoever takes it needs: %(skills)s.", skills=", ".join(plain(skill) for skill in guard.require_skills))
    if guard.priority_floor:
        yield _("Its priority is %(priority)s at least.", priority=guard.priority_floor)
    if guard.review is not None:
        yield _review(guard.review)
    if guard.override is not None:
        yield _override(guard.override)


def _pools(condition: str) -> str:
    """The two usual conditions on pools in words, any other as it is written."""
    if found := SKILL.fullmatch(condition.strip()):
        return _("Only in pools with the skill %(skill)s.", skill=plain(found[1]))
    if found := REGION.fullmatch(condition.strip()):
        return _("Only in pools of the region %(region)s.", region=found[1])
    return _("Only in pools with: %(condition)s", condition=condition)


def _review(review: ReviewRule) -> str:
    said = {"who": role(review.by), "time": span(review.within)}
    if review.on_expiry is OnExpiry.ESCALATE:
        return _("A %(who)s rules first, within %(time)s; after that the next one is asked.", **said)
    return _("A %(who)s rules first, within %(time)s; after that policy's safe default stands.", **said)


def _override(override: OverrideRule) -> str:
    if override.second_pair_of_eyes:
        return _("A %(role)s may suspend it for one decision, if a second person agrees.", role=role(override.role))
    return _("A %(role)s may suspend it for one decision.", role=role(override.role))
