"""What `If-Match` may say (RFC 9110, section 13.1.1): one ETag, any of several, or `*` for whatever the object is."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.service import message

LEGAL = "Our attorneys have been told to bring an action against you before the court."
HERE = "/v1/policies/vip-support"


@pytest.fixture
def review(http: httpx.Client) -> dict[str, Any]:
    """A review that nobody ruled on."""
    return http.post("/v1/messages", json=message(LEGAL), headers={"Prefer": "wait=20"}).json()["review"]


@pytest.mark.parametrize("form", ["*", '"r98", {}', 'W/{}, "other"', "W/{}"])
def test_a_ruling_is_taken_for_the_review_as_it_is(http: httpx.Client, review: dict[str, Any], form: str) -> None:
    tag = http.get(f"/v1/reviews/{review['id']}").headers["etag"]
    path = f"/v1/reviews/{review['id']}/ruling"
    assert http.post(path, json={"action": "approve"}, headers={"If-Match": '"r98", "r99"'}).status_code == 412
    assert http.post(path, json={"action": "approve"}, headers={"If-Match": form.format(tag)}).status_code == 200


@pytest.mark.parametrize("form", ["*", '"r0", {}'])
def test_a_case_is_moved_as_it_is(http: httpx.Client, review: dict[str, Any], form: str) -> None:
    read = http.get(f"/v1/reviews/{review['id']}").json()["case_id"]
    tag = http.get(f"/v1/cases/{read}").headers["etag"]
    path = f"/v1/cases/{read}/acknowledge"
    assert http.post(path, headers={"If-Match": '"r98", "r99"'}).status_code == 412
    assert http.post(path, headers={"If-Match": form.format(tag)}).status_code == 200


def test_whatever_an_object_is_does_not_make_one(http: httpx.Client) -> None:
    for path in ("/v1/cases/none/acknowledge", "/v1/reviews/none/claim", f"{HERE}/versions/999/submit"):
        assert http.post(path, headers={"If-Match": "*"}).status_code == 404


def test_policies_and_rollouts_know_the_same_forms(http: httpx.Client) -> None:
    for tag in ("*", '"r0", "r99999"'):
        submitted = http.post(f"{HERE}/versions/1/submit", headers={"If-Match": tag})
        planned = http.post(f"{HERE}/rollout", json={"version": 1, "stage": "shadow", "reason": "A test."}, headers={"If-Match": tag})
        expected = 409 if tag == "*" else 412
        assert (submitted.status_code, planned.status_code) == (expected, expected)


def test_a_policy_has_an_etag_that_stays_while_it_does(http: httpx.Client) -> None:
    first, second = (http.get(HERE).headers["etag"] for _ in range(2))
    assert first == second
    assert first.startswith('"')
