"""Policy bundles: a version leaves with our signature, and comes in as a draft that every gate here applies to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from desk.casework import Asked
from desk.policies import Policies
from domain.access import ApiKey
from domain.errors import Conflict
from domain.policy_life import PolicyVersion
from policies.bundle import BUNDLE_LIMIT, FORMAT, Bundle, BundleContent, check_bundle, fingerprint_of


class Keys(Protocol):
    """Signs bundles and knows whose are trusted."""

    @property
    def public_key(self) -> str: ...

    def sign(self, content: BundleContent) -> Bundle:
        """The bundle with our signature."""
        ...

    def trusted(self) -> dict[str, str]:
        """Public keys and the names behind them. Raises BundleRefused."""
        ...


@dataclass(frozen=True)
class Bundles:
    """Export and import of policy versions."""

    policies: Policies
    keys: Keys

    def key(self) -> dict[str, str]:
        """What whoever imports our bundles must trust."""
        return {"public_key": self.keys.public_key, "fingerprint": fingerprint_of(self.keys.public_key)}

    async def export(self, name: str, number: int, key: ApiKey) -> dict[str, Any]:
        """A version as a signed bundle. Raises NotFound, and Conflict for one that is too large for an import."""
        judged = await self.policies.one(name, number, key)
        version = judged.version
        content = BundleContent.model_validate(
            {
                "format": FORMAT,
                "policy": {"name": version.name, "version": version.version, "digest": version.digest, "text": version.text},
                "approvals": [
                    {
                        "actor": one.actor,
                        "roles": list(one.roles),
                        "accepts": list(one.accepts),
                        "reason": one.reason,
                        "at": one.at.isoformat(),
                    }
                    for one in judged.approvals
                    if one.approves
                ],
                "provenance": {
                    "author": version.author,
                    "created_at": version.created_at.isoformat(),
                    "submitted_at": version.submitted_at.isoformat() if version.submitted_at else None,
                    "stage": version.stage.value,
                    "reason": version.reason,
                },
                "exported_at": self.policies.clock.now().isoformat(),
                "exported_by": key.actor,
            }
        )
        bundle = self.keys.sign(content).model_dump(mode="json")
        if len(orjson.dumps(bundle)) > BUNDLE_LIMIT:
            raise Conflict(f"The bundle would be larger than the {BUNDLE_LIMIT} bytes that an import takes; make the policy smaller.")
        return bundle

    async def take_in(self, bundle: Bundle, asked: Asked) -> tuple[PolicyVersion, bool]:
        """A draft of the bundle's text, or the version that has this text already, and False. Raises BundleRefused, PolicyInvalid."""
        signer = await asyncio.to_thread(check_bundle, bundle, self.keys.trusted())
        origin = {
            "signed_by": signer.name,
            "fingerprint": signer.fingerprint,
            "version": bundle.policy.version,
            "author": bundle.provenance.author,
            "approved_by": [approval.actor for approval in bundle.approvals],
            "stage": bundle.provenance.stage,
            "exported_at": bundle.exported_at,
            "exported_by": bundle.exported_by,
        }
        return await self.policies.draft(bundle.policy.name, bundle.policy.text, asked, origin)
