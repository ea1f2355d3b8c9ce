"""While submissions run: kernels, test cells, workers."""
