"""Settings, wiring, the embedded stack, security, observability and workers: where concrete things are named."""
