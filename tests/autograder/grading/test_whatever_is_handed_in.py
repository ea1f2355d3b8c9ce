"""A class whose files are as people have them: each gets the grade that Jupyter would show."""

import copy
import json

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.course.course import read_notebook
from autograder.grading.grade import grade
from autograder.grading.result import GRADED
from autograder.notebooks.cells import grade_id
from autograder.notebooks.fill_answers import fill
from autograder.reports import feedback
from autograder.reports.points import class_marks
from tests.tiny_course import RIGHT, TINY, tiny_course

pytestmark = [pytest.mark.slow, pytest.mark.sandbox]
ALL = 8
WRONG = "def double(x):\n    return x + x + 1"


def at(content, name):
    names = [cell.get("metadata", {}).get("nbgrader", {}).get("grade_id") for cell in content]
    return names.index(name)


def code(source, **metadata):
    return json.loads(json.dumps(new_code_cell(source, metadata=metadata)))


def text(source, **metadata):
    return json.loads(json.dumps(new_markdown_cell(source, metadata=metadata)))


def every(change):
    def apply(content):
        for cell in content["cells"]:
            change(cell)

    return apply


def half(name, first, second):
    """Split Cell: both halves keep the metadata."""

    def change(content):
        place = at(content["cells"], name)
        cell = content["cells"][place]
        other = copy.deepcopy(cell) | {"id": "second-half", "source": second}
        cell["source"] = first
        content["cells"].insert(place + 1, other)

    return change


def before(name, *cells):
    def change(content):
        content["cells"][at(content["cells"], name) : at(content["cells"], name)] = cells

    return change


def stub_and(name, *own, after=True):
    """The stub is left as it was; something is typed in cells of the student's own beside it."""

    def change(content):
        place = at(content["cells"], name)
        content["cells"][place]["source"] = STUBS[name]
        content["cells"][place + after : place + after] = own

    return change


def put(**sources):
    def change(content):
        for name, source in sources.items():
            content["cells"][at(content["cells"], name)]["source"] = source

    return change


def retyped(content):
    """The answer cell deleted and typed anew."""
    place = at(content["cells"], "why")
    content["cells"][place] = text("MY ANSWER: because it is so.")


def of_kind(kind, key, value=None):
    def change(cell):
        if cell["cell_type"] == kind:
            if value is None:
                cell.pop(key, None)
            else:
                cell[key] = value

    return every(change)


def below_setup(*sources):
    return before("double", *map(code, sources))


