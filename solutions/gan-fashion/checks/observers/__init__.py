"""Observers of adversarial games: their losses, the conditional ones, and single parts.

As in judging.observers, one function looks at the student's code, at the oracle and at every
wrong formula.
"""
