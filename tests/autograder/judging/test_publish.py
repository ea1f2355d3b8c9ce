"""A verdict on its way through a real kernel."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import IPython
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from autograder.judging import Status, Verdict
from autograder.judging import publish as publishing
from autograder.judging.publish import MIME, publish, verdicts_of

ROOT = Path(__file__).parents[3]
WRONG = Verdict.named(
    "gan-mnist.generator_loss", Status.WRONG, ("negated", "The sign."), details=(("a",) * 4,)
)
LOSS = "def generator_loss(f):\n    return {sign}torch.nn.functional.softplus(-f).mean()"
TEST = "from autograder import judge\njudge('gan-mnist.generator_loss', generator_loss)"


@pytest.fixture(scope="module")
def cells():
    sources = ("import torch", LOSS.format(sign=""), f"{TEST};", LOSS.format(sign="-"), TEST)
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        NotebookClient(notebook, timeout=600, kernel_name="python3", allow_errors=True).execute()
    return notebook.cells


def test_a_right_verdict_arrives_and_nothing_else(cells):
    (output,) = cells[2].outputs
    assert output["output_type"] == "display_data"
    assert set(output["data"]) == {MIME, "text/plain"}
    assert output["data"]["text/plain"] == "✓ generator_loss: right"
    (verdict,) = verdicts_of(cells[2])
    assert verdict == Verdict("gan-mnist.generator_loss", Status.RIGHT, "right")


def test_a_wrong_verdict_arrives_with_a_short_error(cells):
    verdict_output, error = cells[4].outputs
    assert verdict_output["output_type"] == "display_data"
    (verdict,) = verdicts_of(cells[4])
    assert (verdict.status, verdict.misconception) == (Status.WRONG, "negated")
    assert (error["output_type"], error["ename"]) == ("error", "NotRight")
    lines = "\n".join(error["traceback"]).splitlines()
    assert len(lines) > 1 and max(map(len, lines)) <= 88
    assert " ".join(map(str.strip, lines)) == f"✗ generator_loss: {verdict.message}"


def test_a_cell_without_verdicts(cells):
    assert verdicts_of(cells[0]) == verdicts_of(cells[1]) == []
    assert verdicts_of({"cell_type": "markdown", "source": ""}) == []


def shell(monkeypatch, **attributes):
    shown = []
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(**attributes))
    monkeypatch.setattr(
        IPython.display, "display", lambda *args, **options: shown.append((args, options))
    )
    return shown


def test_a_kernel_displays_the_row(monkeypatch):
    shown = shell(monkeypatch, kernel=object())
    assert publish(WRONG) is None
    bundle = {MIME: WRONG.as_row(), "text/plain": "✗ generator_loss: negated"}
    assert shown == [((bundle,), {"raw": True})]


def test_outside_a_kernel_nothing_is_displayed(monkeypatch, capfd):
    shown = shell(monkeypatch)  # a terminal IPython has no kernel
    publish(WRONG)
    monkeypatch.undo()
    publish(WRONG)
    assert shown == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        (WRONG, "✗ generator_loss: negated"),
        (Verdict.right("gan.loss"), "✓ loss: right"),
        (Verdict("gan.loss", Status.TIMED_OUT, "no answer"), "✗ loss: timed out"),
    ],
)
def test_a_verdict_is_shown_by_a_sign_and_read_back(verdict, text):
    shown = publishing.bundle(verdict)
    assert shown == {MIME: verdict.as_row(), "text/plain": text}
    others = [{"output_type": "stream", "text": "x"}, {"data": {"text/plain": "x"}}]
    outputs = [*others, {"data": shown}]
    assert verdicts_of({"outputs": outputs}) == [replace(verdict, details=())]
    assert verdicts_of({"outputs": others}) == verdicts_of({"source": "x"}) == []
