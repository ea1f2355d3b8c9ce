"""A notebook that runs by itself."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from helpers import batch

ROOT = Path(__file__).parents[2]
# Alone it takes a minute; what goes on from there is through at once.
SLOW = (
    "import os, time\n"
    "from torch import nn\n"
    "from helpers.checkpoint import Checkpoint\n"
    "later = os.path.exists('checkpoints/run.pt')\n"
    "for step in Checkpoint('run', every=0, model=nn.Linear(1, 1)).steps(200):\n"
    "    print('step', step, flush=True)\n"
    "    time.sleep(0 if later else 0.3)"
)
pytestmark = pytest.mark.slow


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def write(*sources):
        path = tmp_path / "nb.ipynb"
        nbformat.write(new_notebook(cells=[new_code_cell(source) for source in sources]), path)
        return path

    return write


def texts(path):
    cells = nbformat.read(path, 4).cells
    return ["".join(output.get("text", "") for output in cell.outputs) for cell in cells]


def test_what_the_cells_show_is_written(notebook, tmp_path, capsys):
    path = notebook("import os; print(os.path.basename(os.getcwd()))", "", "print(2)")
    before = path.read_bytes()
    assert batch.main([str(path)]) == 0
    assert texts(tmp_path / "nb-run.ipynb") == [f"{tmp_path.name}\n", "", "2\n"]
    assert path.read_bytes() == before
    assert "2 of 2 cells" in capsys.readouterr().out


def test_a_cell_that_fails_is_named_and_the_others_are_kept(notebook, tmp_path, capsys):
    path = notebook("print(1)", "1 / 0", "print(3)")
    assert batch.main([str(path), "--out", str(tmp_path / "x.ipynb")]) == 1
    assert texts(tmp_path / "x.ipynb")[0] == "1\n"
    assert "a cell failed (ZeroDivisionError: division by zero)" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "words"), [("no.ipynb", "There is no"), ("x.py", "is not a")])
def test_a_mistake(notebook, tmp_path, capsys, name, words):
    (tmp_path / "x.py").write_text("print(1)")
    assert batch.main([str(tmp_path / name)]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="no such signal here")
def test_stopped_by_the_signal_and_started_again(notebook, tmp_path):
    path = notebook("print('first')", SLOW)
    command = [sys.executable, "-m", "helpers.batch", str(path)]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    kept = tmp_path / "checkpoints" / "run.pt"
    while not kept.is_file():
        assert run.poll() is None
        time.sleep(0.1)
    run.send_signal(signal.SIGUSR1)
    said, _ = run.communicate()
    assert run.returncode == batch.AGAIN, said
    first, slow = texts(tmp_path / "nb-run.ipynb")
    assert first == "first\n" and "step 0\n" in slow and "step 199\n" not in slow
    assert subprocess.run(command, capture_output=True).returncode == 0
    _, slow = texts(tmp_path / "nb-run.ipynb")
    assert "going on at step" in slow and "step 0\n" not in slow and "step 199\n" in slow
    assert json.loads(path.read_text())["cells"][0]["outputs"] == []
    assert sorted(os.listdir(tmp_path)) == ["checkpoints", "nb-run.ipynb", "nb.ipynb"]
