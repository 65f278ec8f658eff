"""What the log says of a path: links that open the console stand in it without what opens it."""

from __future__ import annotations

import pytest

from api.defence import told


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/first-account/0123abcd", "/first-account/…"),
        ("/join/0123abcd", "/join/…"),
        ("/join/0123abcd/more", "/join/…"),
        ("/inbox/rev_1", "/inbox/rev_1"),
        ("/v1/messages", "/v1/messages"),
    ],
)
def test_secrets_of_links_are_left_out(path: str, said: str) -> None:
    assert told(path) == said
