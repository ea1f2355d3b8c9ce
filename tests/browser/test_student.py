"""A student opens gan-mnist in JupyterLab, answers wrongly, reads why, and corrects it.

With SCREENSHOTS=FOLDER the pages are kept there.
"""

import os
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def keep(page):
    def screenshot(name):
        if folder := os.environ.get("SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{name}.png")

    return screenshot


def open_notebook(page, address, name):
    page.goto(f"{address}/lab/tree/{name}/{name}.ipynb?reset")
    page.get_by_role("heading", name="Generative adversarial networks").first.wait_for()
    page.locator(".jp-NotebookPanel-toolbar").get_by_text("Python 3").first.wait_for()


def code_cell(page, text):
    cell = page.locator(".jp-CodeCell", has_text=text).first
    cell.scroll_into_view_if_needed()
    return cell


def rewrite(page, cell, source):
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(source)


def run_with_the_check_below(page, cell):
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")


def test_wrong_then_right(jupyterlab, page, keep):
    address, _ = jupyterlab
    open_notebook(page, address, "gan-mnist")
    keep("opened")
    stub = code_cell(page, "def preprocess_img(x):")
    stub.locator(".cm-content").click()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Above Selected Cell").click()
    page.locator(".jp-OutputArea", has_text="images to train with").first.wait_for()

    run_with_the_check_below(page, stub)
    page.locator(".jp-OutputArea", has_text="NotImplementedError").first.wait_for()

    check = code_cell(page, 'expect.shape("the shape stays", y, (1, 3))')
    rewrite(page, stub, "def preprocess_img(x):\n    return x - 0.5\n")
    run_with_the_check_below(page, stub)
    wrong = check.locator(".jp-OutputArea-output", has_text="expected")
    wrong.wait_for()
    check.scroll_into_view_if_needed()
    keep("wrong")
    said = check.locator(".jp-OutputArea").inner_text()
    assert "its length must double" in said
    assert "Traceback" not in said

    rewrite(page, stub, "def preprocess_img(x):\n    return 2 * x - 1\n")
    run_with_the_check_below(page, stub)
    check.locator(".jp-OutputArea-output", has_text="✓ your argument is unchanged").wait_for()
    wrong.wait_for(state="detached")
    check.scroll_into_view_if_needed()
    keep("right")
