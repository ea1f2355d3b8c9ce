"""The Slurm of one node that the tests of clusters use."""

from tests.autograder.cluster.conftest import slurm  # noqa: F401 (a fixture)
