"""Gradescope's container has no MNIST: who trained a model still gets results."""

import json
import os
import subprocess
import sys
import zipfile

import pytest

from autograder.reports.gradescope.build import write_zip
from tests.autograder.grading.test_trained import NAME, drawn, submit
from tests.autograder.judging.trained import bank

pytestmark = [pytest.mark.slow, pytest.mark.sandbox]
__all__ = ["drawn"]  # a fixture


@pytest.mark.parametrize(
    ("tensors", "points", "words"),
    [
        (bank.trained, 2, "✓ it reaches its bars, but was not compared with real images"),
        (bank.untrained, 0, "untrained"),
        (bank.collapsed, 0, "one picture for all noise"),
        (None, 0, "not attempted"),
    ],
)
def test_a_model_is_measured_without_real_images(drawn, tmp_path, tensors, points, words):
    root = tmp_path / "autograder"
    path = write_zip(drawn, NAME, tmp_path / "x.zip")
    with zipfile.ZipFile(path) as archive:
        for about in archive.infolist():
            os.chmod(archive.extract(about, root / "source"), about.external_attr >> 16 & 0o777)
    submit(drawn, "amara", tensors() if tensors else None).rename(root / "submission")
    done = subprocess.run(
        [root / "source" / "run_autograder"],
        env={
            **{name: value for name, value in os.environ.items() if name != "COURSE_DATA"},
            "HOME": str(root),
            "AUTOGRADER_ROOT": str(root),
            "AUTOGRADER_PYTHON": sys.executable,
        },
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    small, double = json.loads((root / "results" / "results.json").read_text())["tests"]
    assert (small["score"], small["max_score"]) == (points, 2) and words in small["output"]
    assert ("Measured: Fréchet distance" in small["output"]) == (points == 2)
    assert double["score"] == 3
