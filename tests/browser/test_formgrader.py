"""An instructor in formgrader: grade with its button, mark by hand, see it everywhere after."""

import csv
import html
import re
import shutil

import pytest

from autograder.course.course import read_notebook
from autograder.grading.recording.store import Store
from autograder.grading.result import result_of
from autograder.notebooks.cells import grade_id, is_answer, named, points
from autograder.sandbox import isolation
from tests.browser.course import ASSIGNMENT, HIDDEN, command

pytestmark = [pytest.mark.browser, pytest.mark.sandbox]

SCHEME = re.compile(r"BEGIN MARK SCHEME -->(.*?)<!-- END MARK SCHEME", re.DOTALL)
NO_FORMULA = re.compile(r"[$*\n]|^- ", re.MULTILINE)
QUESTION, POINTS = "q_log_ratio", 1.5
# formgrader's own way there first; it ends with the question below the bar at the top.
SCROLL = """async box => {
    await $("body, html").promise();
    box.scrollIntoView({block: "center"});
}"""
COMMENT = "The sigmoid is inverted; say what a logit of 0 means & why."
CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Foundations (77)
    Points Possible,,,,,100
"Diallo, Amara",1,11,amara,A,
"Haddad, Bilal",2,12,bilal,A,
"Weber, Jonas",3,13,jonas,A,
"""


# In a page of nbgrader's formgrader.
MARKS_ARE_THERE = """() => {
    const { grades, comments } = window.formgrader ?? {};
    return Boolean(grades?.loaded && comments?.loaded);
}"""


class Formgrader:
    """formgrader in a tab of JupyterLab, opened from its menu."""

    def __init__(self, lab):
        self.page = lab.page
        self.page.goto(f"{lab.address}/lab?reset")
        self.page.get_by_role("tab", name="File Browser").click()  # closes it: more room
        lab.menu("Nbgrader", "Formgrader")
        self.frame = self.page.frame_locator("#formgrader iframe")

    def row(self, name):
        return self.frame.locator("#main-table tr", has_text=name)

    def follow(self, path):
        """Click the link to a page, named by the end of its address."""
        self.frame.locator(f'a[href$="/formgrader/{path}"]').first.click()

    def press(self, row, button):
        """Press the button in a column; returns what the window says that tells the outcome."""
        self.row(row).locator(f".{button} a").click()
        window = self.frame.locator(".modal-dialog")
        said = window.inner_text()
        window.get_by_role("button", name="OK").click()
        window.wait_for(state="detached")
        return said

    def box(self, question):
        """The frame around a written answer, with its marks and its comment."""
        return self.frame.locator(".nbgrader_cell", has=self.frame.locator(f"#{question}"))

    def wait_for_marks(self):
        """Until the page of a submission has its marks: before, it does not hear a button."""
        frame = self.page.locator("#formgrader iframe").element_handle().content_frame()
        frame.wait_for_function(MARKS_ARE_THERE)

    def saving(self, kind):
        """A context that ends when the server has a grade or a comment."""
        return self.page.expect_response(
            lambda response: response.request.method == "PUT" and f"/api/{kind}/" in response.url
        )


@pytest.fixture
def source(course):
    """Cells of the solution notebook by grade_id."""
    return named(read_notebook(course.source(ASSIGNMENT)))


def written(source):
    """{grade_id: points} of the written answers."""
    written = (cell for cell in source.values() if cell.cell_type == "markdown")
    return {grade_id(cell): points(cell) for cell in written if is_answer(cell)}


def test_from_the_button_to_the_feedback_page_and_the_tables(instructor, course, source, keep):
    formgrader = Formgrader(instructor)
    formgrader.row(ASSIGNMENT).locator(".num-submissions a", has_text="3").wait_for()
    formgrader.follow(f"manage_submissions/{ASSIGNMENT}")

    formgrader.row("jonas").locator(".status", has_text="needs autograding").wait_for()
    assert "Successfully autograded" in formgrader.press("bilal", "autograde")
    bilal = formgrader.row("bilal")
    bilal.locator(".status", has_text="needs manual grading").wait_for()
    assert bilal.locator(".score").inner_text() == "50 / 100"
    assert "needs autograding" in formgrader.row("jonas").inner_text()
    keep("formgrader-submissions")
    result = result_of(Store.of(course, ASSIGNMENT), "bilal")
    assert result.isolation == isolation.best().as_row()
    assert {v.name: v.misconception for v in result.verdicts if not v.is_right} == {
        "logit_from_densities": "the sign",
        "kl_generator_loss": None,  # fails in a hidden test that knows no misunderstandings
    }

    mark_by_hand(formgrader, source, keep)
    total = 50 + sum(written(source).values()) - 2 + POINTS
    formgrader.follow(f"gradebook/{ASSIGNMENT}/{ASSIGNMENT}")
    formgrader.row("Submission #1").locator(".score", has_text=f"{total} / 100").wait_for()

    page = course.feedback("bilal", ASSIGNMENT)
    formgrader.follow("manage_assignments")
    formgrader.follow(f"manage_submissions/{ASSIGNMENT}")
    assert "Successfully generated" in formgrader.press("bilal", "generate-feedback")
    by_button = page.read_bytes()

    # The rest of the class by the command: marks given by hand stay.
    command(course, "grade", ASSIGNMENT)
    command(course, "feedback", ASSIGNMENT)
    assert page.read_bytes() == by_button
    with course.gradebook() as gradebook:
        assert not gradebook.find_submission(ASSIGNMENT, "bilal").needs_manual_grade
    said = html.unescape(page.read_text(encoding="utf-8"))
    assert f"{total} of 100 points" in said and COMMENT in said
    assert_nothing_hidden(said, source, course)
    instructor.page.goto(page.as_uri())
    instructor.page.get_by_text(COMMENT).scroll_into_view_if_needed()
    keep("formgrader-feedback")

    assert score_in_csv(course) == str(total)
    assert score_in_canvas(course) == str(total)


def mark_by_hand(formgrader, source, keep):
    """Everything full, but one answer with fewer points and a comment."""
    formgrader.follow("gradebook")
    formgrader.follow(f"gradebook/{ASSIGNMENT}")
    formgrader.follow(f"gradebook/{ASSIGNMENT}/{ASSIGNMENT}")
    formgrader.row("Submission #1").locator(".name a:visible").click()
    answer = formgrader.box(QUESTION)
    answer.wait_for()
    formgrader.wait_for_marks()
    for name in written(source):
        (scheme,) = SCHEME.findall(source[name.replace("q_", "ask_", 1)].source)
        words = max(NO_FORMULA.split(scheme), key=len).strip()
        assert formgrader.frame.get_by_text(words).is_visible(), words
        box = formgrader.box(name)
        if name != QUESTION:
            with formgrader.saving("grade"):
                box.get_by_role("button", name="Full credit").click()
    with formgrader.saving("grade"):
        answer.locator(f"#{QUESTION}").fill(str(POINTS))
        answer.locator(f"#{QUESTION}").blur()
    with formgrader.saving("comment"):
        answer.locator("textarea").fill(COMMENT)
        answer.locator("textarea").blur()
    answer.evaluate(SCROLL)
    keep("formgrader-marking")
    shown = formgrader.frame.get_by_text("As handed in; this cell is not run again").first
    assert shown.is_visible()
    formgrader.frame.locator("img").first.scroll_into_view_if_needed()
    keep("formgrader-as-handed-in")


def assert_nothing_hidden(said, source, course):
    """No marking scheme, no hidden test, and no number that only a hidden test has seen."""
    for mark in ("judge(", "HIDDEN TESTS", "MARK SCHEME", "Marking scheme"):
        assert mark not in said
    for cell in source.values():
        for scheme in SCHEME.findall(cell.source):
            assert not [line for line in scheme.splitlines() if len(line) > 20 and line in said]
    graded = read_notebook(course.autograded("bilal", ASSIGNMENT))
    (failed,) = [cell for cell in graded.cells if grade_id(cell) == "test_kl_generator_loss"]
    for value in HIDDEN:
        assert value in str(failed.outputs) and value not in said


def score_in_csv(course):
    command(course, "export", "--format", "csv", "--assignment", ASSIGNMENT)
    with open(course.root / "grades.csv", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert rows["amara"][f"{ASSIGNMENT} not marked yet"] == "12"
    assert rows["jonas"][f"{ASSIGNMENT} not marked yet"] == "0"  # blank is 0 without a person
    assert rows["bilal"][QUESTION] == str(POINTS)
    return rows["bilal"][f"{ASSIGNMENT} points"]


def score_in_canvas(course):
    (course.root / "canvas.csv").write_text(CANVAS)
    options = ["--assignment", ASSIGNMENT, "--canvas", "canvas.csv", "--to", "import.csv"]
    command(course, "export", "--format", "canvas", *options)
    rows = list(csv.reader((course.root / "import.csv").read_text().splitlines()))
    scores = {row[3]: row[5] for row in rows}
    assert scores["amara"] == "60" and scores["jonas"] == "0"
    return scores["bilal"]


def test_generate_gives_the_same_notebook_as_release(instructor, course, keep):
    released = course.released(ASSIGNMENT)
    before = released.read_bytes()
    shutil.rmtree(released.parent)
    try:
        formgrader = Formgrader(instructor)
        said = formgrader.press(ASSIGNMENT, "assign")
        assert "Successfully created the student version" in said
        assert released.read_bytes() == before
        formgrader.row(ASSIGNMENT).locator(".preview a").wait_for()
        keep("formgrader-assignments")
    finally:
        released.parent.mkdir(exist_ok=True)
        released.write_bytes(before)
