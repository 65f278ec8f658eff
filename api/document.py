"""The OpenAPI document: what every operation takes and answers is added here once, so that no route has to repeat it."""

from __future__ import annotations

import re
from typing import Any

from fastapi import FastAPI

from api.examples import EXAMPLES

Part = dict[str, Any]
TEXT: Part = {"type": "string"}
NUMBER: Part = {"type": "integer", "minimum": 0}
EVERYWHERE: dict[str, tuple[str, Part]] = {
    "X-Request-Id": ("The request's id: the one that was sent, or a new one.", TEXT),
    "Traceresponse": ("The request's place in its trace, as W3C Trace Context writes it.", TEXT),
}
RETRY: dict[str, tuple[str, Part]] = {"Retry-After": ("Seconds to wait.", NUMBER)}
BY_STATUS: dict[str, dict[str, tuple[str, Part]]] = {
    "401": {"WWW-Authenticate": ("How to send a key.", TEXT)},
    "429": {**RETRY, "RateLimit": ("What is left (0).", TEXT), "RateLimit-Policy": ("What the limit is.", TEXT)},
    "503": RETRY,
}
ETAG: dict[str, tuple[str, Part]] = {"ETag": ("Of the object as it is now: what `If-Match` takes.", TEXT)}
WITH_ETAG = {f"#/components/schemas/{name}" for name in ("CaseOut", "ReviewOut", "PolicyOut", "PolicyVersionTextOut", "RolloutOut")}
REPLAYED: dict[str, tuple[str, Part]] = {"Idempotency-Replayed": ("`true` when this is the first answer again.", TEXT)}
MADE: dict[str, tuple[str, Part]] = {"Location": ("Where the object is.", TEXT)}
PREFERRED: dict[str, tuple[str, Part]] = {"Preference-Applied": ("The `Prefer` that was honoured, as `wait=N`.", TEXT)}
BY_OPERATION = {"post_message": MADE | PREFERRED, "draft_policy": MADE, "import_policy": MADE}
"""What the answer of an operation has when it did what was asked."""
BOUNDS: dict[str, str] = {
    "408": "The body did not arrive in time",
    "413": "Body too large",
    "414": "Path and query too long",
    "431": "Header too large",
}
IDEMPOTENCY_KEY: Part = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key and body give the first answer again, marked `Idempotency-Replayed: true`; kept 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
}
PROBLEM: Part = {"schema": {"$ref": "#/components/schemas/Problem"}}
IDS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "case_id": (("/v1/messages", "post", "/id"), ("/v1/cases", "get", "/items/0/id")),
    "client_id": (("/v1/clients", "get", "/items/0/id"),),
    "review_id": (("/v1/cases/{case_id}", "get", "/review/id"), ("/v1/reviews", "get", "/items/0/id")),
    "name": (("/v1/policies", "get", "/items/0/name"),),
    "version": (("/v1/policies/{name}/versions", "get", "/items/0/version"), ("/v1/policies/{name}/versions", "post", "/version")),
}
"""Where the id that a path asks for is found: path, method and place in the answer."""
PATTERNS = {**dict.fromkeys(("case_id", "review_id"), "^[A-Za-z0-9_-]{1,64}$"), "If-Match": '^(\\*|(W/)?"[^"]*"(, *(W/)?"[^"]*")*)$'}
"""What these parameters look like, whichever way they are asked for."""
BESIDE = {"/v1/policies/{name}/rollback": "/v1/policies/{name}/rollout"}
"""Where the ETag of a change is read, when not at its own path or at the object above it."""
PLACES = re.compile(r"\{(\w+)\}")
METHODS = {"get", "post", "put", "patch", "delete"}


class Described(FastAPI):
    """FastAPI whose document tells the conventions that all operations keep."""

    def openapi(self) -> Part:
        """The document, made once."""
        if self.openapi_schema is None:
            document: Part = super().openapi()
            for item in document["paths"].values():
                for method, operation in item.items():
                    if method in METHODS:
                        _describe(method, operation)
            _link(document["paths"])
            for name, example in EXAMPLES.items():
                document["components"]["schemas"][name]["examples"] = [example]
        return self.openapi_schema or {}


def _describe(method: str, operation: Part) -> None:
    responses: dict[str, Part] = operation["responses"]
    if operation.get("security"):
        for status in BOUNDS if method != "get" else ("414", "431"):
            responses.setdefault(status, {"description": BOUNDS[status], "content": {"application/problem+json": PROBLEM}})
        if method == "post":
            operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    for given in operation.get("parameters", []):
        _narrow(given)
    for status, response in responses.items():
        if "application/problem+json" in response.get("content", {}):
            response["content"] = {"application/problem+json": PROBLEM}
        told = {**EVERYWHERE, **BY_STATUS.get(status, {}), **(_done(method, operation, response) if status.startswith("2") else {})}
        response.setdefault("headers", {}).update({name: {"description": text, "schema": schema} for name, (text, schema) in told.items()})


def _done(method: str, operation: Part, response: Part) -> dict[str, tuple[str, Part]]:
    """The headers of an answer that says what was done, or what there is."""
    shown = response.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref")
    replayed = REPLAYED if method == "post" else {}
    return {**(ETAG if shown in WITH_ETAG else {}), **replayed, **BY_OPERATION.get(operation["operationId"], {})}


def _narrow(given: Part) -> None:
    """What stands in a URL or header is text or left out: it cannot be null."""
    schema: Part = given["schema"]
    sorts = [sort for sort in schema.pop("anyOf", []) if sort.get("type") != "null"]
    schema.update(sorts[0] if len(sorts) == 1 else {"anyOf": sorts} if sorts else {})
    if given["name"] in PATTERNS and given["in"] != "query":
        schema["pattern"] = PATTERNS[given["name"]]


def _link(paths: Part) -> None:
    """Say of every operation on one object where its id comes from, so that a reader, or a tool, can go on from an answer."""
    for path, item in paths.items():
        for name in (name for name in IDS if f"{{{name}}}" in path):
            for operation in item.values():
                target, asked = operation["operationId"], {given["name"] for given in operation.get("parameters", [])}
                for source, verb, place in IDS[name]:
                    others = set(PLACES.findall(path)) - {name}
                    if others <= set(PLACES.findall(source)):
                        known = {other: f"$request.path.{other}" for other in sorted(others)}
                        _add_link(paths[source][verb], target, {**known, name: f"$response.body#{place}"})
                if "If-Match" in asked:
                    read = (item if "get" in item else paths.get(BESIDE.get(path, ""), paths[path[: path.rindex("}") + 1]]))["get"]
                    here = {part: f"$request.path.{part}" for part in PLACES.findall(path)}
                    _add_link(read, target, {**here, "header.If-Match": "$response.header.ETag"})


def _add_link(source: Part, target: str, parameters: dict[str, str]) -> None:
    for status in (status for status in source["responses"] if status.startswith("2")):
        source["responses"][status].setdefault("links", {})[target] = {"operationId": target, "parameters": parameters}
