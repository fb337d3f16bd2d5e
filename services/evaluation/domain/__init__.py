"""What counts as proof that a candidate is good enough, or that it does harm."""
