"""Observers of diffusion models.

As in judging.observers, one function looks at the student's code, at the oracle and at every
wrong formula. Where the student's code draws, the others describe what they would draw.
"""
