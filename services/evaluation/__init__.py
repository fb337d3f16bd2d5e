"""Evaluation judges candidate versions against the baseline."""
