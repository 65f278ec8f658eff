"""Running suites: cases over processes, a journal that survives a kill, a cache of answers, a budget, and the folder of a run."""

from evals.running.folder import Run, RunFolder, find, load
from evals.running.runner import Outcome, resume, run, start
from evals.running.spec import RunSpec

__all__ = ["Outcome", "Run", "RunFolder", "RunSpec", "find", "load", "resume", "run", "start"]
