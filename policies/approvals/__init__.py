"""Who may move a version on: rules in Cedar, and what a version needs."""
