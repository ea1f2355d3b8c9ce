"""Test cells outside the student's kernel; a dict stands for the kernel."""

import contextlib
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_code_cell

from autograder.checks import NO_CHECKS
from autograder.grading.running import test_cells
from autograder.grading.running.test_cells import Tests, definitions
from autograder.grading.running.visible_check import Visible, visible_of
from autograder.judging import Status, time_limit
from autograder.judging.publish import verdicts_of
from tests import own_course

GIVEN = (
    "import math\nimport torch\nimport torch.nn as nn\nfrom helpers import expect",
    "%matplotlib inline\nfrom math import floor, ceil as up",
    "def shifted(x):\n    return double(x) + OFFSET\n\nimport this_package_is_nowhere",
    "import this_package_is_nowhere_either, cmath",
    "def broken(:",
)


class FakeSession:
    """A kernel whose names are in a dict."""

    def __init__(self, **names):
        self.names, self.cells_ended = names, 0

    def subject(self, name):
        if name not in self.names:
            raise NameError(f"name '{name}' is not defined")
        return self.names[name]

    def time_limit(self, seconds):
        return time_limit.time_limit(seconds)

    def default_dtype(self):
        return contextlib.nullcontext()

    def end_of_cell(self):
        self.cells_ended += 1


def run(source, seconds=5.0, **names):
    cell, session = new_code_cell(source), FakeSession(**names)
    checks = own_course.CHECKS["gan-mnist"]
    Tests(GIVEN, session, salt="s", checks=checks).run(cell, seconds)
    # The visible part of a check that fails is run once more.
    assert session.cells_ended in (1, 2)
    return cell.outputs


def failure(outputs):
    return next((o for o in outputs if o.output_type == "error"), None)


def test_names_are_the_cells_own_then_the_instructors_then_the_kernels():
    source = """
x = torch.tensor(2.0)
def twice(y):
    return shifted(y) * math.pi / math.pi
class Box:
    value = nn.Linear(1, 1)
assert [twice(n) for n in (1, 2)] == [7, 9]
assert twice(x) == 9 and up(0.5) == 1 and floor(1.5) == 1 and len([1]) == 1
print("done")"""
    assert run(source, double=lambda x: 2 * x, OFFSET=5) == [
        {"output_type": "stream", "name": "stdout", "text": "done\n"}
    ]


def test_an_import_stands_alone():
    assert set(definitions(GIVEN)) >= {"math", "torch", "nn", "expect", "floor", "up", "shifted"}
    # One that fails is nothing to what is imported beside it.
    assert failure(run("assert cmath.pi > 3")) is None
    assert failure(run("this_package_is_nowhere_either")).ename == "ModuleNotFoundError"


def test_each_cell_has_fresh_names():
    session = FakeSession()
    tests, second = (
        Tests(GIVEN, session, salt="", checks=NO_CHECKS),
        new_code_cell("assert leftover == 1"),
    )
    tests.run(new_code_cell("leftover = 1"), 5.0)
    tests.run(second, 5.0)
    assert failure(second.outputs).ename == "NameError"


@pytest.mark.parametrize(
    "source, name, text",
    [
        (
            "assert double(2) == 5",
            "AssertionError",
            "in line 1 of the check: assert double(2) == 5",
        ),
        ("unknown(1)", "NameError", "name 'unknown' is not defined"),
        ("expect.close('twice 2', double(2), 5.0)", "Mismatch", "twice 2"),
        ("def f(:", "SyntaxError", "invalid syntax"),
        ("import this_package_is_nowhere", "ModuleNotFoundError", "No module"),
    ],
)
def test_what_fails_is_shown(source, name, text):
    error = failure(run(source, double=lambda x: 2 * x))
    assert error.ename == name
    assert text in "\n".join(error.traceback)


def test_a_hidden_line_is_never_shown():
    source = "### BEGIN HIDDEN TESTS\nassert double(7) == 15\n### END HIDDEN TESTS\nassert True"
    error = failure(run(source, double=lambda x: 2 * x))
    assert error.traceback == ["AssertionError:"]


