"""`autograder judge` on what people send: several files at once, notebooks, exports, folders."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, writes

from autograder.checks.judge_file import judge_files
from autograder.judging import Status

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
LOSS = """\
import torch
import torch.nn.functional as F
def generator_loss(logits_fake):
    return F.softplus(-logits_fake).mean()
"""
SOURCES = {
    "plain.py": LOSS,
    "bom.py": "\ufeff" + LOSS,
    "colab.py": "# -*- coding: utf-8 -*-\n!pip install torch\n%matplotlib inline\n" + LOSS,
    "nbconvert.py": "get_ipython().run_line_magic('matplotlib', 'inline')\n" + LOSS,
    "data.py": "x = open('/no/such/file').read()\n" + LOSS + "1 / 0\n",
    "close.py": LOSS
    + """
def Discriminator_loss(r, f):
    return r
class Model:
    def sample_noise(self, n):
        return n
def helper():
    pass
""",
    "seedless.py": """
import torch
def sample_noise(batch_size, dim):
    return 2 * torch.rand(batch_size, dim) - 1
""",
    "on_gpu.py": """
import torch.nn.functional as F
def generator_loss(logits_fake):
    return F.softplus(-logits_fake.cuda()).mean()
""",
    "helper.py": """
import torch
import torch.nn.functional as F
def bce_loss(input, target):
    return F.binary_cross_entropy_with_logits(input, 1 - target)
def generator_loss(logits_fake):
    return bce_loss(logits_fake, torch.ones_like(logits_fake))
def discriminator_loss(logits_real, logits_fake):
    return bce_loss(logits_real, torch.ones_like(logits_real)) + logits_fake.mean()
def minimax_generator_loss(logits_fake):
    return -bce_loss(logits_fake, torch.zeros_like(logits_fake))
""",
    "broken.py": "def f(:\n",
    "dies.py": LOSS + "import os\nos._exit(1)\n",
    "beside.py": "from plain import generator_loss as right\n"
    "import random\nrandom.seed(0)\n"
    "def generator_loss(logits_fake):\n    return right(logits_fake)\n",
}
CELLS = ("import torch\nimport torch.nn.functional as F", "!ls\n%%oops", "def f(:", "%%bash\nls -l",
         "%%time\n" + LOSS, "model.fit()")  # fmt: skip


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """{name of the file: Judged} of SOURCES and a notebook, all in one call."""
    folder = tmp_path_factory.mktemp("sent")
    for name, source in SOURCES.items():
        (folder / name).write_text(source, encoding="utf-8")
    cells = [new_markdown_cell("# Losses"), *map(new_code_cell, CELLS)]
    (folder / "sent.ipynb").write_text(writes(new_notebook(cells=cells)))
    content = {"nbformat": "4", "cells": [{"cell_type": "code", "source": LOSS}]}
    (folder / "editor.ipynb.txt").write_bytes(json.dumps(content).encode("utf-16"))
    (folder / "random.py").write_text("raise SystemExit('the wrong module')\n")
    prepare = "autograder.sandbox.inside.cuda:fall_back"
    found = judge_files(ROOT, [folder], "gan-mnist", 10.0, prepare)
    return {each.path.name: each for each in found}


@pytest.mark.parametrize(
    "name", ["plain.py", "bom.py", "colab.py", "nbconvert.py", "data.py", "sent.ipynb", "dies.py",
             "editor.ipynb.txt",
             "on_gpu.py", "seedless.py", "beside.py"]
)  # fmt: skip
def test_the_functions_of_every_kind_of_file_are_judged(judged, name):
    (verdict,) = judged[name].verdicts
    assert verdict.is_right, verdict


def test_what_was_not_run_is_said(judged):
    assert judged["plain.py"].notes == judged["colab.py"].notes == []
    first, second = judged["data.py"].notes
    assert first.startswith("Stopped at line 1 by FileNotFoundError") and "line 6" in second
    said = " ".join(judged["sent.ipynb"].notes)
    assert "cell 3, does not parse" in said and "Stopped at cell 6, line 1 by NameError" in said
    (note,) = judged["dies.py"].notes
    assert "ended the Python process" in note and "only its definitions were run" in note
    assert "does not parse" in judged["broken.py"].problem and not judged["broken.py"].verdicts


def test_what_was_passed_over_is_said_with_the_name_it_should_have(judged):
    (note,) = judged["close.py"].notes
    assert "Discriminator_loss would be judged as discriminator_loss" in note
    assert "Model.sample_noise would be judged as a function sample_noise" in note
    assert "no exercise has the name Model, helper" in note


def test_an_exercise_that_is_a_method_of_a_judged_class_is_told(tmp_path):
    sent = tmp_path / "sampler.py"
    sent.write_text(
        "class Sampler:\n"
        "    def sample_new_exmps(self):\n        raise NotImplementedError\n\n"
        "    @staticmethod\n"
        "    def generate_samples(model, inp_imgs):\n        return inp_imgs\n"
    )
    prepare = "autograder.sandbox.inside.cuda:fall_back"
    (found,) = judge_files(ROOT, [sent], "ebm-mnist", 10.0, prepare)
    assert [verdict.name for verdict in found.verdicts] == ["Sampler"]
    (note,) = found.notes
    assert "Sampler.generate_samples would be judged as a function generate_samples" in note
    assert "sample_new_exmps" not in note


def test_a_stated_form_of_another_course_is_taken(judged):
    (verdict,) = judged["seedless.py"].verdicts
    assert "in the form of CS231n" in verdict.sentence


def test_a_gpu_inside_is_a_remark(judged):
    (verdict,) = judged["on_gpu.py"].verdicts
    assert "asks for a GPU by itself" in verdict.sentence


def test_a_wrong_helper_is_the_cause_and_costs_once(judged):
    found = {verdict.name: verdict for verdict in judged["helper.py"].verdicts}
    assert found["bce_loss"].misconception == "labels swapped"
    for name in ("generator_loss", "minimax_generator_loss"):
        assert found[name].is_right
        assert "only because bce_loss is wrong" in found[name].sentence
    # Wrong with a right helper, too.
    assert found["discriminator_loss"].status is Status.WRONG


def test_a_module_in_the_current_folder_is_not_imported(tmp_path):
    (tmp_path / "plain.py").write_text(LOSS)
    for name in ("torch", "random", "json", "helpers"):
        (tmp_path / f"{name}.py").write_text("open('imported', 'w')\n")
    command = [sys.executable, "-P", "-m", "autograder", "judge", "plain.py", "--json"]
    done = subprocess.run(
        [*command, "--course", str(ROOT)], cwd=tmp_path, capture_output=True, text=True
    )
    (row,) = json.loads(done.stdout)
    assert row["verdict"] == "right" and not (tmp_path / "imported").exists()


def test_torch_is_imported_by_nobody_who_only_starts_others():
    """It takes seconds: a command that releases, grades or shows leaves it to its children."""
    modules = (
        *("grading.grade", "releasing.release", "collecting.collect", "reports.feedback"),
        *("reports.class_report", "reports.exports", "reports.gradescope.container"),
    )
    code = "import sys; import autograder.skipped_imports\n" + "".join(
        f"import autograder.{name}\nassert 'torch' not in sys.modules, '{name}'\n"
        for name in modules
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def test_the_parent_imports_no_torch():
    code = (
        "import sys; import autograder.cli; from autograder.checks import judge_file;"
        " from autograder.reports import verdict_tables;"
        " print([name for name in ('torch', 'scipy', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "[]", done.stderr
