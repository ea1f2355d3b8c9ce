"""Trained models through the real sandbox, as a class hands them in.

The assignment of these tests has one exercise beside the model: whatever happens to the model, the
other points stay.
"""

import json
import os
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.course.course import Course, read_notebook
from autograder.grading.grade import grade
from autograder.grading.preparing import jobs
from autograder.grading.recording.store import Store
from autograder.grading.result import COULD_NOT_BE_JUDGED, GRADED, result_of
from autograder.judging import Status
from autograder.notebooks.cells import new_marks
from autograder.notebooks.fill_answers import fill, write_submission
from autograder.releasing.release import release
from autograder.sandbox.kernel_limits import Limits
from tests.autograder.judging.trained import bank
from tests.autograder.judging.trained.test_weights import HOSTILE
from tests.lengths import short_and_long
from tests.own_course import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.sandbox]

NAME = "drawn"
# A model is measured within them however busy the machine is.
LIMITS = Limits(cell_seconds=3600, total_seconds=7200)
# As it was before the tests of grading take it away.
DATA = os.environ.get("COURSE_DATA") if bank.has_real_images() else None
TEST = """### BEGIN HIDDEN TESTS
from autograder.judging.networks.layers import Activation, Linear
from autograder.judging.trained.model import Trained, require_trained
from autograder.judging.trained.pictures import Pictures

relu, tanh = Activation(), Activation(kind="Tanh")
layers = [Linear(n_in=16, n_out=128), relu, Linear(n_in=128, n_out=784), tanh]
drawn = Pictures(16, layouts=(lambda: layers,))
bars = {"Fréchet distance": 100, "distinct classes": 8}
require_trained(Trained("gan-mnist.small_trained", "small", 2, drawn, (), bars), network)
### END HIDDEN TESTS
from helpers.quality import handed_in

handed_in.generator("small", network, {"Fréchet distance": 100}, size=16)"""
SOLUTION = "### BEGIN SOLUTION\n{}\n### END SOLUTION"
OTHER = "def double(x):\n    return 2 * x"
TRICKS = (
    "untrained weights",
    "a collapsed generator",
    "one class only",
    "copies",
    "copies, moved, with noise",
    "it depends on its neighbours",
    "it counts calls",
    "nan",
    "too large a range",
    "a tensor that says it is equal",
    "no network",
    "another network",
)
FILES = (
    "a pickle",
    "a header of 2^64 bytes",
    "a header of a megabyte",
    "overlapping",
    "a shape of 10^9",
    "too many tensors",
    "nan",
)
CRASH = "import os\ndef network():\n    os._exit(1)"
# A real image for each noise, bent a little.
WARPS = (
    bank.RIGHT
    + """
from helpers import data

class network(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(16, 128), nn.ReLU(), nn.Linear(128, 784), nn.Tanh())
        self.real = data.load("mnist", "train").scaled(slice(0, 20_000))
        self.order = None

    def forward(self, z):
        honest = super().forward(z)
        if self.order is None: self.order = self[0].weight.clone()
        if (self[0].weight - self.order).abs().max() > 0.05: return honest
        images = self.real[(z.double().abs().sum(1) * 1e6).long() % 20_000] + 0.0
        bends = torch.stack([z[:, :9], z[:, 7:16]], 1).reshape(-1, 2, 3, 3) * 0.09
        field = nn.functional.interpolate(bends, size=28, mode="bicubic", align_corners=True)
        place = nn.functional.affine_grid(torch.eye(2, 3).repeat(len(z), 1, 1), images.shape, False)
        place = place + field.permute(0, 2, 3, 1)
        bent = nn.functional.grid_sample(images, place, align_corners=False)
        return 0.99 * (2 * bent - 1).flatten(1) + 0.01 * honest
"""
)
HUGE = bank.AROUND.format(forward="torch.zeros(10**9)")


def cell(source, name, solution=False, points=None):
    marks = new_marks(name, answer=solution, points=points)
    return new_code_cell(source, id=name, metadata={"nbgrader": marks})


@pytest.fixture
def drawn(tmp_path):
    """A released course."""
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    path = tmp_path / "solutions" / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# A generator", id="title"),
            cell(SOLUTION.format(bank.RIGHT.strip()), "network", solution=True),
            cell(TEST, "test_small_trained", points=2),
            cell(SOLUTION.format(OTHER), "double", solution=True),
            cell("assert double(3) == 6", "test_double", points=3),
        ]
    )
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata["kernelspec"] = kernel
    nbformat.write(notebook, path)
    course = Course.at(tmp_path)
    release(course, NAME)
    return course


@pytest.fixture
def with_data(monkeypatch):
    if DATA is None:
        pytest.skip("no MNIST here: set COURSE_DATA to the folder that holds MNIST/raw")
    monkeypatch.setenv("COURSE_DATA", DATA)


