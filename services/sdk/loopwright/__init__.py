"""Loopwright for products: record what an AI system does, and read which version a user gets."""
