"""The command line: what it prints, and one sentence with exit code 2 for a user's mistake."""

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from autograder import cli
from autograder.sandbox import isolation
from tests import own_course

RIGHT = """
import torch
import torch.nn.functional as F
print("a line that is not a row")

def discriminator_loss(logits_real, logits_fake):
    return F.softplus(-logits_real).mean() + F.softplus(logits_fake).mean()

def unrelated():
    pass
"""


class Done:
    """What a run of the command left: exit code and both outputs."""

    def __init__(self, returncode, captured):
        self.returncode, self.stdout, self.stderr = returncode, captured.out, captured.err


@pytest.fixture
def autograder(capsys, monkeypatch):
    """The command in this process; judging a file starts a child as it always does."""
    monkeypatch.setattr(cli, "console", Console(width=120))

    def run(*arguments):
        with pytest.raises(SystemExit) as leaving:
            cli.main([str(argument) for argument in arguments])
        return Done(leaving.value.code or 0, capsys.readouterr())

    return run


LOSSES_IN_HALVES = """
import torch
from torch.nn import functional as F
def loss_nonsaturating_d(g, d, x_real, *, device):
    z = torch.randn(len(x_real), g.dim_z, device=device)
    return F.softplus(-d(x_real)).mean() - F.logsigmoid(1 - d(g(z))).mean()
def loss_nonsaturating_g(g, d, x_real, *, device):
    return -F.logsigmoid(d(g(torch.randn(len(x_real), g.dim_z, device=device)))).mean()
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    z = torch.randn(len(x_real), g.dim_z, device=device)
    return F.softplus(d(g(z, y_real), y_real)).mean()
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    return F.softplus(-d(x_real)).mean()
"""
EVERY_VERDICT = """
import os, time, torch
def preprocess_img(x):
    return 2 * x - 1
def deprocess_img(x):
    return x + 0.5
def bce_loss(input, target):
    raise NotImplementedError()
def generator_loss(logits_fake):
    return no_such_name
def minimax_generator_loss(logits_fake):
    os._exit(0)
def ls_generator_loss(scores_fake):
    while True:
        pass
def js_divergence(p, q):
    while True:
        try:
            while True:
                time.sleep(60)
        except BaseException:
            pass
def optimal_discriminator(p_data, p_g):
    return p_data / (p_data + p_g) if (p_data + p_g).all() else torch.full_like(p_g, 0.25)
"""
WRONG = "def generator_loss(f):\n    return f\n"


@pytest.fixture
def judged(autograder, tmp_path):
    """judged(options, name=source): {name: rows} of one call, as JSON, and what it says beside."""

    def judge(*options, **sources):
        paths = {str(tmp_path / f"{name}.py"): name for name in sources}
        for path, name in paths.items():
            Path(path).write_text(sources[name])
        done = autograder("judge", *paths, "--json", *options)
        assert done.returncode == 0, done.stderr
        rows = {name: [] for name in sources}
        for row in json.loads(done.stdout):
            rows[paths[row.pop("file")]].append(row)
        return rows, done.stderr

    return judge


def test_right_answers_wrong_ones_and_what_is_never_defined(judged):
    rows, _ = judged(
        right=RIGHT,
        halves=LOSSES_IN_HALVES,
        fails=RIGHT + "\n@1 / 0\n" + WRONG,
    )
    (row,) = rows["right"]  # functions of other names are left alone
    assert row == {
        "exercise": "gan-mnist.discriminator_loss",
        "name": "discriminator_loss",
        "verdict": "right",
        "misconception": None,
        "misconceptions": [],
        "message": "right",
        "sentence": None,
        "beside": False,
    }
    assert {row["name"]: (row["verdict"], row["misconception"]) for row in rows["halves"]} == {
        "loss_nonsaturating_d": ("wrong", "the logit used as a probability"),
        "loss_nonsaturating_g": ("right", None),
        "conditional_loss_nonsaturating_g": ("wrong", "G trained to look fake"),
        "loss_wasserstein_gp_d": ("wrong", "no mix of real and fake"),
    }
    assert [row["verdict"] for row in rows["fails"]] == ["right", "raised"]
    assert "never defined: Stopped at line" in rows["fails"][1]["message"]


@pytest.mark.slow
def test_every_verdict_and_files_that_stop_themselves(judged):
    rows, told = judged(
        *("--seconds", "1"),
        every=EVERY_VERDICT,
        endless=f"{RIGHT}\nwhile True: pass\n\n{WRONG}",
        ends=f"{RIGHT}\nimport os; os._exit(0)\n\n{WRONG}",
    )
    every = {row["name"]: row for row in rows["every"]}
    assert {name: row["verdict"] for name, row in every.items()} == {
        "preprocess_img": "right",
        "deprocess_img": "wrong",
        "bce_loss": "not attempted",
        "generator_loss": "raised",
        "minimax_generator_loss": "raised",
        "optimal_discriminator": "wrong",
        "js_divergence": "timed out",
        "ls_generator_loss": "timed out",
    }
    assert every["deprocess_img"]["misconception"] == "shifted but not shrunk"
    assert "no_such_name" in every["generator_loss"]["message"]
    assert "ended the Python process" in every["minimax_generator_loss"]["message"]
    # What a file does to itself hides none of its functions.
    for name in ("endless", "ends"):
        assert [row["verdict"] for row in rows[name]] == ["right", "wrong"]
    assert "endless.py: Stopped at line 12 after 1 s. The rest was run." in told
    assert "ends.py: The file ended the Python process" in told
    assert "only its definitions were run" in told


