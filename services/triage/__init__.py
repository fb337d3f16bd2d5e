"""Triage collapses signals with the same cause into one case, with a severity and an owner."""
