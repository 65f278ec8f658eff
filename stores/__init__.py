"""The only SQL and the only Redis of maitred."""