def test_a_test_that_takes_too_long():
    error = failure(run("while True: pass", seconds=0.2))
    assert (error.ename, error.evalue) == ("CellTimeoutError", "no answer within 0 s")


def test_what_judge_says_is_among_the_outputs():
    source = (
        "from autograder import judge\njudge('gan-mnist.preprocess_img', preprocess_img)\nprint(1)"
    )
    right = run(source, preprocess_img=lambda x: 2 * x - 1)
    assert [o.output_type for o in right] == ["stream", "display_data"]
    assert [v.status for o in [{"outputs": right}] for v in verdicts_of(o)] == ["right"]
    wrong = run(source, preprocess_img=lambda x: 2 * x)
    assert [v.misconception for v in verdicts_of({"outputs": wrong})] == ["no shift"]
    assert failure(wrong).ename == "NotRight"


def test_warnings_and_bars_are_ordinary_output():
    outputs = run("import sys\nprint('note', file=sys.stderr)")
    assert outputs == [{"output_type": "stream", "name": "stdout", "text": "note\n"}]


HIDDEN_FIRST = """### BEGIN HIDDEN TESTS
expect.close('hidden', double(7.0), 14.0)
### END HIDDEN TESTS
expect.close('twice 0', double(0.0), 0.0)
expect.close('twice 2', double(2.0), 4.0)"""


def test_the_visible_part_is_told_where_the_hidden_part_fails_first():
    outputs = run(HIDDEN_FIRST, double=lambda x: x)
    shown = visible_of({"outputs": outputs})
    assert shown == Visible(("twice 0",), "twice 2", "4", "2")
    assert "14" not in str(shown)
    assert visible_of({"outputs": run(HIDDEN_FIRST, double=lambda x: 2 * x)}) is None


def test_a_visible_part_that_passes_says_so():
    shown = visible_of({"outputs": run(HIDDEN_FIRST, double=lambda x: x * (2 - (x == 7)))})
    assert shown.holds and shown.passed == ("twice 0", "twice 2")


def test_a_visible_part_without_end_is_left_out():
    def slow(x):
        if x == 7.0:
            return x
        while True:
            pass

    outputs = run(HIDDEN_FIRST, seconds=0.3, double=slow)
    assert visible_of({"outputs": outputs}) is None
    assert failure(outputs).ename == "Mismatch"


@pytest.mark.parametrize("status", Status)
def test_the_visible_part_is_told_unless_the_verdict_says_enough(status):
    publish = "current().publish(Verdict('a.b', Status(name), 'told'))\n"
    imports = "from autograder.judging import Status, Verdict\n"
    imports += "from autograder.judging.setting import current\n"
    outputs = run(imports + publish + HIDDEN_FIRST, name=str(status), double=lambda x: x)
    enough = {Status.NOT_ATTEMPTED, Status.TIMED_OUT, Status.COULD_NOT_BE_JUDGED}
    assert (visible_of({"outputs": outputs}) is None) is (status in enough)


