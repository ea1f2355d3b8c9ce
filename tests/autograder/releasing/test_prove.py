"""A release grades the solution, which earns everything, and the stub, which earns nothing."""

import shutil

import nbformat
import pytest

from autograder.cli import main
from autograder.course.course import Course
from autograder.grading.preparing.jobs import blueprint
from autograder.releasing.prove import models_in_full, prove
from autograder.releasing.release import release
from helpers.errors import CourseError
from tests.autograder.beside import courses
from tests.autograder.beside.battery import Case
from tests.lengths import first_and_rest

pytestmark = pytest.mark.sandbox

NAME = "week"
GOOD = [
    Case("double", 2, "def double(x):\n    return 2 * x", "assert double(3) == 6\nlast = 3"),
    Case("half", 1, "def half(x):\n    return x / 2", "assert half(last) == 1.5"),
]
BAD = [
    *GOOD,
    Case("wrong", 1, "wrong = 1", "assert wrong == 2"),
    Case("free", 1, "free = 1", "pass"),
    Case("partial", 2, "partial = 1", "partial"),
    Case("too_much", 1, "too_much = 5", "too_much"),
    Case("kit", 1, "kit = 1", "import numpy.nowhere"),
]


def course_of(root, cases, minor=5):
    root.mkdir()
    shutil.copy(courses.ROOT / "nbgrader_config.py", root)
    path = root / "solutions" / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    notebook = courses.source_notebook(cases)
    if minor < 5:
        notebook.nbformat_minor = minor
        for cell in notebook.cells:
            del cell["id"]
    nbformat.write(notebook, path)
    return Course.at(root)


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    course = course_of(tmp_path_factory.mktemp("bad") / "course", BAD)
    with pytest.raises(CourseError) as error:
        release(course, NAME, proof=True)
    return course, str(error.value)


@pytest.mark.parametrize(
    "said",
    [
        "test_wrong: the solution gets 0 of 1 (AssertionError).",
        "test_free: the stub, with nothing written, gets 1 points.",
        "test_partial: the solution gets 1 of 2.",
        "test_too_much: partial credit cannot be greater than maximum points for cell.",
        "test_kit: the solution gets 0 of 1 (ModuleNotFoundError: No module named",
    ],
)
def test_what_fails_is_named_by_cell(bad, said):
    assert said in bad[1]


def test_what_holds_is_not_named(bad):
    assert "test_double" not in bad[1] and "test_half" not in bad[1]


def test_nothing_is_released_that_does_not_grade(bad):
    assert not bad[0].released(NAME).exists()


@pytest.mark.slow
def test_the_command_says_so_and_can_skip_it(bad, capsys):
    course, _ = bad
    with pytest.raises(SystemExit) as exit_code:
        main(["release", NAME, "--course", str(course.root)])
    assert exit_code.value.code == 2
    assert "test_free: the stub" in capsys.readouterr().err
    with pytest.raises(SystemExit) as exit_code:
        main(["release", NAME, "--no-proof", "--course", str(course.root)])
    assert exit_code.value.code == 0
    assert "released" in capsys.readouterr().out
    with pytest.raises(SystemExit) as exit_code:
        main(["check", NAME, "--course", str(course.root)])
    assert exit_code.value.code == 2
    assert "test_wrong" in capsys.readouterr().err


@pytest.mark.slow
def test_the_button_of_formgrader_proves_too(bad):
    result = bad[0].api().generate_assignment(NAME)
    assert not result["success"]
    assert "test_wrong: the solution gets 0 of 1" in result["log"] + (result.get("error") or "")


@pytest.mark.slow
@pytest.mark.parametrize("minor", first_and_rest([0, 4, 5]))
def test_a_good_one_is_released_in_any_format(tmp_path, minor):
    course = course_of(tmp_path / "course", GOOD, minor)
    first = release(course, NAME, proof=True).read_bytes()
    assert prove(course, blueprint(course, NAME)).problems == ()
    assert release(course, NAME).read_bytes() == first
    assert nbformat.reads(first.decode(), 4).nbformat_minor == 5


def test_a_model_of_a_try_is_not_held_against_the_solution(tmp_path):
    course = course_of(tmp_path / "course", GOOD)
    folder = course.source(NAME).parent / "models"
    folder.mkdir()
    for name, card in (
        ("tried", '{"budget": "quick"}'),
        ("trained", '{"budget": "full"}'),
        ("older", "{}"),
        ("broken", "{"),
    ):
        (folder / f"{name}.json").write_text(card)
        (folder / f"{name}.safetensors").write_bytes(b"")
    found = {path.stem for path in models_in_full(course, NAME).values()}
    assert found == {"trained", "older", "broken"}
