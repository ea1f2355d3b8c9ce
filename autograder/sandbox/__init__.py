"""Run student code in isolated kernels and exchange values with it."""
