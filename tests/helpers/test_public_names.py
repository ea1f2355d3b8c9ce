"""What a package says it offers is there, under the names that notebooks use."""

import importlib

import pytest


@pytest.mark.parametrize(
    "package",
    [
        "helpers.quality",
        "helpers.diffusion",
        "helpers.submit",
        "autograder.judging",
    ],
)
def test_every_public_name_is_there(package):
    module = importlib.import_module(package)
    names = module.__all__
    assert names and len(set(names)) == len(names)
    for name in names:
        assert getattr(module, name) is not None
