"""A student opens a notebook in JupyterLab, answers wrongly, reads why, and corrects it."""

from dataclasses import dataclass

import nbformat
import pytest

from autograder.course.course import Course, read_notebook
from autograder.notebooks.fill_answers import fill, solution_sources
from autograder.notebooks.kept_outputs import TAG
from tests import own_course
from tests.browser.lab import ROOT
from tests.lengths import first_and_rest

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Slip:
    """A first exercise: wrong and right source, and what the check says to either."""

    notebook: str
    heading: str
    exercise: str
    wrong: str
    hint: str
    right: str
    last_tick: str


SLIPS = [
    Slip(notebook=name, **slip)
    for name in own_course.ASSIGNMENTS
    if (slip := own_course.told(name, "SLIP"))
]


@pytest.mark.parametrize("slip", first_and_rest(SLIPS), ids=lambda slip: slip.notebook)
def test_wrong_then_right(student, keep, slip):
    page, check = student.page, f"test_{slip.exercise}"
    student.open(f"{slip.notebook}/{slip.notebook}.ipynb")
    page.get_by_role("heading", name=slip.heading).first.wait_for()
    keep(f"{slip.notebook}-opened")
    student.cell(slip.exercise).locator(".cm-content").click()
    student.menu("Run", "Run All Above Selected Cell")

    student.run_with_the_next(slip.exercise)
    blank = student.cell(check).locator(".jp-OutputArea", has_text="is not written yet")
    blank.first.wait_for()

    student.rewrite(slip.exercise, slip.wrong)
    student.run_with_the_next(slip.exercise)
    wrong = student.cell(check).locator(".jp-OutputArea-output", has_text="expected")
    wrong.wait_for()
    said = student.cell(check).locator(".jp-OutputArea").inner_text()
    keep(f"{slip.notebook}-wrong")
    assert slip.hint in said
    assert "Traceback" not in said

    student.rewrite(slip.exercise, slip.right)
    student.run_with_the_next(slip.exercise)
    right = student.cell(check).locator(".jp-OutputArea-output", has_text=slip.last_tick)
    right.wait_for()
    wrong.wait_for(state="detached")
    right.scroll_into_view_if_needed()
    keep(f"{slip.notebook}-right")


def test_a_check_is_folded_and_can_be_unfolded(student, keep):
    page = student.page
    student.open("foundations/foundations.ipynb")
    answer, check = "logit_from_densities", "test_logit_from_densities"
    student.cell(answer).locator(".cm-content").wait_for()
    folded = student.cell(check).locator(".jp-Placeholder")
    folded.wait_for()
    assert student.cell(check).locator(".cm-content").count() == 0
    keep("check-folded")
    folded.click()
    student.cell(check).locator(".cm-content", has_text="#@title Check: ").wait_for()
    assert "expect.close(" in student.cell(check).inner_text()
    page.locator(".jp-Placeholder").first.wait_for()  # the others stay as they are


def test_the_validate_button_names_a_wrong_answer_and_passes_a_right_one(student, keep):
    (slip,) = [slip for slip in SLIPS if slip.notebook == "foundations"]
    path = student.folder / slip.notebook / f"{slip.notebook}.ipynb"
    solution = read_notebook(Course.at(ROOT).source(slip.notebook))
    answers = solution_sources(solution) | {slip.exercise: slip.wrong}
    notebook = fill(read_notebook(path), answers)
    # Every answer and every check; to draw the pictures takes longer than all of these.
    notebook.cells = [cell for cell in notebook.cells if TAG not in cell.metadata.get("tags", ())]
    nbformat.write(notebook, path)
    student.open(f"{slip.notebook}/{path.name}")

    def validate():
        student.page.get_by_role("button", name="Validate").click()
        dialog = student.page.locator(".jp-Dialog-content", has_text="Validation Results")
        dialog.wait_for()
        return dialog

    dialog = validate()
    assert dialog.inner_text().count("The following cell failed") == 1
    error = dialog.locator("pre").nth(1)  # the first one has the source of the cell
    said = error.inner_text()
    assert said.startswith("✗ densities 0.6 against 0.2") and slip.hint in said
    assert "Traceback" not in said
    error.scroll_into_view_if_needed()
    keep("validate")
    student.page.get_by_role("button", name="Ok", exact=True).click()

    student.rewrite(slip.exercise, slip.right)
    assert "Success! Your notebook passes all the tests." in validate().inner_text()
    # The last cell packs what is handed in; nothing was handed in here.
    assert list(student.folder.rglob("*.zip")) == []
