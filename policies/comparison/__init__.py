"""Two versions beside each other: what changed in their texts, and which outcomes change."""
