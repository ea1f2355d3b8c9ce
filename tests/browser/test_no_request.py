"""What students write and show asks nobody for anything when a page of formgrader's is open."""

import nbconvert
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.notebooks.sanitize import harmless
from tests.autograder.notebooks.test_sanitize import PICTURES, REMOTE

pytestmark = pytest.mark.browser

SHOWN = (
    {"text/html": f"<img src='{REMOTE}'><p style='background:url({REMOTE})'>x</p>"},
    {"text/html": f"<link rel=stylesheet href='{REMOTE}'><video poster='{REMOTE}'></video>"},
    {"image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg'><image href='{REMOTE}'/></svg>"},
    {"text/markdown": PICTURES[0]},
)


def formgraders_page(notebook):
    """As formgrader renders a graded notebook."""
    # Imported here: it imports a server, and every process of pytest collects this file.
    from nbgrader.server_extensions.formgrader import handlers

    names = ("base_url", "notebook_id", "assignment_id", "submission_id", "student")
    resources = dict.fromkeys((*names, "last_name", "first_name", "notebook_path"), "x")
    exporter = nbconvert.HTMLExporter(
        template_name="formgrade", extra_template_basedirs=[handlers.template_path]
    )
    more = {"index": 0, "total": 1}
    return exporter.from_notebook_node(notebook, resources=resources | more)[0]


def a_notebook():
    mark = {"nbgrader": {"solution": True, "grade": True, "grade_id": "why", "points": 1}}
    answers = [
        new_markdown_cell(text, id=f"own-{number}", metadata=mark if number == 0 else {})
        for number, text in enumerate(PICTURES)
    ]
    outputs = [new_output("display_data", data) for data in SHOWN]
    return new_notebook(cells=[*answers, new_code_cell("1", outputs=outputs)])


def requests_of(page, notebook):
    """Addresses of the other host that the page asks for."""
    asked = []

    def answer(route):
        if "elsewhere.invalid" in route.request.url:
            asked.append(route.request.url)
        route.abort()

    page.route("**/*", answer)
    page.set_content(formgraders_page(notebook), wait_until="domcontentloaded")
    page.wait_for_timeout(500)
    return asked


def test_no_request_leaves(page):
    assert requests_of(page, harmless(a_notebook())) == []


def test_an_untreated_notebook_would_ask(page):
    notebook = a_notebook()
    notebook.cells = [cell for cell in notebook.cells if "attachment" not in cell.source]
    assert requests_of(page, notebook)
