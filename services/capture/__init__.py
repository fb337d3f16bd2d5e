"""Capture takes in what AI systems do, validates it and redacts it at the edge."""
