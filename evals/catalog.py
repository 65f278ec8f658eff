"""Which suites there are: a module in `evals/suites/` each, or a file of the user's own."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import pkgutil
import sys
from pathlib import Path
from types import ModuleType

from domain.canonical import digest
from domain.errors import InvalidInput
from evals import suites as package
from evals.suite import Suite

OF_A_FILE = "maitred_suite_"


def names() -> list[str]:
    """The names of our own suites; none is imported for it."""
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__))


def suites() -> dict[str, Suite]:
    """Our own suites by name."""
    return {name: find(name) for name in names()}


def find(name: str) -> Suite:
    """A suite by its name, or by the path of a file that holds `SUITE`. Raises InvalidInput with what to do about it."""
    return suite_of(module_of(name), name)


def place_of(name: str) -> str:
    """The name or path of a suite, so that it means the same from everywhere."""
    return str(Path(name).resolve()) if name.endswith(".py") else name


def module_of(name: str) -> ModuleType:
    """The module of a suite. Raises InvalidInput when there is none."""
    if name.endswith(".py"):
        return _from_file(Path(name))
    known, module = names(), name.replace("-", "_")
    if module not in known:
        near = difflib.get_close_matches(module, known, n=1, cutoff=0.4)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise InvalidInput(f"There is no suite {name}. {hint}`maitred eval list` shows all; a suite of your own is named by its path.")
    return importlib.import_module(f"{package.__name__}.{module}")


def suite_of(module: ModuleType, name: str) -> Suite:
    """The module's `SUITE`. Raises InvalidInput."""
    found = getattr(module, "SUITE", None)
    if not isinstance(found, Suite):
        raise InvalidInput(f"{name} holds no suite: it needs a line `SUITE = Suite(...)`; see docs/tutorial/add-a-suite.md.")
    twice = next((one.name for one in found.metrics if [other.name for other in found.metrics].count(one.name) > 1), None)
    if twice is not None:
        raise InvalidInput(f"The suite {found.name} has two metrics of the name {twice}.")
    return found


def _from_file(path: Path) -> ModuleType:
    """A suite of the user's own. Its folder is not put on the import path, so that nothing in it takes the place of a package."""
    file = path.resolve()
    if not file.is_file():
        raise InvalidInput(f"There is no file {path}.")
    name = OF_A_FILE + digest(str(file).encode())[7:19]
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise InvalidInput(f"{path} cannot be read as Python.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pydantic look their module up here
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise InvalidInput(f"{path} cannot be imported: {type(error).__name__}: {error}") from error
    return module
