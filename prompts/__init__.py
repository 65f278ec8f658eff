"""Versioned prompts as Markdown files; id, version and hash go into the ledger."""
