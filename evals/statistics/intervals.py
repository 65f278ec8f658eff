"""Intervals of shares."""

from __future__ import annotations

import math

Z_95 = 1.959964


def wilson(hits: int, total: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927); (0, 1) without data."""
    if total == 0:
        return 0.0, 1.0
    share = hits / total
    centre = (share + Z_95**2 / (2 * total)) / (1 + Z_95**2 / total)
    half = Z_95 * math.sqrt(share * (1 - share) / total + Z_95**2 / (4 * total**2)) / (1 + Z_95**2 / total)
    return max(0.0, centre - half), min(1.0, centre + half)