STUBS: dict = {}
# Ways to end or to restart the kernel politely: passed over, every one of them.
ENDS = (
    "get_ipython().kernel.do_shutdown(True)",
    "import IPython\nIPython.Application.instance().kernel.do_shutdown(True)",
    "k = get_ipython().kernel\n"
    "await k.shutdown_request(k.shell_stream, None, {'content': {'restart': True}})",
    "await get_ipython().kernel._at_shutdown()",
    "get_ipython().ask_exit()",
    "get_ipython().exit_now = True",
    "get_ipython().kernel.io_loop.stop()",
    "loop = get_ipython().kernel.io_loop\nloop.call_later(0.01, loop.stop)",
    "import asyncio\nasyncio.get_event_loop().stop()",
    "import IPython\nIPython.Application.instance().exit(0)",
    "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)",
    "import signal\nsignal.raise_signal(signal.SIGINT)",
    "raise SystemExit",
    "raise KeyboardInterrupt",
)
FILES = {
    "no-outputs": of_kind("code", "outputs"),
    "no-execution-count": of_kind("code", "execution_count"),
    "attachments-on-code": of_kind("code", "attachments", {}),
    "ids-in-4-4": lambda content: content.update(nbformat_minor=4),
    "ids-of-vs-code": every(lambda cell: cell.update(id=f"#VSC-{cell['id']}")),
    "kernelspec-without-name": lambda content: content["metadata"].update(kernelspec={}),
    "nbformat-text": lambda content: content.update(nbformat="4", nbformat_minor="4"),
    "crlf": every(lambda cell: cell.update(source=cell["source"].replace("\n", "\r\n"))),
    "split": half("double", "FACTOR = 2", "def double(x):\n    return FACTOR * x"),
    "copied": half("double", WRONG, RIGHT["double"]),
    "copied-stub-below": lambda content: half("double", RIGHT["double"], STUBS["double"])(content),
    "own-below": lambda content: stub_and("double", code(RIGHT["double"]))(content),
    "own-above": lambda content: stub_and("double", code(RIGHT["double"]), after=False)(content),
    "all-at-the-top": lambda content: [
        stub_and("double")(content),
        stub_and("bce_loss")(content),
        below_setup("\n".join((RIGHT["double"], RIGHT["bce_loss"])))(content),
    ],
    "default-dtype": lambda content: [
        below_setup("torch.set_default_dtype(torch.float64)")(content),
        put(
            double="def double(x):\n    return torch.dot(torch.ones(1) * 2, x.reshape(1))",
            bce_loss="def bce_loss(logits, targets):\n"
            "    terms = (torch.nn.functional.softplus(logits) - targets * logits).flatten()\n"
            "    return torch.dot(terms, torch.ones(len(terms))) / len(terms)",
        )(content),
    ],
    "other-settings": below_setup(
        "import numpy, random\ntorch.set_printoptions(precision=9)\ntorch.set_num_threads(2)\n"
        "torch.use_deterministic_algorithms(True)\ntorch.set_default_device('cpu')\n"
        "numpy.seterr(all='raise')\nrandom.seed(0)\ntorch.autograd.set_detect_anomaly(True)"
    ),
    **{f"exit-{n}": before("test_double", code(f"exit(){' ' * n}")) for n in range(4)},
    "quit": before("test_double", code("quit()")),
    "sys-exit": before("test_double", code("import sys\nsys.exit()")),
    "exit-in-the-answer": lambda content: put(double=f"{RIGHT['double']}\nexit()")(content),
    **{f"end-{n}": before("test_double", code(line)) for n, line in enumerate(ENDS)},
}  # fmt: skip
WRITTEN = {
    "retyped": retyped,
    "beside": lambda content: stub_and("why", text("MY ANSWER: because it is so."))(content),
    "in-a-code-cell": lambda content: stub_and("why", code("# MY ANSWER: because."))(content),
}
BLANK = {"blank": lambda content: stub_and("why")(content)}


def submit_file(course, student, change):
    content = json.loads(json.dumps(fill(read_notebook(course.released(TINY)), RIGHT)))
    for cell in content["cells"]:
        cell["source"] = "".join(cell["source"])
    change(content)
    path = course.submitted(student, TINY)
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    course = tiny_course(tmp_path_factory.mktemp("whatever"))
    released = read_notebook(course.released(TINY))
    STUBS.update({grade_id(cell): cell.source for cell in released.cells if grade_id(cell)})
    for student, change in (FILES | WRITTEN | BLANK).items():
        submit_file(course, student, change)
    return course, {result.student: result for result in grade(course, TINY)}


@pytest.mark.parametrize("student", [*FILES, *WRITTEN, *BLANK])
def test_the_grade_is_the_true_one(graded, student):
    _, results = graded
    result = results[student]
    assert (result.status, result.score, result.problem) == (GRADED, ALL, None), result.remarks


def test_exit_is_said(graded):
    _, results = graded
    for student in ("exit-0", "quit", "exit-in-the-answer"):
        assert any("calls exit()" in remark for remark in results[student].remarks)


def test_what_was_written_is_seen_by_a_person(graded):
    course, _ = graded
    with course.gradebook() as gradebook:
        marks = class_marks(gradebook, TINY)
        pages = {path.parents[1].name: path for path in feedback.feedback(course, TINY)}
    for student in WRITTEN:
        assert marks[student].marks["why"].points is None
        page = pages[student].read_text("utf-8")
        assert "MY ANSWER" in page and "not marked yet" in page and "by hand</" not in page
        assert "MY ANSWER" in course.autograded(student, TINY).read_text("utf-8")
    assert marks["blank"].marks["why"].points == 0
    page = pages["blank"].read_text("utf-8")
    assert "not answered" in page and "marked by hand" not in page
