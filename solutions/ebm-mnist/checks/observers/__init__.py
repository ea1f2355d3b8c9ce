"""Observers of energy-based models (f = -E): networks, walks, buffers, training steps.

As in judging.observers, one function looks at the student's code, at the oracle and at every
wrong formula.
"""
