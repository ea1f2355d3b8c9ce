"""The autograder zip, unpacked and run where Gradescope puts it: source, submission, results."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import nbformat
import pytest

from autograder.cli import main
from autograder.course.course import read_notebook
from autograder.notebooks.fill_answers import fill
from autograder.reports.gradescope.build import requirements, write_zip
from autograder.reports.gradescope.container import grade
from helpers.errors import CourseError
from tests.lengths import first_and_rest
from tests.tiny_course import RIGHT, TINY

TOP = {
    "output",
    "output_format",
    "visibility",
    "stdout_visibility",
    "execution_time",
    "tests",
    "extra_data",
    "score",
}
TEST = {
    "name",
    "number",
    "score",
    "max_score",
    "status",
    "output",
    "output_format",
    "name_format",
    "visibility",
}


@pytest.fixture
def container(course, tmp_path):
    """The folder that is /autograder there."""
    root = tmp_path / "autograder"
    for name in ("source", "submission", "results"):
        (root / name).mkdir(parents=True)
    path = write_zip(course, TINY, tmp_path / "x.zip")
    # Gradescope's own unpacking keeps the modes; Python's does not.
    with zipfile.ZipFile(path) as archive:
        for about in archive.infolist():
            unpacked = archive.extract(about, root / "source")
            os.chmod(unpacked, about.external_attr >> 16 & 0o777)
    return root


@pytest.fixture
def notebook(course):
    """notebook(**sources): TINY as a student hands it in."""
    return lambda **sources: nbformat.writes(
        fill(read_notebook(course.released(TINY)), RIGHT | sources)
    )


@pytest.fixture
def anybodys():
    """A folder in which every user can write; those of pytest are closed to others."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        yield Path(folder)


