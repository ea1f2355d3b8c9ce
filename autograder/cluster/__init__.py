"""Grade large classes on the nodes of a Dask cluster, on Slurm or elsewhere."""
