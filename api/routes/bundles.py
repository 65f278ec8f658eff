"""Policy bundles: versions that leave and come in under a signature."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Request
from starlette.responses import Response

from api.deps import DeskDep, PolicyReader, PolicyWriter, etag
from api.idempotent import IdempotentRoute
from api.pages import answer, problems
from api.policy_bodies import PolicyName, PolicyVersionTextOut, VersionNumber
from api.responses import Shown
from api.routes.policies import shown_version
from desk.casework import Asked
from policies.bundle import Bundle

router = APIRouter(prefix="/v1", tags=["policies"], route_class=IdempotentRoute)


class BundleKeyOut(Shown):
    """What whoever imports our bundles must trust."""

    public_key: str
    fingerprint: str


@router.get("/bundles/key", summary="Read the key that signs bundles", response_model=BundleKeyOut, responses=problems())
async def get_bundle_key(desk: DeskDep, _: PolicyReader) -> Response:
    """The public key; compare its fingerprint by another way before you trust it."""
    return answer(desk.bundles.key())


@router.get(
    "/policies/{name}/versions/{version}/bundle",
    summary="Export a version as a signed bundle",
    response_model=Bundle,
    responses=problems(404, 409),
)
async def export_policy_version(name: PolicyName, version: VersionNumber, desk: DeskDep, key: PolicyReader) -> Response:
    """Its text, who approved it and where it comes from, signed with Ed25519 over the canonical JSON of everything but the signature."""
    return answer(await desk.bundles.export(name, version, key))


@router.post(
    "/policies/import",
    summary="Import a signed bundle",
    status_code=201,
    response_model=PolicyVersionTextOut,
    responses={
        200: {"model": PolicyVersionTextOut, "description": "A text that is known: its version"},
        **problems(404, 409, 413, 415, 429),
    },
)
async def import_policy(bundle: Annotated[Bundle, Body()], request: Request, desk: DeskDep, key: PolicyWriter) -> Response:
    """A draft here, whatever it was elsewhere: it is proved and approved anew. Unknown signers and changed bundles are refused."""
    said = f"Imported from a bundle of {bundle.exported_by}, version {bundle.policy.version} there."
    version, new = await desk.bundles.take_in(bundle, Asked(key, None, request.scope["request_id"], said))
    judged = await desk.policies.one(version.name, version.version, key)
    shown = shown_version(judged)
    return answer(shown, 201 if new else 200, {"ETag": etag(judged.version.revision), "Location": shown["links"]["self"]})
