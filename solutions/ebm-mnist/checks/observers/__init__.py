"""Ways of looking at energy-based models (f = -E): networks, walks, buffers, training steps.

As in judging.observe, one function looks at the student's code, at the oracle and at every
wrong formula.
"""
