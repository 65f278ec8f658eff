"""What a run may spend."""

from __future__ import annotations

from dataclasses import dataclass

from evals.usage import Usage


@dataclass
class Budget:
    """Money and tokens of this run since it was started or taken up; answers out of the cache cost nothing."""

    max_cost: float | None = None
    max_tokens: int | None = None
    cost: float = 0.0
    tokens: int = 0

    def spend(self, usage: Usage) -> None:
        """Count what an answer took."""
        self.cost += usage.cost
        self.tokens += usage.tokens

    @property
    def spent(self) -> str:
        """Why no further case is asked, in a sentence; empty as long as there is something left."""
        if self.max_cost is not None and self.cost >= self.max_cost:
            return f"The budget of {self.max_cost:.2f} USD is spent ({self.cost:.4f} USD)."
        if self.max_tokens is not None and self.tokens >= self.max_tokens:
            return f"The budget of {self.max_tokens:,} tokens is spent ({self.tokens:,})."
        return ""
