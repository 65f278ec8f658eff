"""The real graph in process, on the sample company: what suites ask."""

from evals.house.changes import NOTHING, Changes
from evals.house.house import DAY, House, HouseSpec
from evals.house.outcome import TurnOutcome

__all__ = ["DAY", "NOTHING", "Changes", "House", "HouseSpec", "TurnOutcome"]