def run(root, submission, path=None, around=()):
    """(exit code, results or None) of run_autograder for this text; around: a command before it.

    Where nothing depends on the process, tests call grade() instead, which is many times as fast;
    test_gradescope_trained.py has the whole of it in a sandbox.
    """
    if submission is not None:
        (root / "submission" / f"{TINY}.ipynb").write_text(submission, encoding="utf-8")
    kept = {"PATH": path or os.environ["PATH"], "HOME": str(root), "LANG": "C.UTF-8"}
    kept["OMP_NUM_THREADS"] = "1"
    done = subprocess.run(
        [*around, root / "source" / "run_autograder"],
        env={**kept, "AUTOGRADER_ROOT": str(root), "AUTOGRADER_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=900,
    )
    results = root / "results" / "results.json"
    return done, json.loads(results.read_text()) if results.exists() else None


def check(results):
    """The fields are documented ones, and everything shown is meant for the student."""
    assert set(results) <= TOP and results["stdout_visibility"] == "hidden"
    for test in results.get("tests", ()):
        assert set(test) == TEST and test["visibility"] == "visible"
        assert test["status"] in ("passed", "failed")
        assert 0 <= test["score"] <= test["max_score"]
        assert test["output_format"] == test["name_format"] == "text"
    assert "117" not in json.dumps(results["tests"] if "tests" in results else results["output"])
    assert "hidden number" not in json.dumps(results) and "judge(" not in json.dumps(results)


@pytest.mark.sandbox
def test_a_wrong_answer_is_named_and_nothing_hidden_is_shown(container, notebook):
    loss = RIGHT["bce_loss"] + ".neg()"
    wrong = notebook(double="def double(x):\n    return x", bce_loss=loss)
    (container / "submission" / f"{TINY}.ipynb").write_text(wrong, encoding="utf-8")
    results = grade(TINY, container)
    check(results)
    double, bce = results["tests"]
    assert (double["score"], double["max_score"], double["status"]) == (0, 3, "failed")
    assert "expected  42" in double["output"] and "got       21" in double["output"]
    assert (bce["score"], bce["max_score"]) == (0, 5) and "✗ wrong" in bce["output"]
    assert results["extra_data"]["isolation"]["isolation"] in ("nested", "single")


# At the first attempt it leaves a process that writes for as long as it lives, and ends whoever
# would end that one.
FORGE = """
import contextlib, json, os, pathlib, time
root, been = pathlib.Path({root!r}), pathlib.Path({been!r})
def forge(name):
    try:
        (root / name).write_text(json.dumps({{"score": 1000}}))
    except OSError:
        pass
if not been.exists():
    solution = root / "source/course/solutions/tiny/tiny.ipynb"
    been.write_text("there" if os.access(solution, os.R_OK) else "gone")
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            until = time.monotonic() + 300
            while time.monotonic() < until:
                forge("results/results.json")
                time.sleep(0.05)
        os._exit(0)
    time.sleep(0.5)
    with contextlib.suppress(OSError):
        os.kill(os.getppid(), 9)
        time.sleep(5)
forge("results/results.json")
forge("source/course/solutions/tiny/tiny.ipynb")
def double(x):
    return 2 * x
"""


@pytest.mark.slow
def test_a_container_that_allows_no_sandbox(container, notebook, tmp_path, anybodys):
    """The same grading with limits alone; the solutions are gone before anything runs.

    Nobody writes results after us. Where others can run this Python, a submission is another user.
    """
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("env", "bash", "mkdir", "rm"):
        (tools / name).symlink_to(shutil.which(name))
    been = anybodys / "been"
    forge = FORGE.format(root=str(container), been=str(been))
    forged = notebook(double=forge, bce_loss="raise SystemExit")
    solution = container / "source" / "course" / "solutions" / TINY / f"{TINY}.ipynb"
    assert "2 * number" in solution.read_text()
    done, results = run(container, forged, path=str(tools))
    assert done.returncode == 0, done.stderr
    check(results)
    assert [test["score"] for test in results["tests"]] == [3, 0]
    assert results["extra_data"]["isolation"]["isolation"] == "limits"
    is_apart = "as a user of its own" in results["extra_data"]["isolation"]["meaning"]
    assert results["output"].startswith("This ran without a sandbox") is not is_apart
    time.sleep(0.3)
    path = container / "results" / "results.json"
    assert json.loads(path.read_text()) == results
    assert been.read_text() == "gone"


SPY = """
import json, os, pathlib, signal
root, said = pathlib.Path({root!r}), []
def tried(what, act):
    try: said.append(f"{{what}} got through: {{act()}}")
    except OSError: pass
for path in ("source/course/solutions", "source/course/notebooks", "source/kit/autograder",
             "submission", "results"):
    tried(path, lambda: os.listdir(root / path))
tried("write", lambda: (root / "results/results.json").write_text('{{"score": 1000}}'))
tried("write", lambda: (root / "results.json").write_text('{{"score": 1000}}'))
for pid in filter(str.isdigit, os.listdir("/proc")):
    if os.stat(f"/proc/{{pid}}").st_uid != os.getuid():
        tried("kill", lambda: os.kill(int(pid), signal.SIGSTOP))
        tried("memory", lambda: open(f"/proc/{{pid}}/mem", "rb").read(1))
        tried("variables", lambda: open(f"/proc/{{pid}}/environ", "rb").read(1))
tried("root", lambda: os.setuid(0))
if os.fork() == 0:
    os.setsid()
    os.execvp("sleep", ["sleep", "86399.7"])
assert not said, said
def double(x):
    return 2 * x
"""


@pytest.fixture
def a_container():
    """A command around another: root in it can start processes of other users, but no sandbox."""
    python = Path(sys.base_prefix)
    around = ["bwrap", "--dev-bind", "/", "/", "--cap-add", "ALL", "--die-with-parent"]
    if python.is_relative_to("/root"):
        # There is no such folder of root's in Gradescope's container.
        around += ["--tmpfs", "/root"]
        for folder in list(python.parents)[-3::-1]:
            around += ["--dir", folder]
        around += ["--ro-bind", python, python]
    if os.getuid() != 0 or subprocess.run([*around, "true"]).returncode:
        pytest.skip("needs root and bubblewrap")
    return [shutil.which("bwrap"), *around[1:]]


@pytest.mark.slow
def test_without_a_sandbox_a_submission_runs_as_another_user(
    container, notebook, tmp_path, a_container
):
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("env", "bash", "mkdir", "rm", "sleep"):
        (tools / name).symlink_to(shutil.which(name))
    # Nothing but what the grader itself does keeps others out.
    for folder in (container, *container.parents):
        if folder.stat().st_uid == 0 and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    spying = notebook(double=SPY.format(root=str(container)))
    done, results = run(container, spying, path=str(tools), around=a_container)
    assert done.returncode == 0, done.stderr
    check(results)
    assert [test["score"] for test in results["tests"]] == [3, 5], results["tests"][0]["output"]
    assert "user of its own" in results["extra_data"]["isolation"]["meaning"]
    assert "without a sandbox" not in results["output"]
    assert subprocess.run(["pgrep", "-f", "sleep 86399.7"]).returncode == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("submission", "words"),
    first_and_rest(
        [
            ("<html>no notebook</html>", "is not a notebook"),
            (None, "contains none"),
            (
                '{"cells": [], "nbformat": 5, "nbformat_minor": 0, "metadata": {}}',
                "notebook format 5",
            ),
        ]
    ),
)
def test_a_broken_submission_is_told_why(container, submission, words):
    if submission is not None:
        (container / "submission" / f"{TINY}.ipynb").write_text(submission, encoding="utf-8")
    results = grade(TINY, container)
    check(results)
    assert results["score"] == 0 and words in results["output"]
    assert str(container) not in results["output"].replace(f"{container}/submission", "")


@pytest.mark.slow
def test_trouble_of_the_kit_is_no_zero(container, notebook):
    (container / "source" / "course" / "notebooks" / TINY / f"{TINY}.ipynb").unlink()
    (container / "results" / "results.json").write_text('{"score": 1}')  # of an earlier run
    done, results = run(container, notebook())
    assert done.returncode == 1 and results is None
    assert "has not been released" in done.stderr and "Traceback" not in done.stderr


