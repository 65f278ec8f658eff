"""The policy that a new one begins as: small, commented, tested, and without a fault."""

from __future__ import annotations

import re

from domain.errors import InvalidInput
from policies.language.document import NAME
from policies.rules import STARTER, shipped


def starter(name: str) -> str:
    """The starter's text under the name that is wanted. Raises InvalidInput for a name that no policy can have."""
    if not re.fullmatch(NAME, name):
        raise InvalidInput(f"{name!r} cannot name a policy: use up to 64 small letters, digits, - and _, such as my-policy.")
    return shipped(STARTER).replace(f"policy: {STARTER}\n", f"policy: {name}\n", 1)
