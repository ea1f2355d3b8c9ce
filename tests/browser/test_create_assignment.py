"""An author looks at a solution notebook with Create Assignment, and changes it there."""

import json
import shutil

import pytest

from tests.browser.course import ASSIGNMENT

pytestmark = pytest.mark.browser

EDITED = "test_logit_from_densities"


@pytest.fixture
def draft(course):
    """A copy of a solution notebook, below the course directory: its path from there."""
    path = course.root / "drafts" / f"{ASSIGNMENT}.ipynb"
    path.parent.mkdir(exist_ok=True)
    shutil.copy(course.source(ASSIGNMENT), path)
    yield path.relative_to(course.root)
    shutil.rmtree(path.parent)


def cells(course, path):
    """The cells of the file as they stand there."""
    return json.loads((course.root / path).read_text(encoding="utf-8"))["cells"]


def expected(cell):
    """[type, id, points] as the panel names them."""
    mark = cell["metadata"].get("nbgrader", {})
    kinds = {
        (True, True): "manual",
        (True, False): "solution",
        (False, True): "tests",
    }
    kind = kinds.get((mark.get("solution"), mark.get("grade")))
    kind = kind or ("readonly" if mark.get("locked") else "")
    return [kind, mark.get("grade_id", ""), mark.get("points", 0)]


def test_the_panel_shows_types_and_points_and_saving_changes_nothing_else(
    instructor, course, draft, keep
):
    page, before = instructor.page, cells(course, draft)
    instructor.open(str(draft))
    instructor.menu("Nbgrader", "Create assignment")
    panel = page.locator(".nbgrader-CreateAssignmentWidget")
    panel.locator(".nbgrader-CellWidget").first.wait_for()

    total = panel.locator(".nbgrader-TotalPointsInput")
    assert total.input_value() == "100"
    shown = panel.locator(".nbgrader-CellWidget").evaluate_all(
        """widgets => widgets.map(widget => [
            widget.querySelector("select").value,
            widget.querySelector(".nbgrader-CellId input").value,
            widget.querySelector(".nbgrader-CellPoints input").valueAsNumber,
        ])"""
    )
    assert shown == [expected(cell) for cell in before]

    instructor.save()
    assert cells(course, draft) == before

    instructor.cell(EDITED).locator(".jp-Placeholder").click()  # a check is folded
    instructor.cell(EDITED).locator(".cm-content").click()
    (place,) = [number for number, row in enumerate(shown) if row[1] == EDITED]
    widget = panel.locator(".nbgrader-CellWidget").nth(place)
    widget.scroll_into_view_if_needed()
    keep("create-assignment")
    widget.locator(".nbgrader-CellPoints input").fill("5")
    widget.locator(".nbgrader-CellPoints input").blur()
    assert total.input_value() == "101"
    instructor.save()
    after = cells(course, draft)
    del before[place]["metadata"]["jupyter"]  # it was unfolded
    assert after[place]["metadata"]["nbgrader"].pop("points") == 5
    assert before[place]["metadata"]["nbgrader"].pop("points") == 4
    assert after == before