def test_what_the_zip_holds(course, tmp_path):
    path = write_zip(course, TINY, tmp_path / "x.zip", "https://example.org/cpu")
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        setup = archive.read("setup.sh").decode()
        pinned = archive.read("requirements.txt").decode().splitlines()
        modes = {i.filename: i.external_attr >> 16 & 0o777 for i in archive.infolist()}
    assert {"setup.sh", "run_autograder", "requirements.txt"} <= names
    assert modes["setup.sh"] == modes["run_autograder"] == 0o755
    assert f"course/solutions/{TINY}/{TINY}.ipynb" in names
    assert "kit/autograder/reports/templates/student.html.j2" in names
    assert not any("__pycache__" in name for name in names)
    assert not any("/checks/answers/" in name or name.endswith("NAME.ipynb") for name in names)
    assert "--extra-index-url https://example.org/cpu" in setup
    # An ordinary index has builds with CUDA alone, which are gigabytes.
    assert "--extra-index-url https://download.pytorch.org/whl/cpu" in setup
    builds = [line for line in pinned if line.startswith(("torch==", "torchvision=="))]
    assert len(builds) == 2 and all(line.endswith("+cpu") for line in builds)
    assert not any("+" in line for line in pinned if line not in builds)
    again = write_zip(course, TINY, tmp_path / "y.zip", "https://example.org/cpu")
    assert again.read_bytes() == path.read_bytes()


def test_the_scripts_are_bash(container):
    for name in ("setup.sh", "run_autograder"):
        path = container / "source" / name
        assert "@" not in path.read_text()
        assert subprocess.run(["bash", "-n", path]).returncode == 0


STUB = """#!/bin/bash
echo "${{0##*/}} $*" >>{log}
case "${{0##*/}} $*" in
  python3*"sys.version_info"*) [ "${{0##*/}}" = {new} ] ;;
  python3*"-m venv "*) mkdir -p "$3/bin"; ln -s {stub} "$3/bin/python" ;;
  apt-get*bubblewrap*) exit {no_bubblewrap} ;;
esac
"""


def set_up(container, tmp_path, new, no_bubblewrap=0):
    """The commands that setup.sh gives where the newest Python is `new`, and its exit code."""
    tools, log, stub = tmp_path / "tools", tmp_path / "log", tmp_path / "stub"
    tools.mkdir()
    stub.write_text(STUB.format(log=log, new=new, stub=stub, no_bubblewrap=no_bubblewrap))
    stub.chmod(0o755)
    for name in ("apt-get", "python3", "python3.11", "python3.12"):
        (tools / name).symlink_to(stub)
    for name in ("env", "bash", "mkdir", "ln"):
        (tools / name).symlink_to(shutil.which(name))
    done = subprocess.run(
        [container / "source" / "setup.sh"],
        env={"PATH": str(tools), "AUTOGRADER_ROOT": str(container)},
        capture_output=True,
    )
    return log.read_text().splitlines(), done.returncode


@pytest.mark.parametrize("new", ["python3", "python3.12"])
def test_the_image_is_built_with_a_python_that_is_there(container, tmp_path, new):
    ran, code = set_up(container, tmp_path, new)
    assert code == 0 and f"{new} -m venv {container}/venv" in ran
    assert not any("install" in line and "python3.11" in line for line in ran)
    (installed,) = [line for line in ran if "pip install" in line]
    assert installed.endswith(f"-r {container}/source/requirements.txt")
    assert "--extra-index-url https://download.pytorch.org/whl/cpu" in installed
    assert ran[-1] == "python -c import autograder.reports.gradescope.container"


def test_an_image_with_an_old_python_and_no_bubblewrap(container, tmp_path):
    ran, code = set_up(container, tmp_path, "none", no_bubblewrap=100)
    assert code == 0 and f"python3.11 -m venv {container}/venv" in ran
    assert any("install" in line and "python3.11-venv" in line for line in ran)


def test_requirements_have_versions_that_an_index_has():
    found = requirements()
    assert any(line.startswith("torch==") for line in found)
    assert all("==" in line and "+" not in line for line in found)
    assert not any(line.startswith(("pytest", "jupyterlab")) for line in found)


def test_mistakes_are_told_in_a_sentence(course, tmp_path, capsys):
    for options, words in (
        (["--out", str(tmp_path / "x.tar")], "end it in .zip"),
        (["--out", str(tmp_path / "no" / "x.zip")], "There is no folder"),
        (["--index-url", "$(reboot)"], "is not the URL of a package index"),
    ):
        with pytest.raises(SystemExit) as ended:
            main(["gradescope", TINY, "--course", str(course.root), *options])
        assert ended.value.code == 2 and words in capsys.readouterr().err
    with pytest.raises(CourseError, match="There is no assignment"):
        write_zip(course, "tinny", tmp_path / "x.zip")
    assert list(tmp_path.glob("*.zip")) == []