def test_a_python_that_does_not_start_is_nobodys_mistake(judged, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    rows, _ = judged(right=RIGHT)
    (row,) = rows["right"]
    assert row["verdict"] == "could not be judged"


@pytest.mark.deep
def test_the_table_for_people(autograder, tmp_path):
    path = tmp_path / "handed_in.py"
    path.write_text("def ls_generator_loss(s):\n    return ((s - 1) ** 2).mean()\n")
    done = autograder("judge", path)
    assert "the half missing" in done.stdout and "✗ wrong" in done.stdout


def test_the_list_of_what_is_told_apart(autograder):
    done = autograder("judge", "--list", "--assignment", "gan-mnist")
    assert "averaged instead of added" in done.stdout and "gan-mnist.gan_step" in done.stdout


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("absent.py", None, "There is no file"),
        ("broken.py", b"def f(:\n", "does not parse"),
        ("null.py", b"x = 1\0", "does not parse"),
        ("utf16.py", "x = 1".encode("utf-16"), "save it as UTF-8"),
        ("other.py", b"def nothing_known():\n    pass\n", "defines none of the exercises"),
        ("a_folder.py", "folder", "holds no .py or .ipynb file"),
        ("notes.txt", b"x = 1", "is not a Python file or a notebook"),
        ("sent.ipynb", b"{", "is not a notebook"),
    ],
)
def test_a_file_that_cannot_be_judged(autograder, tmp_path, name, content, words):
    path = tmp_path / name
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    expect_one_sentence(autograder("judge", path), words)


def test_what_does_not_parse_is_told_before_a_process_starts(autograder, tmp_path, monkeypatch):
    path = tmp_path / "broken.py"
    path.write_text("def f(:\n")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    expect_one_sentence(autograder("judge", path), "does not parse")


def test_unknown_names(autograder, tmp_path):
    path = tmp_path / "handed_in.py"
    path.write_text(RIGHT)
    done = autograder("judge", path, "--assignment", "gan-minst")
    expect_one_sentence(done, f"choose one of: {', '.join(own_course.ASSIGNMENTS)}")
    expect_one_sentence(autograder("judge"), "Which file?")


def test_commands_outside_a_course_directory(autograder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for command in ("release", "tidy", "grade", "feedback", "report", "gradescope"):
        done = autograder(command, "gan-mnist")
        expect_one_sentence(done, "is not a course directory")
    assert list(tmp_path.iterdir()) == []


def expect_one_sentence(done, words):
    assert done.returncode == 2
    assert words in done.stderr, done.stderr
    assert "Traceback" not in done.stderr and done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1


# A file system that refuses, to root as well; how the errors come that a user without rights sees.
REFUSED = {
    "a folder that may not be looked into": PermissionError(errno.EACCES, "Permission denied"),
    "a disk that may not be written": OSError(errno.EROFS, "Read-only file system"),
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("command", [["doctor"], ["check", "gan-mnist"], ["grade", "gan-mnist"]])
def test_what_the_file_system_refuses(autograder, monkeypatch, tmp_path, what, command):
    def refuse(path, *_, **__):
        error = REFUSED[what]
        raise type(error)(error.errno, error.strerror, str(path))

    for name in ("is_file", "is_dir", "exists", "mkdir"):
        monkeypatch.setattr(Path, name, refuse)
    done = autograder(*command)
    assert done.returncode == 2 and REFUSED[what].strerror in done.stderr
    assert "cannot be read or written" in done.stderr and "Traceback" not in done.stderr


def test_a_bug_keeps_its_traceback(monkeypatch):
    def fail(path):
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", "x")

    monkeypatch.setattr(Path, "is_dir", fail)
    with pytest.raises(FileNotFoundError):
        cli.main(["doctor"])


def test_doctor_of_a_course_that_is_not_there(autograder, tmp_path):
    done = autograder("doctor", "--course", tmp_path / "nowhere")
    assert done.returncode == 2 and "is not a folder" in done.stderr


def test_doctor_where_no_kernel_starts(autograder, monkeypatch, tmp_path):
    monkeypatch.setattr("autograder.sandbox.template.START", "raise SystemExit('no such library')")
    monkeypatch.setattr("autograder.sandbox.isolation.best", lambda: isolation.LIMITS)
    done = autograder("doctor", "--course", tmp_path)
    assert done.returncode == 2 and "No kernel runs on this machine (limits)" in done.stderr
    assert "no such library" in done.stderr


def test_the_installed_command_ends_with_the_exit_code(tmp_path):
    command = [sys.executable, "-m", "autograder", "judge", "absent.py"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    expect_one_sentence(done, "is in no course directory")
