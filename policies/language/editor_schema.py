"""JSON Schema of the policy language for editors: completion, hover and red lines while somebody writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from domain.decision import Proposal
from domain.facts import Facts
from policies.language.document import PolicyDocument
from policies.language.vocabulary import ANY_POOL, vocabulary

Schema = dict[str, Any]
DIALECT = "http://json-schema.org/draft-07/schema#"
"""What yaml-language-server understands in full."""
TITLE = "maitred policy"
NUMERIC = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
GUARD = {
    "id": "${1:my-guard}",
    "owner": "${2:policy}",
    "when": "'${3:client.contract.tier == \"strategic\"}'",
    "modes": ["${4:human}"],
    "because": "${5:Why this must hold.}",
}
TEST = {"name": "${1:what is tested}", "given": "${2:{}}", "expect": {"mode": "${3|ai,hybrid,human|}"}}


def editor_schema() -> Schema:
    """The schema of one policy text, self-contained."""
    schema = PolicyDocument.model_json_schema(by_alias=True, mode="validation")
    test = schema["$defs"]["PolicyTest"]["properties"]
    for model, name, filled in ((Facts, "given", {"proposal"}), (Proposal, "proposal", {"rationale"})):
        inner = model.model_json_schema(by_alias=True, mode="validation")
        schema["$defs"].update(inner.pop("$defs", {}))
        test[name] = {**inner, "description": test[name]["description"], "required": sorted({*inner.get("required", ())} - filled)}
    del test["given"]["properties"]["proposal"]  # it is given beside the facts
    schema = _walked(schema, _plainer)
    _offer(schema)
    return {"$schema": DIALECT, **schema, "title": TITLE}


def _walked(part: Any, change: Callable[[Schema], Schema]) -> Any:
    if isinstance(part, dict):
        given = cast("Schema", part)
        return change({key: _walked(value, change) for key, value in given.items()})
    if isinstance(part, list):
        return [_walked(item, change) for item in cast("list[Any]", part)]
    return part


def _plainer(part: Schema) -> Schema:
    """Without titles that repeat the key, without null (nobody writes it, a key is left out), and without bounds of numbers on text."""
    if isinstance(part.get("title"), str):
        del part["title"]
    if part.get("type") == "string":
        part = {key: value for key, value in part.items() if key not in NUMERIC}
    if part.get("default", part) is None:
        del part["default"]
    if isinstance(part.get("anyOf"), list):
        sorts = [sort for sort in part["anyOf"] if sort != {"type": "null"}]
        part = {**{key: value for key, value in part.items() if key != "anyOf"}, **(sorts[0] if len(sorts) == 1 else {"anyOf": sorts})}
    if "$ref" in part and len(part) > 1:  # in draft 7 what stands beside a reference is not read
        part = {"allOf": [{"$ref": part.pop("$ref")}], **part}
    return part


def _offer(schema: Schema) -> None:
    """What an editor offers where a line begins, and what it shows over an expression."""
    schema["properties"]["guards"]["items"]["defaultSnippets"] = [{"label": "guard", "description": "A new guard.", "body": GUARD}]
    schema["properties"]["tests"]["items"]["defaultSnippets"] = [{"label": "test", "description": "A new test.", "body": TEST}]
    facts = "\n".join(f"- `{fact.path.replace(ANY_POOL, '<pool>')}` {fact.kind}: {fact.description}" for fact in vocabulary().values())
    for group in (schema, *schema["$defs"].values()):
        for name in ("when", "priority", "pools_where"):
            field = group.get("properties", {}).get(name)
            if field and field.get("type") == "string":
                field["markdownDescription"] = f"{field['description']}\n\nA CEL expression over these facts:\n\n{facts}"
