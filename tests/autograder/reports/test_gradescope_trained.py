"""Gradescope's container has no MNIST: who trained a model still gets results."""

import json
import os
import subprocess
import sys
import zipfile

import pytest
from nbformat.v4 import new_output

from autograder.course.course import read_notebook
from autograder.grading.preparing.jobs import blueprint, with_hidden
from autograder.grading.result import COULD_NOT_BE_JUDGED, Result
from autograder.judging import Status, Verdict
from autograder.judging.publish import bundle
from autograder.judging.verdict import NEEDS_IMAGES
from autograder.reports.gradescope import container
from autograder.reports.gradescope.build import write_zip
from tests.autograder.grading.test_trained import NAME, drawn, submit
from tests.autograder.judging.trained import bank
from tests.lengths import first_and_rest
from tests.tiny_course import TINY
from tests.tiny_course import submit as submit_tiny

__all__ = ["drawn"]  # a fixture


@pytest.mark.slow
@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("tensors", "points", "words"),
    first_and_rest(
        [
            (bank.trained, 2, "✓ it reaches its bars, but was not compared with real images"),
            (bank.untrained, 0, "untrained"),
            (bank.collapsed, 0, "one picture for all noise"),
            (None, 0, "not attempted"),
        ]
    ),
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


@pytest.mark.parametrize("lacks", [NEEDS_IMAGES, None])
def test_what_needs_real_images_is_no_part_of_the_score(course, lacks):
    """Nor is it a 0; but a check that fails by itself still gives no results at all."""
    plan = blueprint(course, TINY)
    notebook = with_hidden(plan, read_notebook(submit_tiny(course, "amara")))
    verdict = Verdict("tiny.bce_loss", Status.COULD_NOT_BE_JUDGED, "Set COURSE_DATA.", lacks=lacks)
    (test,) = [cell for cell in notebook.cells if cell.id == "test_bce_loss"]
    test.outputs = [new_output("display_data", bundle(verdict))]
    result = Result("submission", COULD_NOT_BE_JUDGED, 3.0, 8.0, (verdict,))
    if lacks is None:
        with pytest.raises(container.NotJudged, match="the check of bce_loss itself failed"):
            container._results(plan, notebook, result)
        return
    results = container._results(plan, notebook, result)
    (double,) = results["tests"]
    assert (double["score"], double["max_score"]) == (3, 3)
    assert "bce_loss is not part of this score: it is measured on real images" in results["output"]
