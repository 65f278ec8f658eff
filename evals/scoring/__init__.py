"""Rules that judge answers, shared by suites."""
