"""The scripts of docs/slurm, with commands that only write down how they were called."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "docs" / "slurm"
ALL = sorted(path.name for path in SCRIPTS.iterdir())

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="no bash on this machine")


@pytest.fixture
def machine(tmp_path):
    """A cluster of fake commands; `calls` reads what was called, one line each."""

    class Machine:
        commands, scratch, log = tmp_path / "bin", tmp_path / "scratch", tmp_path / "calls"
        environment = scratch / "dgm"

        def __init__(self):
            for folder in (self.commands, self.scratch, tmp_path / "home"):
                folder.mkdir()

        def command(self, name, body="", at=None):
            path = (at or self.commands) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f'#!/bin/bash\necho "{name} $*" >> "{self.log}"\n{body}\n')
            path.chmod(0o755)

        def variables(self, **more):
            return {
                "PATH": f"{self.commands}:/usr/bin:/bin",
                "HOME": str(tmp_path / "home"),
                "SCRATCH": str(self.scratch),
                **more,
            }

        def start(self, script, *arguments, **variables):
            return subprocess.Popen(
                ["bash", str(SCRIPTS / script), *map(str, arguments)],
                env=self.variables(**variables),
                cwd=tmp_path,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )

        def run(self, script, *arguments, **variables):
            """(exit code, output)"""
            process = self.start(script, *arguments, **variables)
            said, _ = process.communicate(timeout=600)
            return process.returncode, said

        @property
        def calls(self):
            return self.log.read_text().splitlines() if self.log.is_file() else []

    return Machine()


@pytest.mark.parametrize("name", ALL)
def test_bash_reads_it(name):
    done = subprocess.run(["bash", "-n", SCRIPTS / name], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="no shellcheck on this machine")
@pytest.mark.parametrize("name", ALL)
def test_shellcheck_finds_nothing(name):
    done = subprocess.run(["shellcheck", SCRIPTS / name], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_job_asks_for_a_gpu_and_names_no_partition():
    lines = (SCRIPTS / "notebook.sbatch").read_text().splitlines()
    first = next(i for i, line in enumerate(lines) if line and not line.startswith("#"))
    options = [line.split()[1] for line in lines if line.startswith("#SBATCH")]
    # After the first command Slurm reads no more of them.
    assert all(i < first for i, line in enumerate(lines) if line.startswith("#SBATCH"))
    assert {"--gres=gpu:1", "--signal=B:USR1@120", "--requeue"} <= set(options)
    assert not any(option.startswith(("--partition", "-p", "--account")) for option in options)


# --- setup.sh


def conda(machine):
    machine.command("module", "exit 0")
    python = machine.environment / "bin" / "python"
    make = (
        f'mkdir -p "{python.parent}"; printf "#!/bin/bash\\necho python \\$* >> {machine.log}\\n"'
    )
    machine.command("conda", f'{make} > "{python}"; chmod +x "{python}"')


def test_setup_makes_the_environment_and_the_kernel(machine, tmp_path):
    conda(machine)
    (tmp_path / "data").mkdir()
    code, said = machine.run("setup.sh", tmp_path / "data")
    assert code == 0, said
    assert machine.calls == [
        "module load anaconda3",
        f"conda env create --prefix {machine.environment} --file environment.yml",
        "python -m ipykernel install --user --name dgm --display-name Deep generative models "
        f"--env COURSE_DATA {tmp_path / 'data'}",
    ]
    machine.run("setup.sh")
    assert machine.calls[4] == (
        f"conda env update --prefix {machine.environment} --file environment.yml"
    )
    assert "COURSE_DATA" not in machine.calls[-1]


def test_setup_without_modules_conda_scratch_or_data(machine, tmp_path):
    code, said = machine.run("setup.sh", SCRATCH=str(tmp_path / "nowhere"))
    assert code == 2 and "set SCRATCH" in said
    code, said = machine.run("setup.sh", tmp_path / "nowhere")
    assert code == 2 and "stage the data first" in said
    if shutil.which("conda", path="/usr/bin:/bin") is None:
        code, said = machine.run("setup.sh")
        assert code == 2 and "module spider anaconda" in said
    assert machine.calls == []


def test_setup_stops_where_conda_fails(machine):
    machine.command("conda", "exit 3")
    code, _ = machine.run("setup.sh")
    assert code == 3 and len(machine.calls) == 1


# --- stage_data.sh


def test_data_are_staged_for_everybody(machine, tmp_path):
    body = 'echo "cache $COURSE_CACHE data ${COURSE_DATA-unset}" >> "$(dirname "$0")/../said"\n'
    body += 'mkdir -m 700 -p "$COURSE_CACHE/MNIST"; cat > /dev/null'
    machine.command("python", body, at=machine.environment / "bin")
    code, said = machine.run("stage_data.sh", tmp_path / "shared", COURSE_DATA="/elsewhere")
    assert code == 0, said
    told = (machine.environment / "said").read_text()
    assert told == f"cache {tmp_path / 'shared'} data unset\n"
    assert (tmp_path / "shared" / "MNIST").stat().st_mode & 0o055 == 0o055
    assert f"export COURSE_DATA={tmp_path / 'shared'}" in said


def test_staging_without_a_folder_or_an_environment(machine, tmp_path):
    assert machine.run("stage_data.sh")[0] == 2
    code, said = machine.run("stage_data.sh", tmp_path / "shared")
    assert code == 2 and "run docs/slurm/setup.sh first" in said
    assert not (tmp_path / "shared").exists()


# --- notebook.sbatch


@pytest.fixture
def job(machine, tmp_path):
    """Fake srun that becomes its command, scontrol, and a python that ends as it is told."""
    (tmp_path / "nb.ipynb").write_text("{}")
    machine.command("srun", 'exec "$@"')
    machine.command("scontrol")

    def ends(body):
        machine.command("python", body, at=machine.environment / "bin")
        return machine

    return ends


@pytest.mark.parametrize("code", [0, 1, 2, 137])
def test_a_run_that_ends_by_itself_is_not_started_again(job, code):
    machine = job(f"exit {code}")
    assert machine.run("notebook.sbatch", "nb.ipynb", SLURM_JOB_ID="7")[0] == code
    assert machine.calls == [
        f"srun {machine.environment}/bin/python -m helpers.batch nb.ipynb",
        "python -m helpers.batch nb.ipynb",
    ]


STOPS = 'trap "exit 75" USR1\ntouch ready\nwhile :; do sleep 0.05; done'


def stopped(machine, tmp_path, **variables):
    """(code, output) of a job that gets the signal while it runs, as Slurm sends it (B:)."""
    process = machine.start("notebook.sbatch", "nb.ipynb", SLURM_JOB_ID="7", **variables)
    for _ in range(12_000):
        if (tmp_path / "ready").exists():
            break
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGUSR1)
    said, _ = process.communicate(timeout=600)
    return process.returncode, said


def test_before_the_time_limit_it_goes_back_into_the_queue(job, tmp_path):
    machine = job(STOPS)
    code, said = stopped(machine, tmp_path)
    assert code == 0 and "back into the queue" in said and "attempt 1 of 5" in said
    assert machine.calls[-1] == "scontrol requeue 7"


def test_not_for_ever(job, tmp_path):
    machine = job(STOPS)
    code, said = stopped(machine, tmp_path, SLURM_RESTART_COUNT="4")
    assert code == 75 and "in 5 attempts: ask for more time" in said
    assert not any(call.startswith("scontrol") for call in machine.calls)


def test_a_run_that_ends_well_although_it_was_told_to_stop(job, tmp_path):
    machine = job('trap "sleep 0.3; exit 0" USR1\ntouch ready\nwhile :; do sleep 0.05; done')
    assert stopped(machine, tmp_path)[0] == 0
    assert not any(call.startswith("scontrol") for call in machine.calls)


def test_no_notebook_or_environment(job, machine, tmp_path):
    assert "name one after the script" in machine.run("notebook.sbatch")[1]
    (tmp_path / "nb.ipynb").write_text("{}")
    code, said = machine.run("notebook.sbatch", "nb.ipynb")
    assert code == 2 and "run docs/slurm/setup.sh, or set COURSE_ENV" in said
