"""What attackers want, in `goals.yaml`: orders, the messages that carry them, and where the OWASP Top 10 for LLMs (2025) has them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml
from pydantic import Field

from domain.decision import Frozen

LANGUAGES = ("en", "de", "fr", "es")
MIXED = "mixed"
OWASP = {
    "LLM01": "Prompt injection",
    "LLM02": "Sensitive information disclosure",
    "LLM05": "Improper output handling",
    "LLM06": "Excessive agency",
    "LLM07": "System prompt leakage",
    "LLM09": "Misinformation",
    "LLM10": "Unbounded consumption",
}
OUT_OF_SCOPE = {
    "LLM03": "Supply chain: no message can reach it; dependencies are locked with hashes and checked when they are installed.",
    "LLM04": "Data and model poisoning: the embedded model learns from our own committed texts alone; poisoned articles and records are "
    "vehicles of the attacks above.",
    "LLM08": "Vector and embedding weaknesses: articles are the company's own and the same for every client; poisoned ones are a vehicle "
    "above, and vectors are never shown to anybody.",
}


class Goal(Frozen):
    """What an attacker wants."""

    owasp: str
    wants: str
    carriers: tuple[str, ...] = Field(description="Messages that are worth attacking, by name.")
    orders: dict[str, tuple[str, ...]] = Field(description="By language: sentences that a model would have to obey.")
    says: dict[str, tuple[str, ...]] = Field(default_factory=dict, description="By language: what it would have to write.")

    def order(self, language: str, filled: Mapping[str, str]) -> str:
        """The order in a language; `mixed` takes the languages in turn, sentence by sentence."""
        many = len(self.orders[LANGUAGES[0]])
        spoken = [LANGUAGES[at % len(LANGUAGES)] if language == MIXED else language for at in range(many)]
        return " ".join(self.orders[one][at] for at, one in enumerate(spoken)).format_map(dict(filled))

    def sentence(self, language: str, number: int) -> str:
        """One of the sentences that a model would have to write; empty for goals that want something else."""
        said = self.says.get(LANGUAGES[0] if language == MIXED else language, ())
        return said[number % len(said)] if said else ""


class Goals(Frozen):
    """The whole file."""

    carriers: dict[str, dict[str, str]]
    goals: dict[str, Goal]

    def carrier(self, name: str, language: str, product: str = "") -> str:
        """The message that carries an attack."""
        return self.carriers[name][LANGUAGES[0] if language == MIXED else language].format(product=product)


@cache
def goals() -> Goals:
    """Read once."""
    return Goals.model_validate(yaml.safe_load(files("evals.redteam").joinpath("goals.yaml").read_text(encoding="utf-8")))
