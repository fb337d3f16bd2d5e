"""A product with users whose faults are known, for demo and tests."""
