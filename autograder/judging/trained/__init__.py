"""Trained models: the weights that a student hands in, measured without training anything.

The weights are checked here, loaded into the student's own class wherever that lives (in the
sandbox, when a class is graded), fed with inputs drawn here, and what comes back is measured here
with helpers.quality.
"""
