"""One module per node; each reads state, calls what it was given, and returns an update."""
