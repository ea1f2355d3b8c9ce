"""Closed forms that only this assignment needs, a module for each part.

Time is an index t = 0..T-1, and alpha_bar before the first step is 1. In comments and docstrings
a_t = 1 - beta_t, and A_t, A_s are alpha_bars at the steps t and s.
"""
