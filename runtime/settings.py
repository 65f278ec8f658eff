"""One tree of settings, read from the environment (`MAITRED_…`, `__` between levels) and `.env`."""

from __future__ import annotations

import math
import re
import secrets
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from domain.errors import SetupFailed
from domain.facts import Region
from domain.value import Rates

PEPPER_BYTES = 32
CURRENCY = re.compile("[A-Za-z]{3}")
PEPPER = re.compile(rb"[0-9a-f]{64}")
PART_OF = {"llm": "MODEL", "exchange_rates": "USD"}
"""Settings with parts, and one of each."""
SCHEMES = {"database_url": ("postgresql://", "postgres://"), "redis_url": ("redis://", "rediss://", "unix://")}


class LlmSettings(BaseModel):
    """The model that the agents speak to; without `model`, the embedded one."""

    model: str | None = Field(
        default=None, description="litellm model name such as openai/gpt-5 or ollama/qwen3; empty: the embedded model."
    )
    api_base: str | None = Field(default=None, description="Base URL of an OpenAI-compatible server.")
    api_key: SecretStr | None = Field(default=None, description="Key of the model's provider.")
    region: str = Field(
        default="eu", description="Region in which the model runs, as policy's model_regions name it; local: on this machine."
    )
    timeout_s: float = Field(
        default=20.0, gt=0, le=120, description="Upper bound of one call in seconds; the tier's budget is usually tighter."
    )


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix="MAITRED_", env_nested_delimiter="__", env_file=".env", extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    home: Path = Field(default=Path(".maitred"), description="Folder for data, models and keys of this instance.")
    models: Path | None = Field(default=None, description="Folder of trained embedded models; empty: <home>/models.")
    host: str = Field(default="127.0.0.1", description="Address to serve on.")
    port: Annotated[int, Field(ge=1, le=65535)] = Field(
        default=8080, validation_alias=AliasChoices("PORT", "MAITRED_PORT"), description="Port to serve on."
    )
    workers: int = Field(default=1, ge=1, le=64, description="Worker processes.")
    database_url: SecretStr | None = Field(
        default=None, description="postgresql:// URL of a server that runs already; empty: the embedded one."
    )
    redis_url: SecretStr | None = Field(default=None, description="redis:// or unix:// URL of Redis 7 or Valkey; empty: the embedded one.")
    database_connections: int = Field(default=10, ge=2, le=200, description="Postgres connections of one worker.")
    region: Region = Field(default=Region.EU, description="Home region: where messages of unknown senders belong.")
    currency: str = Field(
        default="EUR", pattern="^[A-Z]{3}$", description="Currency in which clients are compared, where there are exchange rates."
    )
    exchange_rates: dict[str, float] = Field(
        default_factory=dict,
        description='What a unit of another currency is worth in it, such as {"USD": 0.92}; empty: amounts stay as they are.',
    )
    policy_file: Path | None = Field(
        default=None,
        description="Policy of the first start; its name says which release decides: keep it set. Empty: the shipped vip-support.",
    )
    crm_url: str | None = Field(
        default=None, description="Base URL of a CRM that speaks the documented contract; empty: the embedded twin."
    )
    crm_token: SecretStr | None = Field(default=None, description="Bearer token for the CRM.")
    telemetry_url: str | None = Field(default=None, description="Base URL of a telemetry service; empty: the embedded twin.")
    telemetry_token: SecretStr | None = Field(default=None, description="Bearer token for the telemetry service.")
    case_history_url: str | None = Field(default=None, description="Base URL of a helpdesk with earlier cases; empty: the embedded twin.")
    case_history_token: SecretStr | None = Field(default=None, description="Bearer token for the helpdesk.")
    reply_hosts: str = Field(
        default="halyard.example", description="Own hosts, separated by commas: addresses that a reply may hold which nobody reads first."
    )
    lease_ttl_s: float = Field(default=3.0, ge=1, le=120, description="Seconds after which a dead worker's case is free again.")
    checkpoint_ttl_s: int = Field(default=7 * 86_400, ge=3600, description="Seconds that checkpoints are kept in Redis.")
    checkpoint_patience_s: float = Field(
        default=1.0, ge=0, le=60, description="Seconds of a run that are not worth a checkpoint: they are run again. 0: none."
    )
    runs_at_once: int = Field(default=16, ge=1, le=1000, description="Cases that one worker runs side by side.")
    standard_limit: int = Field(default=300, ge=1, description="Accepted runs of one worker past which standard traffic is shed.")
    vip_limit: int = Field(default=500, ge=1, description="Accepted runs of one worker past which all traffic is shed.")
    drain_s: float = Field(default=20.0, ge=0, le=300, description="Seconds that running cases may take to end at a stop.")
    close_after_days: float = Field(
        default=14.0,
        ge=0,
        le=3650,
        description="Days of silence after which a resolved or answered case is closed: a new message opens another. 0: never.",
    )
    sample_day: bool = Field(
        default=True, description="The sample company's messages come in once the first account is made; never beside a real CRM."
    )
    session_idle_s: int = Field(
        default=1800, ge=60, le=86_400, description="Seconds without a click after which the console asks to sign in again."
    )
    session_longest_s: int = Field(
        default=43_200, ge=300, le=604_800, description="Seconds after which a session of the console ends in any case."
    )
    key_pepper: SecretStr | None = Field(default=None, description="Pepper of API keys; empty: made once and kept in <home>/pepper.")
    ledger_key: SecretStr | None = Field(
        default=None,
        description="Private key that signs the ledger's checkpoints, 64 hex digits, the same on every machine; "
        "empty: made once and kept in <home>/ledger_key.",
    )
    trusted_keys: Path | None = Field(
        default=None,
        description="File of public keys whose policy bundles may be imported, one `ed25519:…` and a name a line; own bundles always may.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="warning", description="Least severe log event that is written."
    )
    llm: LlmSettings = Field(default_factory=LlmSettings, description="The model behind the agents.")

    @field_validator("database_url", "redis_url")
    @classmethod
    def _has_a_known_scheme(cls, url: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        schemes = SCHEMES[info.field_name or ""]
        if url is not None and not url.get_secret_value().startswith(schemes):
            raise ValueError(f"the URL must begin with {' or '.join(schemes)}")
        return url

    @field_validator("home", "models", "policy_file", "trusted_keys")
    @classmethod
    def _knows_the_tilde(cls, path: Path | None) -> Path | None:
        """No shell has read what comes from `.env`, systemd or Docker."""
        try:
            return path and path.expanduser()
        except RuntimeError as error:
            raise ValueError(f"{path} names the folder of a user whom this machine does not know") from error

    @field_validator("exchange_rates")
    @classmethod
    def _holds_rates(cls, rates: dict[str, float]) -> dict[str, float]:
        """Names of currencies may be in small letters: a variable's name has no case."""
        for name, worth in rates.items():
            if not CURRENCY.fullmatch(name) or not 0 < worth < math.inf:
                raise ValueError(f"{name}={worth} is no rate; it takes a currency of three letters and a number above 0")
        return {name.upper(): worth for name, worth in rates.items()}

    def rates(self) -> Rates:
        """`currency` and `exchange_rates`."""
        return Rates(currency=self.currency, worth=self.exchange_rates)

    @property
    def models_folder(self) -> Path:
        """Where trained models lie."""
        return self.models or self.home / "models"

    def own_hosts(self) -> frozenset[str]:
        """`reply_hosts`, taken apart."""
        return frozenset(host.strip().lower() for host in self.reply_hosts.split(",") if host.strip())

    def pepper(self) -> bytes:
        """The pepper of API keys; made at the first use, readable to this user only."""
        if self.key_pepper is not None:
            return self.key_pepper.get_secret_value().encode()
        path = self.home / "pepper"
        kept = _made_once(path)
        if not PEPPER.fullmatch(kept):
            raise SetupFailed(
                f"The pepper of the API keys in {path} is damaged. Restore that file from a backup, or delete it: "
                "then every key must be made anew."
            )
        return kept

    def bundle_seed(self) -> bytes:
        """The private key that signs this instance's policy bundles; made at the first use, readable to this user only."""
        path = self.home / "bundle_key"
        kept = _made_once(path)
        if not PEPPER.fullmatch(kept):
            raise SetupFailed(
                f"The key that signs policy bundles in {path} is damaged. Restore that file from a backup, or delete it: "
                "then whoever imports your bundles must trust the new public key."
            )
        return bytes.fromhex(kept.decode())

    def ledger_seed(self) -> bytes:
        """The private key that signs the ledger's checkpoints; made at the first use, readable to this user only."""
        path = self.home / "ledger_key"
        given = self.ledger_key.get_secret_value().encode() if self.ledger_key else None
        if given is not None and not PEPPER.fullmatch(given):
            raise SetupFailed("MAITRED_LEDGER_KEY must be 64 hex digits, such as `openssl rand -hex 32` prints.")
        kept = given or _made_once(path)
        if not PEPPER.fullmatch(kept):
            raise SetupFailed(
                f"The key that signs the ledger in {path} is damaged. Restore that file from a backup, or delete it: "
                "then checkpoints that were signed before are not recognised as ours."
            )
        return bytes.fromhex(kept.decode())


def _made_once(path: Path) -> bytes:
    """A secret that nobody else can read; of several processes that begin at once, one makes it and all read the same."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_hex(PEPPER_BYTES))
        try:
            path.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_bytes().strip()


def load_settings(**changes: Any) -> Settings:
    """The settings of the environment, with `changes` on top. Raises SetupFailed with one sentence per bad value."""
    try:
        return Settings(**changes)
    except ValidationError as error:
        faults = [f"{variable_of(fault['loc'])}: {fault['msg'].removeprefix('Value error, ')}" for fault in error.errors()]
        raise SetupFailed("These settings cannot be used. " + "; ".join(faults)) from error
    except UnicodeDecodeError as error:
        raise SetupFailed(f"The file .env is not UTF-8, from its byte {error.start} on: save it as UTF-8.") from error
    except OSError as error:
        raise SetupFailed(f"The file .env cannot be read: {error.strerror}. Give this user the right to read it.") from error
    except SettingsError as error:
        name = next(name for name in PART_OF if f'"{name}"' in str(error))
        variable = variable_of((name,))
        raise SetupFailed(
            f"These settings cannot be used. {variable}: not JSON; each part may have a variable, as in {variable}__{PART_OF[name]}"
        ) from error


def variable_of(location: tuple[int | str, ...]) -> str:
    """The environment variable behind a setting."""
    if location and str(location[0]).lower() == "port":
        return "PORT"
    return "MAITRED_" + "__".join(str(part) for part in location).upper().removeprefix("MAITRED_")


def describe(settings: Settings) -> list[tuple[str, str, str]]:
    """(variable, value with secrets hidden, description) of every setting."""
    rows: list[tuple[str, str, str]] = []
    for name, field in Settings.model_fields.items():
        if name == "llm":
            for inner, inner_field in LlmSettings.model_fields.items():
                rows.append((variable_of(("llm", inner)), str(getattr(settings.llm, inner) or ""), inner_field.description or ""))
        else:
            value = getattr(settings, name)
            rows.append((variable_of((name,)), "" if value in (None, {}) else str(value), field.description or ""))
    return rows
