"""A command in a fork does and says what one in a process of its own does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import warm_commands

ROOT = Path(__file__).parents[1]
SEEN = """\
import os, sys
def main():
    print(sys.argv[1:], os.getcwd(), os.environ["SAID"], sys.path[0], input())
    print("on the other", file=sys.stderr)
    sys.exit({end})
"""


def run(command, folder, environment, words=()):
    done = subprocess.run(
        [*command, *words], cwd=folder, env=environment, input="typed\n", text=True,
        capture_output=True,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def own(tmp_path, monkeypatch):
    """own(end): the environment of a kit whose command tells what it sees, and exits so."""

    def make(end):
        package = tmp_path / "site" / "autograder"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "cli.py").write_text(SEEN.format(end=end))
        (package / "__main__.py").write_text("from autograder.cli import main\nmain()")
        return {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "SAID": "at first"}

    return make


@pytest.mark.parametrize("end", ["3", "0", "None", "'a sentence'"])
def test_words_folder_environment_input_outputs_and_exit_code(own, tmp_path, end):
    environment, folder = own(end), tmp_path / "elsewhere"
    folder.mkdir()
    later = {**environment, "SAID": "later"}
    alone = run([sys.executable, "-m", "autograder"], folder, later, ["a b", "--c"])
    with warm_commands.command(tmp_path / "autograder", environment, ()):
        for _ in range(2):
            assert run([tmp_path / "autograder"], folder, later, ["a b", "--c"]) == alone
    assert "elsewhere later" in alone[1] and "typed" in alone[1]


WAITS = """\
import signal, sys, time
def end(number, frame):
    sys.exit(7)
def main():
    signal.signal(signal.SIGTERM, end)
    print("waits", flush=True)
    while True:
        time.sleep(1)
"""


def test_who_ends_the_command_ends_its_fork(own, tmp_path):
    environment = own("0")
    (tmp_path / "site" / "autograder" / "cli.py").write_text(WAITS)
    with warm_commands.command(tmp_path / "autograder", environment, ()):
        started = subprocess.Popen([tmp_path / "autograder"], stdout=subprocess.PIPE, text=True)
        assert started.stdout.readline() == "waits\n"
        started.terminate()
        assert started.wait() == 7
        started.stdout.close()


def test_the_kits_own_command(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    with warm_commands.command(tmp_path / "autograder", environment):
        code, said, error = run([tmp_path / "autograder"], tmp_path, environment, ["report", "x"])
        helped = run([tmp_path / "autograder"], tmp_path, environment, ["--help"])
    assert (code, said, error.count("\n")) == (2, "", 1) and "is not a course directory" in error
    assert helped[0] == 0 and "Usage:" in helped[1] and helped[2] == ""


ASKS = """\
import os, sys
from concurrent.futures import ProcessPoolExecutor
from autograder.grading.running import workers
from autograder.sandbox import isolation

def main():
    with ProcessPoolExecutor(1, workers._forkserver()) as pool:
        print(pool.submit(os.getcwd).result())
        print(pool.submit(os.getppid).result())
        pool.submit(os.write, 2, sys.argv[1].encode()).result()
    shared = workers.SharedTemplate(isolation.best())
    if lent := hasattr(shared, "template"):  # otherwise begin() would start one
        shared.begin()
        shared.wait()
        shared.mend()
        assert shared.template.seen([sys.executable, __file__]) == [sys.executable]
    shared.close()
    print(shared.template.run_dir if lent else "its own")

if __name__ == "__main__":
    main()
"""


@pytest.mark.sandbox
def test_commands_that_grade_share_a_template_and_the_parent_of_workers(tmp_path):
    script, program, environment = tmp_path / "asks.py", tmp_path / "asks", dict(os.environ)
    script.write_text(ASKS)

    def asked(folder, complaint="", **changed):
        folder.mkdir(exist_ok=True)
        code, said, error = run([program], folder, environment | changed, [complaint])
        assert (code, error) == (0, "")
        return said.splitlines()

    environment["PYTHONPATH"] = str(ROOT)
    with (
        pytest.raises(AssertionError, match="a complaint of a worker"),
        warm_commands.command(tmp_path / "autograder", environment, grading=True) as another,
    ):
        another(program, str(script))
        one, two = tmp_path / "one", tmp_path / "two"
        (here, parent, lent), (there, *same) = asked(one), asked(two)
        assert [here, there] == [str(one), str(two)] and same == [parent, lent]
        # A template shows its kernels the data and the time zone with which it started.
        for changed in ({"COURSE_DATA": str(tmp_path)}, {"TZ": "Asia/Tokyo"}, {"PATH": "/nowhere"}):
            assert asked(one, **changed)[1:] == [parent, "its own"]
        asked(one, "a complaint of a worker")
        assert Path(lent).exists() and Path("/proc", parent).exists()
    assert not Path(lent).exists() and not Path("/proc", parent).exists()
