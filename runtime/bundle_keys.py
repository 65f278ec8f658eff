"""The key that signs this installation's policy bundles, and whose bundles it trusts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from domain.errors import BundleRefused, SetupFailed
from policies.bundle import Bundle, BundleContent, public_key_of, signed, trusted_of
from runtime.settings import Settings

OWN = "this installation"


@dataclass(frozen=True)
class BundleKeys:
    """Signs, and knows whom to trust; the file of trusted keys is read at each import, so that a change needs no restart."""

    seed: bytes
    trusted_file: Path | None

    @property
    def public_key(self) -> str:
        """What others must trust to import our bundles."""
        return public_key_of(self.seed)

    def sign(self, content: BundleContent) -> Bundle:
        """The bundle with our signature."""
        return signed(content, self.seed)

    def trusted(self) -> dict[str, str]:
        """Public keys and the names behind them. Raises BundleRefused when the file cannot be read."""
        try:
            return _trusted(self.trusted_file) | {self.public_key: OWN}
        except (OSError, ValueError) as error:
            raise BundleRefused(f"No bundle can be imported until the file of trusted keys is mended: {error}.") from error


def bundle_keys(settings: Settings) -> BundleKeys:
    """The keys of an installation. Raises SetupFailed when the file of trusted keys cannot be read."""
    try:
        _trusted(settings.trusted_keys)
    except (OSError, ValueError) as error:
        raise SetupFailed(f"MAITRED_TRUSTED_KEYS names {settings.trusted_keys}, which cannot be used: {error}.") from error
    return BundleKeys(settings.bundle_seed(), settings.trusted_keys)


def _trusted(file: Path | None) -> dict[str, str]:
    return trusted_of(file.read_text(encoding="utf-8")) if file is not None else {}
