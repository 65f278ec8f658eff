"""What a run is made of, by digest: what a manifest says, and what an answer in the cache is known by."""

from __future__ import annotations

import hashlib
import importlib.metadata
import inspect
import os
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from agents.embedded.training import ensure_trained
from domain.canonical import digest_of
from domain.errors import InvalidInput
from evals import datasets
from evals.case import EvalCase
from evals.result import RunManifest
from evals.running.spec import RunSpec, cores
from evals.suite import NothingToAsk, Suite
from policies.engine import compile_policy
from policies.rules import shipped
from prompts.loader import prompts_in

ROOT = Path(__file__).parent.parent.parent
ANSWERING = (
    *("agents", "domain", "graphs", "policies", "tools"),
    *("evals/house", "evals/production", "evals/redteam", "evals/scoring", "evals/suites"),
)
"""Judges are asked anew, and statistics come after them; but what judges share with answers stands in `scoring` too."""
ALONE = (
    *("api/requests.py", "prompts/loader.py", "runtime/settings.py", "evals/case.py", "evals/usage.py"),
    *("desk/floor.py", "desk/intake.py", "desk/overrides.py", "desk/reviews.py", "desk/rulers.py"),
)
"""What the house imports besides, and what that imports."""
LIBRARIES = ("numpy", "onnxruntime", "tokenizers", "wordllama", "langgraph", "litellm", "common-expression-language")
"""Answers may move with these as they do with our own code."""


@dataclass(frozen=True)
class System:
    """What answers."""

    model: str
    place: str
    """Where the model is asked, when that is not its provider's usual address."""
    policy: str
    prompts: dict[str, str]
    code_digest: str


def system_of(spec: RunSpec, suite: Suite) -> System:
    """The system that a spec names. Raises InvalidInput, PolicyInvalid and SetupFailed for one that cannot be had."""
    try:
        prompts = {name: prompt.hash for name, prompt in sorted(prompts_in(spec.prompts).items())}
    except ValueError as error:
        raise InvalidInput(f"These prompts cannot be used. {error}") from error
    if spec.baseline and spec.baseline not in suite.baselines:
        known = ", ".join(sorted(suite.baselines)) or "none"
        raise NothingToAsk(f"The suite {suite.name} has no baseline {spec.baseline}; it has {known}.")
    policy = compile_policy(shipped() if (text := spec.house().policy_text) is None else text)
    embedded = f"embedded/{ensure_trained(spec.models_folder).stem}"
    return System(
        model=spec.model or embedded,
        place=f"{spec.api_base or ''} {spec.region} {'as live' if spec.as_live else ''} {embedded}{_judge(spec)}",
        policy=f"{policy.ref.name}@{policy.digest}",
        prompts=prompts,
        code_digest=code_digest(suite),
    )


def _judge(spec: RunSpec) -> str:
    """Its grades are part of an answer."""
    return f" judged by {spec.judge} {spec.judge_api_base or ''}" if spec.judge else ""


def manifest_of(run_id: str, suite: Suite, cases: Sequence[EvalCase], spec: RunSpec, system: System) -> RunManifest:
    """What the run is made of."""
    return RunManifest(
        id=run_id,
        suite=suite.name,
        suite_version=suite.version,
        asks=suite.asks,
        metrics=suite.metrics,
        dataset_digest=datasets.digest(cases),
        cases=len(cases),
        repeats=spec.repeat,
        seed=spec.seed,
        model=system.model,
        policy=system.policy,
        prompts=system.prompts,
        code_digest=system.code_digest,
        began_at=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        machine=f"{cores()} cores, {platform.machine()}, Python {platform.python_version()}",
    )


def key_of(suite: Suite, case: EvalCase, repeat: int, spec: RunSpec, system: System) -> str:
    """What an answer is known by: anything that could have made it another one."""
    return digest_of(
        {
            "suite": [suite.name, suite.version],
            "case": case.digest,
            "repeat": repeat,
            "model": [system.model, system.place],
            "policy": system.policy,
            "prompts": system.prompts,
            "code": system.code_digest,
            "day": spec.day.isoformat(),
        }
    )


def code_digest(suite: Suite) -> str:
    """Over the code and data of the embedded model, the graph and the suite, and the versions of libraries that answers may move with."""
    own = source_of(suite.answer)
    return digest_of([_code_of_the_graph(), hashlib.sha256(own.read_bytes() if own.is_file() else b"").hexdigest()])


def source_of(written: Callable[..., Any]) -> Path:
    """The file that a suite's function, or what stands for one, is written in."""
    bare: Any = inspect.unwrap(written)
    bare = bare.func if isinstance(bare, partial) else bare
    return Path(inspect.getsourcefile(bare if inspect.isroutine(bare) else bare.__class__) or "")


@cache
def _code_of_the_graph() -> str:
    summed = hashlib.sha256()
    for file in sorted(_sources()):
        summed.update(str(file.relative_to(ROOT)).encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    for name in LIBRARIES:
        summed.update(f"{name} {importlib.metadata.version(name)}\n".encode())
    return summed.hexdigest()


def _sources() -> Iterator[Path]:
    """Code, and the data beside it; policies' texts have a digest of their own."""
    for folder in ANSWERING:
        for place, folders, names in os.walk(ROOT / folder):
            folders[:] = [name for name in folders if name != "__pycache__"]
            yield from (Path(place, name) for name in names if not name.endswith((".pyc", ".yaml")))
    yield from (ROOT / name for name in ALONE)
