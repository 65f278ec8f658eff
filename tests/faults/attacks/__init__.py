"""Attacks on a model that obeys them all, and what must hold nevertheless."""
