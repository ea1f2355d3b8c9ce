"""A student opens a notebook in JupyterLab, answers wrongly, reads why, and corrects it.

With SCREENSHOTS=FOLDER the pages are kept there.
"""

import os
from dataclasses import dataclass
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


def open_notebook(page, address, name, heading):
    page.goto(f"{address}/lab/tree/{name}/{name}.ipynb?reset")
    page.get_by_role("heading", name=heading).first.wait_for()
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


@dataclass(frozen=True)
class Slip:
    """A first exercise: wrong and right source, and what the check says to either."""

    notebook: str
    heading: str
    stub: str
    check: str
    wrong: str
    hint: str
    right: str
    last_tick: str


SLIPS = [
    Slip(
        notebook="gan-mnist",
        heading="Generative adversarial networks",
        stub="def preprocess_img(x):",
        check='expect.shape("the shape stays", y, (1, 3))',
        wrong="def preprocess_img(x):\n    return x - 0.5\n",
        hint="its length must double",
        right="def preprocess_img(x):\n    return 2 * x - 1\n",
        last_tick="✓ your argument is unchanged",
    ),
    Slip(
        notebook="ebm-mnist",
        heading="Energy-based models",
        stub="class Swish(nn.Module):",
        check='"it is a module", isinstance(act, nn.Module)',
        wrong="class Swish(nn.Module):\n    def forward(self, x):\n        return x.sigmoid()\n",
        hint="multiply it by x",
        right="class Swish(nn.Module):\n"
        "    def forward(self, x):\n        return x * x.sigmoid()\n",
        last_tick="✓ its slope there",
    ),
    Slip(
        notebook="gan-fashion",
        heading="Generative adversarial networks on Fashion-MNIST",
        stub="def column_labels(rows, classes=10):",
        check="labels = column_labels(2, classes=3)",
        wrong="def column_labels(rows, classes=10):\n"
        "    return torch.arange(classes).repeat_interleave(rows)\n",
        hint="repeat the whole sequence",
        right="def column_labels(rows, classes=10):\n"
        "    return torch.arange(classes).repeat(rows)\n",
        last_tick="✓ ten classes unless you say otherwise",
    ),
    Slip(
        notebook="foundations",
        heading="Foundations",
        stub="def logit_from_densities(log_p_data, log_p_model):",
        check='"densities 0.6 against 0.2, and 0.1 against 0.4"',
        wrong="def logit_from_densities(log_p_data, log_p_model):\n"
        "    return log_p_model - log_p_data\n",
        hint="positive means data",
        right="def logit_from_densities(log_p_data, log_p_model):\n"
        "    return log_p_data - log_p_model\n",
        last_tick="✓ the caller's tensor is as it was",
    ),
]


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.notebook)
def test_wrong_then_right(jupyterlab, page, keep, slip):
    address, _ = jupyterlab
    open_notebook(page, address, slip.notebook, slip.heading)
    keep(f"{slip.notebook}-opened")
    stub = code_cell(page, slip.stub)
    stub.locator(".cm-content").click()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Above Selected Cell").click()

    run_with_the_check_below(page, stub)
    page.locator(".jp-OutputArea", has_text="NotImplementedError").first.wait_for()

    check = code_cell(page, slip.check)
    rewrite(page, stub, slip.wrong)
    run_with_the_check_below(page, stub)
    wrong = check.locator(".jp-OutputArea-output", has_text="expected")
    wrong.wait_for()
    check.scroll_into_view_if_needed()
    keep(f"{slip.notebook}-wrong")
    said = check.locator(".jp-OutputArea").inner_text()
    assert slip.hint in said
    assert "Traceback" not in said

    rewrite(page, stub, slip.right)
    run_with_the_check_below(page, stub)
    check.locator(".jp-OutputArea-output", has_text=slip.last_tick).wait_for()
    wrong.wait_for(state="detached")
    check.scroll_into_view_if_needed()
    keep(f"{slip.notebook}-right")
