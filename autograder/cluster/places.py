"""Where a Dask cluster is: made on this machine, made of Slurm jobs, or there already.

Each place has: client, threads (submissions that run at a time, as last seen), open(), close(),
tend(tell), to be called again and again, and wait(futures, seconds).
"""

import logging
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from autograder.grading.workers import WORKER_BYTES, sensible_count
from helpers.errors import CourseError

ADDRESS = re.compile(r"(?:(?:tcp|tls|ws|wss|ucx)://)?[\w.\-\[\]:]+:\d+")
ANSWER_SECONDS = 10.0
# How long a run goes on without a scheduler, or without a single worker.
ALONE_SECONDS = 60.0
LOOK_SECONDS = 2.0
# Of each Slurm job, unless --workers says another number.
CORES = 8
OWN_BYTES = 2_000_000_000
QUEUE_SECONDS = 10.0
SLURM_SECONDS = 60.0


def place(where, workers=None, nodes=None, sbatch=(), folder=None):
    """The place that --cluster names.

    workers: submissions at a time (local) or on each node (slurm). nodes: Slurm jobs. sbatch:
    further options of theirs. folder: which all nodes see, for logs and certificates.

    Raises CourseError for what cannot be.
    """
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise CourseError(
            "--cluster needs Dask, which is not installed; say `pip install -e .[grader,cluster]`."
        ) from None
    if where != "slurm" and (nodes or sbatch):
        raise CourseError("--nodes and --sbatch go with --cluster slurm; leave them out.")
    if where == "local":
        return Local(workers or sensible_count())
    if where == "slurm":
        return Slurm(workers or CORES, nodes or 1, list(sbatch), folder)
    if not ADDRESS.fullmatch(where):
        raise CourseError(
            f"--cluster {where}: there is no such place; say local, slurm, or the address of a "
            "Dask scheduler such as tcp://10.0.0.5:8786."
        )
    if workers:
        raise CourseError(
            "--workers does not go with an address: as many submissions run at a time as the "
            "workers there have threads."
        )
    return Address(where)


class _Place:
    """What all have in common. count: submissions at a time, None where it is not known yet."""

    count = None

    def __init__(self):
        self.client = self.cluster = None
        self.threads, self._looked, self._seen = 0, 0.0, None

    def open(self):
        if self.client is None:
            logging.getLogger("distributed").setLevel(logging.CRITICAL)
            self._open()
            self._seen = time.monotonic()

    def close(self):
        for thing in (self.client, self.cluster):
            if thing is not None:
                thing.close()
        self.client = self.cluster = None

    def tend(self, tell):
        """Count the workers, and see to it that there are some."""
        if time.monotonic() < self._looked + LOOK_SECONDS:
            return
        if self.client.status != "running":
            self._lost(tell)
        self._count()
        self._looked = time.monotonic()
        if self.threads:
            self._seen = self._looked
        else:
            self._nobody(tell)

    def wait(self, futures, seconds):
        """Return when one of the futures is done, at the latest after these seconds."""
        from distributed import wait

        pending = [future for future in futures if future.status == "pending"]
        end = time.monotonic() + seconds
        try:
            if pending:
                wait(pending, timeout=seconds, return_when="FIRST_COMPLETED")
                return
        except Exception:  # a timeout, or a scheduler that went: tend() will see
            pass
        time.sleep(max(0.0, end - time.monotonic()))

    def _count(self):
        try:
            self.threads = sum(self.client.nthreads().values())
        except Exception:  # of many types, while a scheduler goes
            self.threads = 0

    def _lost(self, tell):
        raise CourseError("The Dask scheduler has ended; run this again: what was graded is kept.")

    def _nobody(self, tell):
        if time.monotonic() > self._seen + ALONE_SECONDS:
            raise CourseError(
                f"{self.name} has had no worker for {ALONE_SECONDS:.0f} s; see that its workers "
                "start, and run this again: what was graded is kept."
            )


class Local(_Place):
    """One Dask worker on this machine, with a thread for each submission that runs."""

    name = "The Dask cluster on this machine"

    def __init__(self, count):
        super().__init__()
        self.count = count

    def _open(self):
        from distributed import Client, LocalCluster

        _configure()
        self.cluster = LocalCluster(
            n_workers=1,
            threads_per_worker=self.count,
            memory_limit=0,
            dashboard_address=None,
            security=_security(),
            protocol="tls://",
            silence_logs=logging.CRITICAL,
        )
        self.client = Client(self.cluster)


class Address(_Place):
    """A scheduler that somebody else has started."""

    def __init__(self, address):
        super().__init__()
        self.address, self.name = address, f"The Dask scheduler {address}"

    def _open(self):
        try:
            self.client = self._client()
        except Exception as error:  # of many types: no answer, no TLS, no scheduler
            raise CourseError(
                f"{self.name} does not answer within {ANSWER_SECONDS:.0f} s "
                f"({_first_line(error)}); see that it runs and can be reached from here."
            ) from None

    def _client(self):
        from distributed import Client

        return Client(self.address, timeout=ANSWER_SECONDS, set_as_default=False)

    def _lost(self, tell):
        tell(f"{self.name} has gone; waiting {ALONE_SECONDS:.0f} s for it to come back.")
        end = time.monotonic() + ALONE_SECONDS
        self.client.close()
        while time.monotonic() < end:
            try:
                self.client = self._client()
                self._seen = time.monotonic()
                return
            except Exception:  # as above
                time.sleep(1.0)
        raise CourseError(
            f"{self.name} has gone; start it and run this again: what was graded is kept."
        )


