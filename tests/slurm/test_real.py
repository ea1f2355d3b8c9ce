"""docs/slurm/notebook.sbatch on a real Slurm, whose GPU is only a number."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tests.autograder.cluster.one_node import PATIENCE, wait_for

ROOT = Path(__file__).parents[2]
# The first attempt would take over three minutes, a later one takes seconds.
LOOP = """
import os, time
from torch import nn
from helpers.checkpoint import Checkpoint
later = int(os.environ.get("SLURM_RESTART_COUNT", 0)) > 0
for step in Checkpoint("run", every=0, model=nn.Linear(1, 1)).steps(200):
    print("step", step, flush=True)
    time.sleep(0 if later else 1)
print("the end, with", os.environ["SLURM_JOB_GPUS"])
"""


@pytest.mark.slurm
def test_a_notebook_goes_on_after_its_time_limit(slurm, tmp_path):
    path = tmp_path / "nb.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(LOOP)]), path)
    variables = {"COURSE_ENV": sys.prefix, "PYTHONPATH": str(ROOT), **slurm.environment}
    # Slurm looks at its clock every 30 s, and tells a job up to as much too early.
    command = ["sbatch", "--time=2", "--signal=B:USR1@60", "--mem=4G", "--cpus-per-task=1"]
    script = ROOT / "docs" / "slurm" / "notebook.sbatch"
    done = subprocess.run(
        [*command, script, path], cwd=tmp_path, env={**os.environ, **variables},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    job = re.search(r"\d+", done.stdout)[0]
    log = tmp_path / f"notebook-{job}.log"
    wait_for(lambda: job not in slurm.jobs(), PATIENCE, every=2.0)
    said = log.read_text()
    assert "attempt 1 of 5" in said and "attempt 2 of 5" in said and "attempt 3" not in said, said
    assert "back into the queue" in said and "done: " in said, said
    (cell,) = nbformat.read(tmp_path / "nb-run.ipynb", 4).cells
    shown = "".join(output.get("text", "") for output in cell.outputs)
    assert "going on at step" in shown and "step 0\n" not in shown, shown
    assert "step 199\nthe end, with" in shown, shown
