"""Run submissions: kernels, test cells, worker processes."""
