"""Settings: one tree, one sentence per fault, no secret shown."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from domain.errors import BundleRefused, SetupFailed
from domain.value import Rates
from runtime.bundle_keys import bundle_keys
from runtime.settings import Settings, describe, load_settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable and no `.env` of the developer reaches a test."""
    for name in list(os.environ):
        if name.startswith("MAITRED_") or name == "PORT":
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_without_any_variable_the_embedded_servers_and_the_embedded_model_are_used() -> None:
    settings = load_settings()
    assert (settings.database_url, settings.redis_url, settings.llm.model) == (None, None, None)
    assert (settings.home, settings.port, settings.workers) == (Path(".maitred"), 8080, 1)


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=9001\nMAITRED_WORKERS=3\nMAITRED_LLM__MODEL=openai/gpt-5\n")
    monkeypatch.setenv("MAITRED_WORKERS", "2")
    settings = load_settings()
    assert (settings.port, settings.workers, settings.llm.model) == (9001, 2, "openai/gpt-5")


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "")
    monkeypatch.setenv("MAITRED_DATABASE_URL", "")
    assert (load_settings().port, load_settings().database_url) == (8080, None)


def test_a_tilde_is_the_folder_of_the_user_wherever_the_path_comes_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "anna"))
    (tmp_path / ".env").write_text("MAITRED_HOME=~/maitred\nMAITRED_MODELS=~/models\nMAITRED_POLICY_FILE='~/vip.yaml'\n")
    monkeypatch.setenv("MAITRED_TRUSTED_KEYS", "~/trusted")
    settings, anna = load_settings(), tmp_path / "anna"
    paths = (settings.home, settings.models, settings.policy_file, settings.trusted_keys)
    assert paths == (anna / "maitred", anna / "models", anna / "vip.yaml", anna / "trusted")


def test_a_file_of_settings_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("MAITRED_REPLY_HOSTS=müller.example\n".encode("latin-1"))
    with pytest.raises(SetupFailed, match=r"The file \.env is not UTF-8, from its byte 21 on"):
        load_settings()


def test_a_file_of_settings_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("PORT=9001\n")
    (tmp_path / ".env").chmod(0)
    if os.geteuid() == 0:

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(SetupFailed, match=r"The file \.env cannot be read: Permission denied"):
        load_settings()


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("MAITRED_HOME", "~nobody-of-that-name/maitred", "a user whom this machine does not know"),
        ("PORT", "http", "valid integer"),
        ("PORT", "70000", "65535"),
        ("MAITRED_WORKERS", "0", "greater than or equal to 1"),
        ("MAITRED_LLM__TIMEOUT_S", "soon", "valid number"),
        ("MAITRED_LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("MAITRED_DATABASE_URL", "mysql://root:hunter2@db.example/x", "must begin with postgresql://"),
        ("MAITRED_REDIS_URL", "db.example:6379", "must begin with redis://"),
        ("MAITRED_LLM", "openai", "MAITRED_LLM__MODEL"),
        ("MAITRED_CURRENCY", "Euro", "^[A-Z]{3}$"),
        ("MAITRED_EXCHANGE_RATES", '{"USD": 0}', "above 0"),
        ("MAITRED_EXCHANGE_RATES", '{"dollars": 0.9}', "three letters"),
        ("MAITRED_EXCHANGE_RATES", "USD=0.9", "MAITRED_EXCHANGE_RATES__USD"),
    ],
)
def test_a_bad_value_is_named_in_one_sentence_that_tells_no_secret(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SetupFailed) as failed:
        load_settings()
    assert variable in failed.value.message
    assert reason in failed.value.message
    assert "\n" not in failed.value.message
    assert "hunter2" not in failed.value.message


def test_exchange_rates_come_as_json_or_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().rates() == Rates()
    monkeypatch.setenv("MAITRED_CURRENCY", "USD")
    monkeypatch.setenv("MAITRED_EXCHANGE_RATES", '{"EUR": 1.08}')
    monkeypatch.setenv("MAITRED_EXCHANGE_RATES__JPY", "0.0067")
    assert load_settings().rates() == Rates(currency="USD", worth={"EUR": 1.08, "JPY": 0.0067})


def test_the_description_names_every_setting_and_hides_secrets() -> None:
    secrets = {"database_url": "postgresql://u:hunter2@db.example/x", "redis_url": "redis://:hunter2@db.example", "key_pepper": "hunter2"}
    rows = describe(load_settings(**secrets, llm={"api_key": "hunter2"}))
    assert all(description for _, _, description in rows)
    assert "hunter2" not in str(rows)
    assert {name: value for name, value, _ in rows}["MAITRED_LLM__API_KEY"] == "**********"


def test_the_example_file_names_exactly_the_settings_with_their_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    example = (ROOT / ".env.example").read_text()
    assert re.findall(r"^# ([A-Z_]+)=", example, re.M) == [name for name, _, _ in describe(Settings())]
    (tmp_path / ".env").write_text(re.sub(r"^# ([A-Z_]+=)", r"\1", example, flags=re.M))
    assert load_settings() == Settings(_env_file=None)  # pyright: ignore[reportCallIssue] - pydantic-settings' own parameter


def test_the_pepper_is_made_once_and_for_this_user_only(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path / "home")
    assert settings.pepper() == settings.pepper() == load_settings(home=tmp_path / "home").pepper()
    assert len(settings.pepper()) == 64
    assert (tmp_path / "home" / "pepper").stat().st_mode & 0o777 == 0o600
    assert load_settings(home=tmp_path / "home", key_pepper="given").pepper() == b"given"


def test_the_key_that_signs_bundles_is_made_once_and_for_this_user_only(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path / "home")
    assert settings.bundle_seed() == settings.bundle_seed() == load_settings(home=tmp_path / "home").bundle_seed()
    assert len(settings.bundle_seed()) == 32
    assert (tmp_path / "home" / "bundle_key").stat().st_mode & 0o777 == 0o600
    assert settings.bundle_seed() != load_settings(home=tmp_path / "other").bundle_seed()


def test_a_file_of_trusted_keys_is_read_at_the_start_and_at_each_import(tmp_path: Path) -> None:
    file = tmp_path / "trusted"
    with pytest.raises(SetupFailed, match="MAITRED_TRUSTED_KEYS"):
        bundle_keys(load_settings(home=tmp_path, trusted_keys=file))
    file.write_text("not a key\n")
    with pytest.raises(SetupFailed, match="line 1"):
        bundle_keys(load_settings(home=tmp_path, trusted_keys=file))
    file.write_text("")
    keys = bundle_keys(load_settings(home=tmp_path, trusted_keys=file))
    assert list(keys.trusted()) == [keys.public_key]
    theirs = bundle_keys(load_settings(home=tmp_path / "theirs")).public_key
    file.write_text(f"{theirs} the US region\n")
    assert keys.trusted() == {theirs: "the US region", keys.public_key: "this installation"}
    file.unlink()
    with pytest.raises(BundleRefused, match="trusted keys"):
        keys.trusted()
