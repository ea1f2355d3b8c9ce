"""The results that Gradescope reads, from a graded notebook in memory."""

from types import SimpleNamespace

import pytest
from nbformat.v4 import new_output

from autograder.grading.result import GRADED, Result
from autograder.grading.running.visible_check import bundle as visible_bundle
from autograder.judging import Status, Verdict
from autograder.judging.publish import bundle
from autograder.judging.verdict import NEEDS_IMAGES, REACHES_BARS
from autograder.reports.gradescope import container
from autograder.sandbox.isolation import APART, Kind
from tests.autograder.reports.test_student_page import HALVED, SEEN, done, error, given, shown

BLUEPRINT = SimpleNamespace(name="ps1", notebook="ps1", released=given())
CLOSED = {"isolation": Kind.SINGLE.value, "meaning": "..."}
TEXT = {"output_format": "text", "visibility": "visible"}


def results(notebook, *verdicts, isolation=CLOSED, **options):
    result = Result("submission", GRADED, 0, 6, verdicts, isolation=isolation, **options)
    return container._results(BLUEPRINT, notebook, result)


def test_each_test_has_its_points_and_its_words():
    notebook = done(
        test=[*shown(bundle(HALVED), visible_bundle(SEEN)), error()], plain=[error("E", "v")]
    )
    made = results(notebook, HALVED)
    loss, plain = made.pop("tests")
    assert loss == {
        "name": "loss: A loss",
        "number": "1",
        "score": 0.0,
        "max_score": 5.0,
        "status": "failed",
        "output": f"✗ wrong\nhalved\nHalf of it is gone.\n\nThe check in your notebook:\n{SEEN}",
        "name_format": "text",
        **TEXT,
    }
    assert (plain["number"], plain["score"], plain["max_score"]) == ("2", 0.0, 1.0)
    assert made == {
        "output": container.BY_HAND,
        "stdout_visibility": "hidden",
        "extra_data": {"isolation": CLOSED},
        **TEXT,
    }


def test_what_passes_has_all_its_points():
    loss, plain = results(done(test=shown(bundle(Verdict.right("a.loss")))))["tests"]
    assert (loss["score"], loss["status"], loss["output"]) == (5.0, "passed", "✓ right\n")
    assert (plain["score"], plain["status"]) == (1.0, "passed")


@pytest.mark.parametrize(
    ("isolation", "said"),
    [
        (CLOSED, False),
        ({"isolation": Kind.NESTED.value, "meaning": "..."}, False),
        ({"isolation": "limits only", "meaning": APART}, False),
        ({"isolation": "limits only", "meaning": "..."}, True),
        (None, True),
    ],
)
def test_a_run_without_a_sandbox_says_so(isolation, said):
    output = results(done(), isolation=isolation)["output"]
    assert (container.OPEN in output) is said and output.endswith(container.BY_HAND)


def test_why_a_run_stopped_and_what_was_changed_is_told_in_lines():
    made = results(done(), stopped="at loss", remarks=("one", "two"))
    assert made["output"].splitlines() == [
        *("Your notebook did not run to its end: at loss.", "one", "two", container.BY_HAND)
    ]


def lacking(what):
    return Verdict("a.loss", Status.COULD_NOT_BE_JUDGED, "no images", lacks=what)


def test_a_model_that_reaches_its_bars_has_its_points_without_real_images():
    verdict = lacking(REACHES_BARS)
    made = results(done(test=[*shown(bundle(verdict)), error()]), verdict)
    loss, _ = made["tests"]
    assert (loss["score"], loss["status"]) == (5.0, "passed")
    assert loss["output"].startswith(f"✓ {REACHES_BARS}") and made["output"] == container.BY_HAND


def test_what_needs_real_images_is_left_to_the_course_staff():
    verdict = lacking(NEEDS_IMAGES)
    made = results(done(test=[*shown(bundle(verdict)), error()]), verdict)
    assert [(test["name"], test["number"]) for test in made["tests"]] == [("plain: A loss", "2")]
    assert container.LATER.format(name="loss", lacks=NEEDS_IMAGES) in made["output"]


def test_a_check_that_failed_gives_nobody_a_zero():
    with pytest.raises(container.NotJudged, match="the check of loss itself failed"):
        results(done(), lacking(None))


def test_several_notebooks_are_one_list_of_tests():
    other = SimpleNamespace(name="ps1", notebook="two", released=given())
    lost = container._lost(other, "two.ipynb was not handed in.")
    test = lost["tests"][0]
    assert test == {
        "name": "loss",
        "number": "1",
        "score": 0.0,
        "max_score": 5.0,
        "status": "failed",
        "output": "two.ipynb was not handed in.",
        "name_format": "text",
        **TEXT,
    }
    one = results(done())
    made = container._together({"one": one, "two": lost})
    assert [(each["name"], each["number"]) for each in made["tests"]] == [
        ("one: loss: A loss", "1.1"),
        ("one: plain: A loss", "1.2"),
        ("two: loss", "2.1"),
        ("two: plain", "2.2"),
    ]
    assert made["output"] == (
        f"one.ipynb: {container.BY_HAND}\n\ntwo.ipynb: two.ipynb was not handed in."
    )
    assert made["extra_data"] == {"isolation": CLOSED}
    assert container._together({"two": lost})["extra_data"] == {}
    unreadable = container._unreadable("x is no notebook.")
    assert unreadable["score"] == 0
    assert unreadable["output"] == "This could not be graded and gets 0 points: x is no notebook."


def test_hostile_names_stay_plain():
    notebook = done(test=[new_output("error", ename="a\x1b[31m", evalue="b", traceback=[])])
    notebook.cells[1].outputs = [error("E\x1b[31m", "v")]
    assert "\x1b" not in str(results(notebook)["tests"])
