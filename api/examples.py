"""An example for each of the main bodies of the OpenAPI document: what the service really answered, cut in its longest lists."""

from __future__ import annotations

from typing import Any

from api.case_examples import CASE, POLICY, REPLAY, REVIEW, VERDICT
from api.client_bodies import LISTED, PROFILE
from api.people_bodies import AGENT, POOL

VERSION: dict[str, Any] = {
    "name": "vip-support",
    "version": 1,
    "digest": "sha256:dd65c98c134653ee34a421b654a1a3675c4df7f539efa3cbf0e6289da6fb9d94",
    "stage": "draft",
    "author": "person:ann",
    "created_at": "2026-11-26T18:11:04.767269Z",
    "needs": None,
    "submitted_at": None,
    "reason": "",
    "links": {"self": "/v1/policies/vip-support/versions/1", "policy": "/v1/policies/vip-support"},
    "text": "policy: vip-support\nfacts: v1\n…",
    "approvals": [],
    "missing": [],
    "unheld_roles": [],
}
ROLLOUT: dict[str, Any] = {
    "name": "vip-support",
    "active": "sha256:dd65c98c134653ee34a421b654a1a3675c4df7f539efa3cbf0e6289da6fb9d94",
    "previous": None,
    "candidate": None,
    "stage": None,
    "percent": 0.0,
    "salt": "",
    "gates": [],
    "steps": [],
    "starts_at": None,
    "started_at": None,
    "started_by": "",
    "step_at": None,
    "held_because": None,
    "revision": 1,
    "updated_at": "2026-11-26T18:11:04.778753Z",
    "versions": {"active": 1, "previous": None, "candidate": None},
    "waiting_total": 0,
    "waiting": [],
    "links": {
        "self": "/v1/policies/vip-support/rollout",
        "policy": "/v1/policies/vip-support",
        "history": "/v1/policies/vip-support/history",
    },
    "standing": {"gates": [], "next": None, "counted_since": None, "agreement": None},
}
ENTRY: dict[str, Any] = {
    "index": 3,
    "id": "ent_0070F1ZNEG01RTTPF5NP5Q13Y0",
    "kind": "message.received",
    "case_id": "case_01M8CGW1F8034E6S2TZ2NV0E2K",
    "actor": "person:lead-1",
    "at": "2026-11-26T18:11:19.132545Z",
    "request_id": "req_01M8CGW1ENHG0N4RVPPFHS2KAW",
    "digest": "sha256:c357196cb0a820447257393cd65b940e43af9ba57600c303e6d247b03efa1747",
    "data": {
        "turn": 1,
        "channel": "email",
        "message_id": "msg_01M8CGW1F8BKTZK6E5YBM2Z9N8",
        "resolved_by": "email",
        "text_digest": "sha256:130831b59f6a1c3fc9f0a157060541666e6c29553e659088c720c331ff471314",
        "policy_digest": "sha256:dd65c98c134653ee34a421b654a1a3675c4df7f539efa3cbf0e6289da6fb9d94",
    },
}
CHECKPOINT: dict[str, Any] = {
    "size": 9,
    "root": "14117aef34fe983cafc9822796ddf8ddc0b41a66a55294c2c023428a5b985964",
    "at": "2026-11-26T18:11:19.595850Z",
    "note": "maitred-ledger\n"
    "9\n"
    "FBF67zT+mDyvyYInlt343cC0GmalUpTCwCNCiluYWWQ=\n"
    "2026-11-26T18:11:19Z\n"
    "\n"
    "— maitred-ledger NcLbM7U0KUuql8K4FKV1+gRtehFnJHYlAAbYmRbhyX4vO9wvvQUl6wSjWsKEQnMtGg9247iHvpZkvaftcsp3WYrqyAA=\n",
    "verifier": "maitred-ledger+35c2db33+AVbsfBijk72ymbPsM+YVcK5vZ5TEzDgAoGvUene06I3c",
    "public_key": "56ec7c18a393bdb299b3ec33e61570ae6f6794c4cc3800a06bd47a77b4e88ddc",
}
PROOF: dict[str, Any] = {
    "index": 1,
    "kind": "policy.loaded",
    "position": 0,
    "size": 9,
    "body": '{"actor":"maitred:start","at":"2026-11-26T18:11:04.759938Z","case_id":null,"data":{"policy":{"digest":'
    '"sha256:dd65c98c134653ee34a421b654a1a3675c4df7f539efa3cbf0e6289da6fb9d94","name":"vip-support","version":1},"release":1,'
    '"stage":"active"},"id":"ent_4VV37FR21E3BYF53BBDMM30YJC","kind":"policy.loaded","request_id":""}',
    "digest": "sha256:e1a1bfaa1eefb041ebfc952744dfa8cd8a0cc4bc984245aeb0d10ae3274e9baf",
    "leaf_hash": "751b844f88dda9de6abab64a6e1ac4988f2dceb4e0babb4cf56ddbc50f647154",
    "path": [
        "8473097c683f339d0710b7d12fe77145db9c15a9bf46e8281cc99d68314d230e",
        "67c8f3b4ba1bf8cc3b6c238303c8c5e2e7284eefe6721e3467b355acc3889078",
        "8bdac8e15037326d33d5f8e1c5d314ade528e9fe5545b75efa616a282f4a6ba8",
        "11ff962e0bca5c880d276b7391b61d2dcf86faa5a228177a986577401278696d",
    ],
    "checkpoint": CHECKPOINT,
}
PROBLEM: dict[str, Any] = {
    "type": "/problems/conflict",
    "title": "Conflict",
    "status": 409,
    "detail": "person:lead-1 holds this review until 18:16:23 UTC.",
    "instance": "/v1/reviews/rev_31SGCRB21MCY03EFWVE0284NJ9/claim",
    "request_id": "req_01M8CGW5S1QJ7MZ0Y2N3V4B5C6",
    "holder": "person:lead-1",
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "CaseOut": CASE,
    "CasesOut": {"items": [CASE], "next_cursor": None},
    "ReviewOut": REVIEW,
    "ReviewsOut": {"items": [REVIEW], "next_cursor": None},
    "VerdictOut": VERDICT,
    "ReplayOut": REPLAY,
    "ClientsOut": {"items": [LISTED], "next_cursor": None},
    "ClientProfileOut": PROFILE,
    "PoolsOut": {"items": [POOL], "policy": POLICY, "next_cursor": None},
    "AgentsOut": {"items": [AGENT], "next_cursor": None},
    "PolicyVersionTextOut": VERSION,
    "RolloutOut": ROLLOUT,
    "EntriesOut": {"items": [ENTRY], "next_cursor": None},
    "CheckpointOut": CHECKPOINT,
    "ProofOut": PROOF,
    "Problem": PROBLEM,
}
"""By the name of the schema. They stand here and not with the models, since FastAPI drops what is null in an example of those."""
