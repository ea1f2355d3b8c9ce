"""Closed forms, by subject. Pure functions: float64 tensors in, float64 tensors out."""
