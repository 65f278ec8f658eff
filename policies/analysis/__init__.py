"""What is proved about a policy before it is published."""

from policies.analysis.findings import Analysis, Finding
from policies.analysis.publishing import analyse

__all__ = ["Analysis", "Finding", "analyse"]
