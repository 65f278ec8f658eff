"""Two runs side by side: what changed, for whom, whether by more than chance, and whether a change may go in."""