class Slurm(_Place):
    """Slurm jobs through dask-jobqueue, each with one Dask worker. The scheduler runs here."""

    name = "The Dask cluster on Slurm"

    def __init__(self, cores, nodes, sbatch, folder):
        super().__init__()
        self.cores, self.nodes, self.sbatch = cores, nodes, sbatch
        self.folder = Path(folder or ".").resolve()
        self.count, self._asked, self._told = cores * nodes, 0.0, 0.0

    def _open(self):
        for command in ("sbatch", "squeue", "scancel"):
            if shutil.which(command) is None:
                raise CourseError(
                    f"--cluster slurm: {command} was not found; run this on a login node of a "
                    "Slurm cluster, or say --cluster local."
                )
        try:
            from dask_jobqueue import SLURMCluster
        except ImportError:
            raise CourseError(
                "--cluster slurm needs dask-jobqueue; say `pip install -e .[grader,cluster]`."
            ) from None
        from distributed import Client

        _configure()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)  # the certificates lie here
        self.cluster = SLURMCluster(
            cores=self.cores,
            processes=1,
            memory=f"{(self.cores * WORKER_BYTES + OWN_BYTES) // 10**6} MB",
            job_name="autograder",
            job_extra_directives=self.sbatch,
            job_script_prologue=["export DASK_DISTRIBUTED__WORKER__DAEMON=False"],
            worker_extra_args=["--no-dashboard"],
            death_timeout=60,
            log_directory=str(self.folder),
            shared_temp_directory=str(self.folder),
            security=_security(),
            protocol="tls://",
            scheduler_options={"dashboard_address": None},
            silence_logs=logging.CRITICAL,
        )
        try:
            self._try_job()
        except CourseError:
            self.close()
            raise
        self.client = Client(self.cluster)
        self.cluster.scale(jobs=self.nodes)

    def _try_job(self):
        """Let Slurm look at the job before it is submitted."""
        with tempfile.NamedTemporaryFile("w", suffix=".sh") as script:
            script.write(self.cluster.job_script())
            script.flush()
            try:
                done = subprocess.run(
                    ["sbatch", "--test-only", script.name],
                    capture_output=True, text=True, timeout=SLURM_SECONDS,
                )  # fmt: skip
            except subprocess.TimeoutExpired:
                raise CourseError(
                    f"Slurm does not answer within {SLURM_SECONDS:.0f} s; see that its controller "
                    "runs (`scontrol ping`)."
                ) from None
        if done.returncode:
            said = done.stderr.strip().splitlines() or ["it gives no reason"]
            raise CourseError(
                f"Slurm does not take the job ({said[-1]}); say what it needs with --sbatch, such "
                "as --sbatch=--account=NAME --sbatch=--partition=NAME."
            )

    def tend(self, tell):
        super().tend(tell)
        if self.threads < self.count and time.monotonic() > self._asked + QUEUE_SECONDS:
            self._replace()
            self._asked = time.monotonic()

    def _replace(self):
        """Submit jobs anew in place of those that Slurm no longer has."""
        try:
            done = subprocess.run(
                ["squeue", "--me", "--noheader", "--format=%A"],
                capture_output=True, text=True, timeout=SLURM_SECONDS,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            return
        if done.returncode:  # its controller is away: jobs that run go on
            return
        there = set(done.stdout.split())
        at_work = {each["name"] for each in self.cluster.scheduler_info["workers"].values()}
        for name, job in list(self.cluster.workers.items()):
            if job.job_id not in there and name not in at_work:
                self.cluster.workers.pop(name, None)
        self.cluster.scale(jobs=self.nodes)

    def _nobody(self, tell):
        """A queue may be long: wait, and say so now and then."""
        if time.monotonic() > self._told + ALONE_SECONDS:
            self._told = time.monotonic()
            tell(f"waiting for Slurm to start a job (`squeue --me`; logs in {self.folder})")


def _configure():
    """For the schedulers and workers that we start ourselves."""
    import dask

    dask.config.set(
        {
            # Workers start processes: the template's, and those that run submissions.
            "distributed.worker.daemon": False,
            # A task is tried again by us, and a node that goes is no fault of its submissions.
            "distributed.scheduler.allowed-failures": 10,
            "distributed.deploy.lost-worker-timeout": "5s",
            "distributed.scheduler.work-stealing": False,
        }
    )


def _security():
    """Certificates of this run alone: whoever reaches a Dask scheduler can run code there."""
    from distributed.security import Security

    return Security.temporary()


def _first_line(error):
    return (str(error) or type(error).__name__).splitlines()[0][:200]
