"""Attacks that are made from goals, vehicles, disguises and languages, what came of them, and a report by the OWASP Top 10 for LLMs."""
