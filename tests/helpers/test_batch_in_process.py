"""The unattended run without a kernel: what it prints, writes and returns."""

import contextlib
import json
import os
import signal

import nbclient
import nbformat
import pytest
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from helpers import batch


class Client:
    """Runs the cells by showing their sources; `behave` may fail or stop instead."""

    behave = staticmethod(lambda source: None)
    last = None

    def __init__(self, notebook, *, on_cell_executed, **options):
        self.notebook, self.told, self.options = notebook, on_cell_executed, options
        Client.last = self

    async def async_execute(self):
        import asyncio

        for index, cell in enumerate(self.notebook.cells):
            if cell.cell_type != "code" or not cell.source.strip():
                continue
            self.behave(cell.source)
            await asyncio.sleep(0.02)  # as long as a cell: a signal is taken meanwhile
            cell.outputs = [new_output("stream", text=f"ran {cell.source}")]
            self.told(cell=cell, cell_index=index, execute_reply={})


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """run(behave, *options): (exit code, out, err, the notebook that was written or None)."""
    monkeypatch.setattr(nbclient, "NotebookClient", Client)
    path = tmp_path / "nb.ipynb"
    cells = [
        new_code_cell("a"),
        new_markdown_cell("text"),
        new_code_cell(" \n"),
        new_code_cell("b"),
    ]
    nbformat.write(new_notebook(cells=cells), path)
    before = signal.getsignal(signal.SIGUSR1)

    def start(behave=lambda source: None, *options):
        Client.behave = staticmethod(behave)
        code = batch.main([str(path), *options])
        said = capsys.readouterr()
        out = tmp_path / "nb-run.ipynb"
        return code, said.out, said.err, json.loads(out.read_text()) if out.exists() else None

    yield start
    with contextlib.suppress(TypeError):
        signal.signal(signal.SIGUSR1, before or signal.SIG_DFL)


def shown(notebook):
    return [cell["outputs"][0]["text"] for cell in notebook["cells"] if cell.get("outputs")]


def test_each_cell_is_told_and_written(run, tmp_path):
    code, out, err, written = run()
    lines = out.splitlines()
    assert code == 0 and err == ""
    assert [line.split("] ")[-1] for line in lines] == [
        "1 of 2 cells",
        "2 of 2 cells",
        f"done: {tmp_path / 'nb-run.ipynb'}",
    ]
    assert lines[0].startswith("[     0 s] ")
    assert ["".join(text) for text in shown(written)] == ["ran a", "ran b"]
    assert Client.last.options == {
        "timeout": None,
        "kernel_name": "python3",
        "resources": {"metadata": {"path": str(tmp_path)}},
    }


def test_a_cell_that_fails_ends_the_run_with_one(run):
    def fail(source):
        if source == "b":
            raise CellExecutionError("traceback", "ValueError", "x" * 400)

    code, out, err, written = run(fail)
    assert code == 1 and len(shown(written)) == 1 and "done" not in out
    assert err.startswith(f"a cell failed ({('ValueError: ' + 'x' * 400)[:300]}); the rest was not")


def test_a_kernel_that_dies_is_said(run):
    def die(source):
        raise DeadKernelError("it died")

    code, _, err, written = run(die)
    assert code == 1 and "a cell failed (its kernel ended: it died)" in err
    assert shown(written) == []


def test_the_signal_of_a_time_limit_ends_the_run_with_75(run):
    code, out, err, written = run(
        lambda source: os.kill(os.getpid(), signal.SIGUSR1) if source == "b" else None
    )
    assert code == batch.AGAIN == 75 and err == ""
    assert "stopped before the end; what was shown is in " in out and len(shown(written)) == 1


def test_where_the_result_goes_and_mistakes_in_a_sentence(run, tmp_path, capsys):
    other = tmp_path / "other.ipynb"
    assert run(lambda source: None, "--out", str(other))[0] == 0 and other.is_file()
    assert batch.main([str(tmp_path / "no.ipynb")]) == 2
    assert capsys.readouterr().err == f"batch: There is no notebook {tmp_path / 'no.ipynb'}.\n"
    code, _, err, _ = run(lambda source: None, "--out", str(tmp_path / "nb.ipynb" / "x.ipynb"))
    assert code == 2 and "could not be written" in err
