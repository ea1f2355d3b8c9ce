"""A Slurm of one node, and a PostgreSQL: started in a folder as processes of ours, and ended."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

# Seconds for what takes a few on a machine that has nothing else to do.
PATIENCE = 600
CONFIG = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=10
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
KillWait=2
MinJobAge=5
SchedulerParameters=sched_interval=2
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=16384 Gres=gpu:1 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


class Programs:
    """Programs that run in the foreground as children of ours, with a log for each."""

    def __init__(self, folder):
        self.folder, self.running = Path(folder), {}

    def start(self, name, command, **options):
        with open(self.folder / f"{name}.out", "ab") as log:
            self.running[name] = subprocess.Popen(
                list(map(str, command)), stdin=subprocess.DEVNULL, stdout=log, stderr=log, **options
            )

    def begin(self):
        """Start what belongs to it."""

    def __enter__(self):
        try:
            self.begin()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def kill(self, name):
        """As a crash would: SIGKILL."""
        self.running[name].kill()
        self.running.pop(name).wait()

    def stop(self):
        for process in reversed(self.running.values()):
            process.terminate()
        for name in reversed(list(self.running)):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.running[name].wait(60)
            self.kill(name)


class Slurm(Programs):
    """munged, slurmctld and slurmd. environment: what its commands need to find it."""

    def __init__(self, folder):
        super().__init__(folder)
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o600)
        self.config = self.folder / "slurm.conf"
        self.config.write_text(
            CONFIG.format(
                host=socket.gethostname().split(".")[0],
                folder=self.folder,
                controller_port=free_port(),
                node_port=free_port(),
            )
        )
        # No device stands behind it: a job may ask for it, and gets a number.
        (self.folder / "gres.conf").write_text("Name=gpu File=/dev/null\n")
        self.environment = {"SLURM_CONF": str(self.config)}

    def begin(self):
        munged = ["munged", "--foreground", "--force"]
        for option, name in (
            ("socket", "munge.socket"),
            ("key-file", "munge.key"),
            ("pid-file", "munge.pid"),
            ("log-file", "munge.log"),
            ("seed-file", "munge.seed"),
        ):
            munged.append(f"--{option}={self.folder / name}")
        self.start("munged", munged)
        wait_for((self.folder / "munge.socket").exists, PATIENCE)
        self.start_controller()
        self.start("slurmd", ["slurmd", "-D", "-f", self.config])
        wait_for(lambda: "idle" in self.say("sinfo", "--noheader", "--format=%T"), PATIENCE)

    def __exit__(self, *_):
        with contextlib.suppress(AssertionError, subprocess.TimeoutExpired):
            self.say("scancel", "--me")
            # A test may have killed the controller: then nothing is said.
            wait_for(lambda: not self.say("squeue", "--noheader"), PATIENCE)
        super().__exit__()

    def start_controller(self):
        self.start("slurmctld", ["slurmctld", "-D", "-f", self.config])

    def cancel(self, job):
        """Returns when the controller has written it down, which it does every 5 s or so.

        Killed before that, it would take the job for running ever after.
        """
        self.say("scancel", job)
        since, state = time.time(), self.folder / "state" / "job_state"
        wait_for(lambda: state.exists() and state.stat().st_mtime > since, PATIENCE)

    def run(self, *command):
        """A command of Slurm's, and what it printed."""
        return subprocess.run(
            command, env={**os.environ, **self.environment}, capture_output=True, text=True,
            timeout=PATIENCE,
        )  # fmt: skip

    def say(self, *command):
        """What a command of Slurm's prints; nothing where it fails."""
        return self.run(*command).stdout

    def jobs(self, states="R,PD,CG,CF,RQ,SI"):
        """The ids of the jobs in these states; a controller that is too busy is asked again."""
        command = ["squeue", "--noheader", "--format=%A", f"--states={states}"]
        end = time.monotonic() + PATIENCE
        while (done := self.run(*command)).returncode:
            assert time.monotonic() < end, done.stderr
            time.sleep(0.5)
        return done.stdout.split()


@contextlib.contextmanager
def folder_for_all():
    """A folder that the server, which runs as nobody, can reach.

    Every run of pytest closes the folder that holds all of pytest's to other users, also while
    another run is at work.
    """
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


class Postgres(Programs):
    """A server; another(name) makes an empty database and returns its URL."""

    def __init__(self, folder):
        super().__init__(folder)
        self.port = free_port()
        # The server refuses to be root.
        self.user = "nobody" if os.getuid() == 0 else None

    def begin(self):
        if self.user:
            shutil.chown(self.folder, self.user)
        self._run("initdb", "-D", self.folder / "data", "-U", "teacher", "-A", "trust", "-N",
                  "-E", "UTF8", "--locale=C.UTF-8")  # fmt: skip
        self.start_server()

    def another(self, name):
        self._run("createdb", "-h", "127.0.0.1", "-p", self.port, "-U", "teacher", name)
        return f"postgresql://teacher@127.0.0.1:{self.port}/{name}"

    def start_server(self):
        command = [program("postgres"), "-D", self.folder / "data", "-p", self.port]
        command += ["-h", "127.0.0.1", "-k", self.folder]
        self.start("postgres", command, user=self.user, cwd=self.folder)
        wait_for(self._answers, PATIENCE)

    def crash(self):
        """It ends at once and saves nothing; by SIGKILL its children would outlive it."""
        self.running["postgres"].send_signal(signal.SIGQUIT)
        self.running.pop("postgres").wait()

    def _answers(self):
        command = [program("pg_isready"), "-h", "127.0.0.1", "-p", str(self.port), "-q"]
        return subprocess.run(command).returncode == 0

    def _run(self, name, *arguments):
        command = [program(name), *map(str, arguments)]
        subprocess.run(command, user=self.user, cwd=self.folder, check=True, capture_output=True)


def program(name):
    """Path of one of PostgreSQL's programs, or None: Debian keeps them out of PATH."""
    places = [str(path) for path in Path("/usr/lib/postgresql").glob("*/bin")]
    return shutil.which(name) or shutil.which(name, path=os.pathsep.join(sorted(places)))


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(condition, seconds, every=0.1):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(every)
