"""Offline quality reports."""
