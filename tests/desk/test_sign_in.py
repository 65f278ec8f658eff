"""Sign-in: each instance's cookie has a name of its own."""

from __future__ import annotations

from desk.sign_in import instance_of
from runtime.passwords import first_secret


def test_two_instances_on_one_host_have_names_of_their_own_that_tell_nothing_of_their_secrets() -> None:
    secrets = [first_secret(pepper) for pepper in (b"one", b"other")]
    names = [instance_of(secret) for secret in secrets]
    assert names[0] != names[1]
    assert names[0] == instance_of(secrets[0])
    assert not any(name in secret for name in names for secret in secrets)
