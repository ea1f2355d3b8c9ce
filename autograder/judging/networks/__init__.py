"""Networks compared as functions: the same random weights, the same inputs, the same outputs."""
