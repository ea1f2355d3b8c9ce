"""What a student sees in a real Jupyter kernel."""

from pathlib import Path

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).parents[2]
PICTURE = "plotting.image_grid(torch.rand(4, 784))"
CELLS = {
    "start": "import time, torch\nfrom helpers import data, expect, plotting, training",
    "picture": PICTURE,
    "picture not asked for": f"picture = {PICTURE}",
    "quiz": "plotting.real_or_fake(torch.rand(9, 784), {'GAN': torch.rand(9, 784)}, seed=1)",
    "displayed": f"from IPython.display import display\ndisplay({PICTURE})",
    "right": "expect.close('the loss', 1.0, 1.0)",
    "wrong": "expect.close('the loss', 0.5, 1.0, hints={0.5: 'add the two means.'})",
    "mistake": "data.load('cifar')",
    "stub": "def sampler():\n    raise NotImplementedError()\n\ndef chain(): return sampler()",
    "stub called": "chain()",
    "stub behind a name": "walk = chain()",
    "a name behind that": "length = len(walk)",
    "a third": "length + 1",
    "a name that nothing makes": "print(wlak)",
    "stub of a method": "class N:\n  def forward(self): raise NotImplementedError()\nN().forward()",
    "stub of a cell": "raise NotImplementedError()",
    "library": "raise NotImplementedError('no such kernel')",
    "progress": "for step in training.progress(range(7), description='epochs'): time.sleep(0.2)",
    "progress by hand": "with training.progress(total=7) as bar:\n"
    "  for step in range(7): bar.update(), time.sleep(0.2)",
}


@pytest.fixture(scope="module")
def outputs():
    """The outputs of each cell, by its title."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in CELLS.values()])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        for name in ("MPLBACKEND", "COURSE_BUDGET", "NBGRADER_EXECUTION"):
            patch.delenv(name, raising=False)
        NotebookClient(notebook, timeout=600, kernel_name="python3", allow_errors=True).execute()
    return {title: cell.outputs for title, cell in zip(CELLS, notebook.cells, strict=True)}


pytestmark = pytest.mark.slow


@pytest.mark.parametrize("title", ["picture", "quiz", "displayed"])
def test_a_picture_is_shown_once(outputs, title):
    (output,) = outputs[title]
    assert "image/png" in output["data"]


def test_no_picture_appears_by_itself(outputs):
    assert outputs["picture not asked for"] == []


def test_a_right_answer(outputs):
    (output,) = outputs["right"]
    assert (output["name"], output["text"]) == ("stdout", "✓ the loss\n")


def test_a_wrong_answer_shows_its_block_and_no_traceback(outputs):
    (output,) = outputs["wrong"]
    block = ["✗ the loss", "  expected  1", "  got       0.5", "  hint      add the two means."]
    assert output["traceback"] == block
    assert output["ename"] == "Mismatch"
    assert output["evalue"] == "\n".join(block)


def test_a_mistake_shows_one_sentence(outputs):
    (output,) = outputs["mistake"]
    assert output["traceback"] == [f"CourseError: {output['evalue']}"]


@pytest.mark.parametrize("title", ["progress", "progress by hand"])
def test_progress_leaves_one_line(outputs, title):
    (output,) = outputs[title]
    line = output["data"]["text/plain"]
    assert "100%" in line and "7/7" in line and "\r" not in line and "\n" not in line


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("stub called", "✗ sampler is not written yet, and this cell needs it"),
        ("stub of a method", "✗ N.forward is not written yet, and this cell needs it"),
        ("stub of a cell", "✗ this cell is not written yet"),
    ],
)
def test_a_stub_is_named_in_one_line(outputs, title, line):
    (output,) = outputs[title]
    assert output["output_type"] == "error" and output["ename"] == "NotImplementedError"
    assert output["traceback"] == [line]


@pytest.mark.parametrize(("title", "name"), [("a name behind that", "walk"), ("a third", "length")])
def test_what_a_stopped_cell_would_have_made_is_named_with_its_cause(outputs, title, name):
    (output,) = outputs[title]
    cause = "the cell that makes it needs sampler, which is not written yet"
    assert output["traceback"] == [f"✗ {name} is missing: {cause}"]


def test_another_name_that_is_missing_keeps_its_traceback(outputs):
    (output,) = outputs["a name that nothing makes"]
    assert output["ename"] == "NameError" and len(output["traceback"]) > 1


def test_what_a_library_has_not_implemented_keeps_its_traceback(outputs):
    (output,) = outputs["library"]
    assert "no such kernel" in output["evalue"] and len(output["traceback"]) > 1
