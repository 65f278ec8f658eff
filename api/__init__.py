"""The HTTP API: what channel integrators build on."""
