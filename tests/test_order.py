"""Each test is in one group of tests/order.py, and in one command of the Makefile."""

import os
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from _pytest.mark.expression import Expression

from tests import order
from tests.every import every

ROOT = Path(__file__).parents[1]
FILES = [
    path.relative_to(ROOT).as_posix()
    for top in ("tests", "solutions")
    for path in (ROOT / top).rglob("test_*.py")
]
GROUPS = {order.group_of(f"{file}::test") for file in FILES}


def test_no_name_is_of_tests_that_are_gone():
    assert set(order.APART) <= set(FILES)
    for start in order.LONGEST_FIRST:
        assert any(group.startswith(start) for group in GROUPS), start
    for name, files in order.TOGETHER.items():
        assert len([file for file in FILES if re.fullmatch(files, file)]) > 1, name


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("tests/test_every.py::test_a", "tests/test_every.py::test_b", True),
        ("tests/test_every.py::test_a", "tests/test_skips.py::test_a", False),
        ("tests/autograder/test_cli.py::test_a", "tests/autograder/test_cli.py::test_b", False),
        (
            "tests/autograder/hostile/test_crash.py::test_a[x]",
            "tests/autograder/hostile/test_pages.py::test_b",
            True,
        ),
        (
            "tests/assignments/test_proof.py::test_a[vae.sampling-(None,)]",
            "tests/assignments/test_proof.py::test_b[vae.sampling]",
            True,
        ),
        (
            "tests/assignments/test_proof.py::test_a[vae.sampling-(None,)]",
            "tests/assignments/test_proof.py::test_a[vae.VAE-(None,)]",
            False,
        ),
    ],
)
def test_what_stays_together(one, other, together):
    assert (order.group_of(one) == order.group_of(other)) == together


def test_the_longest_come_first():
    first, later = "tests/autograder/hostile/test_bounds.py::test_a", "tests/test_every.py::test_a"
    assert order.place_of(first) < order.place_of(later)


ADDED = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
RECIPES = re.findall(r"^(test\S*): .*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.M)
# Those of their tests, and of no others, that .ci/run runs.
IN_CI = "test", "test-slow", "test-browser", "test-cluster"


def selection(options):
    """(expression of markers, folders) of a call of pytest."""
    words = shlex.split(options)
    added = shlex.split(ADDED["addopts"])
    words = words if "-m" in words else [*words, *added]
    folders = tuple(word for word in words if word.startswith("tests/"))
    return Expression.compile(words[words.index("-m") + 1]), folders or ("",)


def selections():
    """{target of the Makefile: selection}; the quick tests once more are those of `test`."""
    calls = {}
    for target, recipe in RECIPES:
        text = recipe.replace("\\\n", " ")
        found = re.findall(r"(?:\$\(POOL\)|-m pytest)([^;&\n]*)", text)
        calls[target] = selection(found[-1])
    assert calls.pop("test-busy")[1] == calls["test"][1]
    return calls


def commands(markers, file, of):
    """The targets that run a test with these markers."""
    return [
        target
        for target, (expression, folders) in of.items()
        if file.startswith(folders) and expression.evaluate(lambda name, **_: name in markers)
    ]


def check_once(markers, file, of):
    mine = commands(markers, file, of)
    everything = "test-all" in mine
    (only,) = (target for target in mine if target != "test-all")
    assert everything == (only in IN_CI), mine


def test_each_test_is_run_by_one_command(request):
    """Of those that this run collected."""
    of = selections()
    with every() as case:
        for item in request.config.stash[order.COLLECTED]:
            markers = {marker.name for marker in item.iter_markers()}
            with case(f"{item.nodeid}, {sorted(markers)}"):
                check_once(markers, item.path.relative_to(ROOT).as_posix(), of)


@pytest.mark.parametrize(
    ("markers", "lost"),
    [("slow", "test-slow"), ("browser", "test-browser"), ("", "test"), ("postgres", "test-all")],
)
def test_one_that_a_command_loses_is_told(markers, lost):
    file = {"browser": "tests/browser/test_a.py", "postgres": "tests/slurm/test_a.py"}
    file, of, markers = file.get(markers, "tests/test_a.py"), selections(), {markers} - {""}
    check_once(markers, file, of)
    assert lost in commands(markers, file, of)
    of[lost] = selection("-m deep")
    with pytest.raises((AssertionError, ValueError)):
        check_once(markers, file, of)


@pytest.mark.parametrize("marker", ["browser", "gpu", "slurm"])
def test_one_outside_the_folder_of_its_command_is_told(marker):
    with pytest.raises(ValueError):
        check_once({marker}, "tests/test_a.py", selections())


@pytest.mark.parametrize("failing", ["", "setup", "lint", "test-all"])
def test_ci_runs_the_command_for_all_and_ends_as_lint_and_tests_do(tmp_path, failing):
    """In a folder without the kit, where nothing is installed and `make` only says what it made."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "apt-get").write_text("#!/bin/sh\n")
    (programs / "make").write_text(
        f'#!/bin/sh\necho "$1" >> made\necho "$PYTHON" >> python\ntest "$1" != "{failing}"\n'
    )
    for program in programs.iterdir():
        program.chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHON": "one's own"}
    done = subprocess.run(
        [tmp_path / ".ci" / "run"], env=environment, capture_output=True, text=True
    )
    assert (done.returncode != 0) is bool(failing), done.stderr
    assert ("make lint failed" in done.stdout) is (failing == "lint")
    wanted = {"setup"} if failing == "setup" else {"setup", "lint", "test-all"}
    made = (tmp_path / "made").read_text().split()
    assert made[0] == "setup" and set(made) == wanted and len(made) == len(wanted)
    # Which Python is the caller's choice, if it is made.
    assert set((tmp_path / "python").read_text().splitlines()) == {"one's own"}


@pytest.mark.parametrize("refuses", ["nothing", "all at once", "everything"])
def test_ci_names_what_it_could_not_install(tmp_path, refuses):
    """On a machine where no program is but those that the script itself needs."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("env", "bash", "sh", "dirname", "ls"):
        (programs / name).symlink_to(shutil.which(name))
    (programs / "make").write_text("#!/bin/sh\n")
    ends = {"nothing": "true", "all at once": "test $# -lt 6", "everything": "test $1 = update"}
    (programs / "apt-get").write_text(f'#!/bin/sh\necho "$@" >> asked\n{ends[refuses]}\n')
    for name in ("make", "apt-get"):
        (programs / name).chmod(0o755)
    done = subprocess.run(
        [tmp_path / ".ci" / "run"], env={"PATH": str(programs)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    asked = (tmp_path / "asked").read_text().split()
    assert {"update", "chromium-headless-shell", "bubblewrap", "shellcheck"} <= set(asked)
    assert asked.count("bubblewrap") == (1 if refuses == "nothing" else 2)
    # The browser without a window is not to be had everywhere.
    assert asked.count("chromium") == (1 if refuses == "everything" else 0)
    assert ("chromium could not be installed" in done.stdout) is (refuses == "everything")
