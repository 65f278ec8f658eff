"""How a run is made: which system answers, which cases, how often, and what it may cost."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr

from agents.model import ModelSettings
from domain.decision import Frozen
from domain.errors import InvalidInput, SetupFailed
from evals.house import DAY, HouseSpec
from evals.house.house import PATIENCE_S
from tools.world.generator import SEED

BASELINE = "baseline:"
CASES_FOR_A_PROCESS = 100
"""A process takes some seconds to open its house: fewer cases than this are answered sooner without another one."""
AT_ONCE_REMOTE = 4


class RunSpec(Frozen):
    """All of it is kept beside the run but the key, so that the run can be taken up again."""

    home: Path = Field(description="Where runs and the cache lie: `<home>/evals`.")
    models: Path | None = Field(default=None, description="Folder of the trained embedded model; None: `<home>/models`.")
    model: str | None = Field(default=None, description="A litellm model name, or `baseline:NAME` of the suite; None: the embedded one.")
    api_base: str | None = None
    api_key: SecretStr | None = Field(default=None, exclude=True)
    region: str = Field(default="eu", description="Region in which the model runs, as policy's model_regions name it.")
    judge: str | None = Field(
        default=None, description="A litellm model that grades replies and notes where rules cannot; None: no grades."
    )
    judge_api_base: str | None = None
    policy: Path | None = Field(default=None, description="None: the shipped one.")
    prompts: Path | None = Field(default=None, description="A folder whose prompts take the place of the package's own.")
    n: int | None = Field(default=None, ge=1, description="So many cases, always the same ones for the same seed; None: all.")
    repeat: int = Field(default=1, ge=1, le=1000, description="How often each case is answered.")
    seed: int = SEED
    day: date = Field(default=DAY, description="The sample company's day.")
    processes: int | None = Field(default=None, ge=1, le=256, description="None: as many as there are cores, if the cases are many.")
    at_once: int | None = Field(
        default=None, ge=1, le=256, description="Cases that a process works side by side; None: 1, and 4 for a model behind a network."
    )
    max_cost: float | None = Field(default=None, ge=0, description="USD; the run stops, and can be taken up, when it is spent.")
    max_tokens: int | None = Field(default=None, ge=0, description="Tokens read and written; as max_cost.")
    as_live: bool = Field(default=False, description="Model calls get the policy's own latency budgets instead of much time.")
    fresh: bool = Field(default=False, description="Ask again, whatever the cache holds.")

    @property
    def baseline(self) -> str:
        """The suite's baseline that answers in place of the system; empty for the system itself."""
        return self.model.removeprefix(BASELINE) if self.model and self.model.startswith(BASELINE) else ""

    @property
    def remote(self) -> bool:
        """The model is asked over a network."""
        return self.model is not None and not self.baseline

    @property
    def models_folder(self) -> Path:
        """Where the embedded model lies."""
        return self.models or self.home / "models"

    def processes_for(self, cases: int) -> int:
        """How many processes answer so many cases."""
        if self.processes is not None:
            return max(1, min(self.processes, cases))
        return 1 if self.remote else max(1, min(cores(), cases // CASES_FOR_A_PROCESS))

    def lanes(self) -> int:
        """Cases that one process works side by side."""
        return self.at_once or (AT_ONCE_REMOTE if self.remote else 1)

    def house(self) -> HouseSpec:
        """The house of every process. Raises SetupFailed for a policy file that cannot be read."""
        key = self.api_key.get_secret_value() if self.api_key else None
        speaking = ModelSettings(self.model or "", self.api_base, key, self.region) if self.remote else None
        judging = ModelSettings(self.judge, self.judge_api_base, key, self.region, PATIENCE_S) if self.judge else None
        return HouseSpec(
            models=self.models_folder,
            model=speaking,
            judge=judging,
            policy_text=_text(self.policy) if self.policy else None,
            prompts=self.prompts,
            day=self.day,
            patience_s=None if self.as_live else PATIENCE_S,
        )

    def plain(self) -> dict[str, Any]:
        """As it is kept, with paths that mean the same from everywhere."""
        paths = {name: str(path.resolve()) for name in ("home", "models", "policy", "prompts") if (path := getattr(self, name))}
        return {**self.model_dump(mode="json", exclude={"api_key"}), **paths}


def cores() -> int:
    """How many processes can work at once here."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SetupFailed(f"Cannot read the policy {path}: {error.strerror if isinstance(error, OSError) else error}.") from error


def sane(spec: RunSpec) -> RunSpec:
    """The spec, if its parts go together. Raises InvalidInput."""
    if spec.api_base and not spec.remote:
        raise InvalidInput("--api-base names where a model is; name the model as well, such as --model openai/qwen3.")
    if spec.prompts is not None and not spec.prompts.is_dir():
        raise InvalidInput(f"--prompts names a folder of prompts; {spec.prompts} is none.")
    if spec.judge_api_base and spec.judge is None:
        raise InvalidInput("--judge-api-base names where a judge is; name the judge as well, such as --judge openai/qwen3.")
    return spec
