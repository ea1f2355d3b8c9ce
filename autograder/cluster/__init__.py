"""Large classes: the same grading on the nodes of a Dask cluster, on Slurm or anywhere."""
