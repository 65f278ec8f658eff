"""The policy language: read, checked, compiled once, evaluated without any I/O."""
