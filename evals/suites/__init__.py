"""One module a suite, each with its `SUITE`."""