@pytest.mark.parametrize("took, left", [(2.0, 3.0), (4.5, 1.0)])
def test_the_visible_part_has_the_time_that_is_left(monkeypatch, took, left):
    """But a second at least."""
    asked, clock = [], iter([10.0, 10.0 + took])

    class Session(FakeSession):
        def time_limit(self, seconds):
            asked.append(seconds)
            return contextlib.nullcontext()

    monkeypatch.setattr(test_cells, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    source = "### BEGIN HIDDEN TESTS\nassert False\n### END HIDDEN TESTS\nassert False"
    checks = own_course.CHECKS["gan-mnist"]
    Tests((), Session(), salt="s", checks=checks).run(new_code_cell(source), 5.0)
    assert asked == [5.0, left]


def test_a_failed_comparison_is_shown_as_it_is_written():
    error = failure(run("expect.true('a number', False, 'it is none')"))
    assert error.ename == "Mismatch" and error.evalue.startswith("✗ a number")
    assert "\n".join(error.traceback) == error.evalue


def test_what_is_shown_has_a_length():
    outputs = run("print('x' * 30_000)\nraise ValueError('y' * 3000)")
    assert outputs[0].text == "x" * 20_000
    error = failure(outputs)
    assert error.evalue == "y" * 2000
    where, *lines = error.traceback
    assert where.startswith("in line 2 of the check: raise ValueError(")
    assert "".join(lines).replace(" ", "") == f"ValueError:{'y' * 3000}"[:1999]
    assert {len(line) for line in lines[1:-1]} == {100}


def test_an_error_of_what_the_check_calls_is_shown_at_the_line_of_the_check():
    def double(x):
        raise ValueError("inside")

    error = failure(run("x = 1\ndouble(x)\nassert True", double=double))
    assert error.traceback == ["in line 2 of the check: double(x)", "ValueError: inside"]
    error = failure(run("def helper():\n    return double(1)\nhelper()", double=double))
    assert error.traceback[0] == "in line 2 of the check: return double(1)"


def test_a_kernel_that_has_ended_is_told_by_each_verdict():
    publish = "current().publish(Verdict('a.b', Status.WRONG, 'told', sentence='a'))\n"
    imports = "from autograder.judging import Status, Verdict\n"
    imports += "from autograder.judging.setting import current\n"
    cell = new_code_cell(imports + 2 * publish + HIDDEN_FIRST)
    tests = Tests(GIVEN, FakeSession(double=lambda x: x), salt="s", checks=NO_CHECKS)
    found = tests.run(cell, 5.0, "in the cell c, it died")
    assert [(each.message, each.sentence) for each in found] == [
        ("not reached: in the cell c, it died", None)
    ] * 2
    assert verdicts_of(cell) == found
    assert visible_of(cell) is None  # nothing is run again in a kernel that is not there
    assert failure(cell.outputs).ename == "Mismatch"


def test_the_files_of_a_submission_and_its_salt_are_those_of_its_tests(tmp_path):
    source = (
        "from autograder.judging.setting import current\nhere = current()\n"
        "print(here.salt, *here.files)\nassert here.so_far is shared(here.so_far)"
    )
    seen = []

    def shared(so_far):
        seen.append(so_far)
        return seen[0]

    files = {"models/g.pt": tmp_path}
    tests = Tests((), FakeSession(shared=shared), salt="pepper", checks=NO_CHECKS, files=files)
    for _ in range(2):  # what one test has found is there for the next
        cell = new_code_cell(source)
        tests.run(cell, 5.0)
        assert [each.get("text") for each in cell.outputs] == ["pepper models/g.pt\n"]


def test_names_in_class_bodies_are_those_of_the_kernel_and_the_instructor():
    source = """
class Box(Base):
    value = OFFSET + up(0.5)
    class Inner:
        other = floor(2.5)
    names = [nn.Linear, print]
    @kept
    def read(self, default=DEFAULT, later=lambda: LATER):
        return OFFSET, default, later(), LATER
    OFFSET = 7
    again = OFFSET
assert (Box.value, Box.again, Box.Inner.other, Box.kind) == (6, 7, 2, "base")
change()
assert Box().read() == (5, 1, "new", "new"), Box().read()
"""
    base = type("Base", (), {"kind": "base"})
    session = {"OFFSET": 5, "Base": base, "DEFAULT": 1, "LATER": "old", "kept": lambda f: f}
    cell, kernel = new_code_cell(source), FakeSession(**session)
    # What a function reads is looked up as it is when the function is called.
    kernel.names["change"] = lambda: kernel.names.update(LATER="new")
    Tests(GIVEN, kernel, salt="s", checks=NO_CHECKS).run(cell, 5.0)
    assert failure(cell.outputs) is None
    assert failure(run("class Box:\n    value = nowhere")).ename == "NameError"


def test_what_the_instructor_defines_may_be_a_class_and_is_imported_under_its_own_name():
    found = definitions(
        ["import a.b.c\nimport d.e as f\nfrom g import h, i as j\nclass K: ...\nl = 1",
         "  %cd x\n!pip\n?y\ndef m(): ...", "x = \0"]
    )  # fmt: skip
    assert set(found) == {"a", "f", "h", "j", "K", "m"}