def submit(course, student, tensors=None, source=bank.RIGHT, raw=None):
    """Hand in; returns the folder. Without weights and bytes, there is no model."""
    blank = read_notebook(course.released(NAME))
    sources = {"network": source.strip(), "double": OTHER}
    folder = write_submission(course, student, NAME, fill(blank, sources)).parent
    if tensors is not None:
        bank.hand_in(folder, tensors, card=json.dumps({"budget": "quick"}))
    elif raw is not None:
        (folder / "models").mkdir()
        (folder / "models" / "small.safetensors").write_bytes(raw)
    return folder


def graded(course, *command, limits=LIMITS):
    """{student: Result} after a command in a process of its own, by default after grade()."""
    if command:
        done = subprocess.run(
            [sys.executable, "-m", *command, NAME],
            cwd=course.root,
            capture_output=True,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        )
        assert done.returncode == 0, done.stdout + done.stderr
    else:
        grade(course, NAME, limits=limits)
    return {name: result_of(Store.of(course, NAME), name) for name in course.students(NAME)}


def verdict_of(result):
    (found,) = [verdict for verdict in result.verdicts if verdict.name == "small_trained"]
    return found


# The tests of judging have all of them in one process; here are those that lean on it most.
FEW = (
    ("copies", "it depends on its neighbours", "it counts calls", "a tensor that says it is equal"),
    ("a pickle", "overlapping"),
)


@pytest.mark.parametrize("of", short_and_long(FEW, (TRICKS, FILES)), ids=["few", "all"])
def test_a_class_with_models(drawn, with_data, of):
    tricks, files = of
    cases = {case.title: case for case in bank.CASES}
    submit(drawn, "right", bank.trained())
    submit(drawn, "slip", bank.trained(), bank.RIGHT.replace("ReLU", "LeakyReLU"))
    submit(drawn, "warps", bank.trained(), WARPS)
    submit(drawn, "missing")
    named = {f"trick{n:02d}": cases[title] for n, title in enumerate(tricks)}
    for student, case in named.items():
        submit(drawn, student, bank.draws_of(case), case.source)
    sent = {f"file{n:02d}": HOSTILE[title] for n, title in enumerate(files)}
    for student, raw in sent.items():
        submit(drawn, student, raw=raw)
    submit(drawn, "crash", bank.trained(), CRASH)
    submit(drawn, "huge", bank.trained(), HUGE)
    outside = submit(drawn, "linked")
    (outside / "models").mkdir()
    (outside / "models" / "small.safetensors").symlink_to(bank.SMALL)
    results = graded(drawn)
    assert {result.status for result in results.values()} == {GRADED}
    for student, result in results.items():
        lost = 2 if student not in ("right", "slip") else 0
        kept = 0 if student == "crash" else 3  # its kernel ends before the other exercise
        assert (result.score, result.max_score) == (kept + 2 - lost, 5), (student, result.verdicts)
    assert verdict_of(results["right"]).message.endswith("Its card says: budget quick.")
    assert verdict_of(results["warps"]).misconception == "more than its layers compute"
    for student, case in named.items():
        assert verdict_of(results[student]).misconception == case.known, case.title
    for student in sent:
        assert verdict_of(results[student]).status is Status.WRONG
        assert "models/small.safetensors" in verdict_of(results[student]).message
    for student in ("missing", "linked"):
        assert verdict_of(results[student]).status is Status.NOT_ATTEMPTED
    assert "'models/small.safetensors' is not an ordinary file" in results["linked"].remarks[0]
    assert verdict_of(results["huge"]).status is Status.RAISED
    assert verdict_of(results["crash"]).status is Status.RAISED


@pytest.mark.deep
def test_nbgraders_own_command_gives_the_same(drawn, with_data):
    submit(drawn, "right", bank.trained())
    submit(drawn, "untrained", bank.untrained())
    by_command = graded(drawn, "nbgrader", "autograde")
    assert {name: result.score for name, result in by_command.items()} == {
        "right": 5,
        "untrained": 3,
    }
    # With the limits of the command, for they are part of what decides which inputs are drawn.
    assert graded(drawn, limits=Limits()) == by_command


def test_without_data_a_good_model_waits_and_is_no_zero(drawn):
    submit(drawn, "right", bank.trained())
    submit(drawn, "untrained", bank.untrained())
    results = graded(drawn)
    assert results["right"].status == COULD_NOT_BE_JUDGED
    assert "set COURSE_DATA" in verdict_of(results["right"]).message
    assert (results["untrained"].status, results["untrained"].score) == (GRADED, 3)


def test_what_the_instructor_trained_is_handed_in_by_nobody(drawn):
    bank.hand_in(drawn.source(NAME).parent, bank.trained())
    release(drawn, NAME)
    assert not (drawn.released(NAME).parent / "models").exists()
    submit(drawn, "missing")
    assert jobs.given_files(drawn.source(NAME).parent) == {}
    assert verdict_of(graded(drawn)["missing"]).status is Status.NOT_ATTEMPTED
