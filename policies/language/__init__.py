"""The policy language: the typed document, how a text is read and written, and what describes it."""
