"""Marks given on formgrader's own pages are seen on the marking page, and the other way round."""

import contextlib

import pytest

from tests.browser.lab import serve
from tests.browser.marker import Marker
from tests.browser.test_formgrader import MARKS_ARE_THERE
from tests.marking_course import ESSAYS, essays, marking

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("warm")]
FORMGRADER = (
    "server",
    "--ServerApp.jpserver_extensions=nbgrader.server_extensions.formgrader=True",
)
QUESTION, STUDENT = "q_1", "s003"


class Submission:
    """formgrader's page of one student's notebook."""

    def __init__(self, page, lab, course):
        self.page = page
        with course.gradebook() as book:
            found = book.find_submission_notebook(ESSAYS, ESSAYS, STUDENT)
            (grade,) = [each for each in found.grades if each.name == QUESTION]
            self.grade, self.address = grade.id, f"{lab}/formgrader/submissions/{found.id}"
        self.open()

    def open(self):
        self.page.goto(self.address)
        self.box.wait_for()
        self.page.wait_for_function(MARKS_ARE_THERE)

    @property
    def box(self):
        score = self.page.locator(f".score#{QUESTION}")
        return self.page.locator(".nbgrader_cell", has=score)

    def shown(self):
        """(points, extra credit, comment, whether it is to be marked) as the page has them."""
        score = self.box.locator(".score")
        fields = score, self.box.locator(".extra-credit"), self.box.locator("textarea")
        waits = "needs_manual_grade" in (score.get_attribute("class") or "")
        return (*[each.input_value() for each in fields], waits)

    def type(self, field, text, kind="grade"):
        with self.saving(kind):
            self.box.locator(field).fill(text)
            self.box.locator(field).blur()

    @contextlib.contextmanager
    def saving(self, kind):
        def saved(response):
            return response.request.method == "PUT" and f"/api/{kind}/" in response.url

        with self.page.expect_response(saved) as reply:
            yield
        assert reply.value.ok


def test_each_sees_what_the_other_gave(browser, page, tmp_path, tmp_path_factory):
    course = essays(tmp_path / "course", 4, 1)
    scratch = tmp_path_factory.mktemp("jupyter")
    server = serve(course.root, scratch, FORMGRADER, JUPYTER_NO_CONFIG="1")
    with server as lab, marking(course, "--as", "ada") as address:
        marker = Marker(page, address)
        marker.open(QUESTION)
        theirs = browser.new_page()
        theirs.set_default_timeout(180_000)
        submission = Submission(theirs, lab, course)
        card = page.locator(f"article[id='{submission.grade}']")
        card.click()
        comment, points = page.locator("#comment"), page.locator("#points")

        def sees(state):
            card.locator(".state").get_by_text(state, exact=True).wait_for()
            card.click()

        assert submission.shown() == ("", "", "", True)
        submission.type(".score", "2.5")
        submission.type("textarea", "From formgrader: $x < 1$ & so.", "comment")
        sees("✓ 2.5 of 4")
        page.wait_for_function("() => document.querySelector('#comment').value.length > 9")
        assert comment.input_value() == "From formgrader: $x < 1$ & so."
        submission.type(".extra-credit", "1")
        sees("✓ 2.5 of 4 + 1 extra")

        marker.press("2")  # what formgrader said stays as the marker's own words
        marker.wait_saved()
        submission.open()
        said = "+1: the limit\nFrom formgrader: $x < 1$ & so."
        assert submission.shown() == ("3.5", "1", said, False)

        with submission.saving("grade"):
            submission.box.get_by_role("button", name="Full credit").click()
        sees("✓ 4 of 4 + 1 extra")
        marker.press("-")
        marker.wait_saved()
        with submission.saving("grade"):  # from a page that still has the 4
            submission.box.get_by_role("button", name="Full credit").click()
        sees("✓ 4 of 4 + 1 extra")
        marker.comment("?")
        marker.press("x")
        marker.wait_saved()
        submission.open()
        assert submission.shown()[0] == "4" and submission.shown()[2].endswith("so.?")

        # A mark removed there waits here, and the other way round.
        submission.type(".score", "")
        submission.type("textarea", "", "comment")
        sees("⚑ ○ not marked")
        page.wait_for_function("() => !document.querySelector('#comment').value")
        assert points.input_value() == ""
        assert marker.left() == 4
        marker.press("f")
        marker.wait_saved()
        card.click()
        points.fill("")
        points.press("Enter")
        marker.wait_saved()
        submission.open()
        assert submission.shown() == ("", "1", "", True)

        # formgrader asks nobody before it writes; what it left is seen here, and told.
        page.route("**/api/state/*", lambda route: route.abort())
        with submission.saving("grade"):
            submission.box.get_by_role("button", name="No credit").click()
        marker.press("1")
        told = page.get_by_role("alert")
        told.wait_for()
        assert "Somebody gave 0 points" in told.inner_text()
        marker.press("t")
        sees("⚑ ✓ 0 of 4")
        theirs.close()
