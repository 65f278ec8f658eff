"""Settings and the embedded stack."""
