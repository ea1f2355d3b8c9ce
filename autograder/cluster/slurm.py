"""Run a Dask cluster as Slurm jobs, through dask-jobqueue."""

import logging
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from autograder.cluster.schedulers import ALONE_SECONDS, Scheduler, configure, security
from autograder.grading.running.workers import WORKER_BYTES
from helpers.errors import CourseError

# Per job, unless --workers gives another number.
CORES = 8
# Memory for Dask, the template and what workers share.
OWN_BYTES = 2_000_000_000
# How often Slurm is asked which jobs it has, and how long it may take to answer.
QUEUE_SECONDS = 10.0
SLURM_SECONDS = 60.0
CONTROLLER = "make sure that its controller runs (`scontrol ping`)."


class Slurm(Scheduler):
    """Slurm jobs through dask-jobqueue, each with one Dask worker. The scheduler runs here."""

    name = "The Dask cluster on Slurm"
    count: int

    def __init__(
        self,
        cores: int | None = None,
        nodes: int | None = None,
        sbatch: Sequence[str] = (),
        folder: Path | None = None,
    ) -> None:
        super().__init__()
        self.cores, self.nodes, self.sbatch = cores or CORES, nodes or 1, sbatch
        self.folder = Path(folder or ".").resolve()
        self.count, self._asked, self._told = self.cores * self.nodes, 0.0, 0.0

    def _open(self) -> None:
        for command in ("sbatch", "squeue", "scancel"):
            if shutil.which(command) is None:
                raise CourseError(
                    f"--cluster slurm: {command} was not found; run this on a login node of a "
                    "Slurm cluster, or use --cluster local."
                )
        try:
            from dask_jobqueue import SLURMCluster
        except ImportError:
            raise CourseError(
                "--cluster slurm needs dask-jobqueue; run `pip install -e .[grader,cluster]`."
            ) from None
        from distributed import Client

        configure()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)  # it holds certificates, also those of a run that was killed
        for old in self.folder.glob(".dask-jobqueue.worker.*"):
            old.unlink(missing_ok=True)
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
            security=security(),
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

    def _try_job(self) -> None:
        """Let Slurm validate the job before it is submitted."""
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
                    f"Slurm does not answer within {SLURM_SECONDS:.0f} s; {CONTROLLER}"
                ) from None
        if "Unable to contact slurm controller" in done.stderr:  # sbatch may give up first
            raise CourseError(f"Slurm does not answer; {CONTROLLER}")
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["it gives no reason"]
            raise CourseError(
                f"Slurm rejects the job ({lines[-1]}); add what it needs with --sbatch, such as "
                "--sbatch=--account=NAME --sbatch=--partition=NAME."
            )

    def tend(self, tell: Callable[[str], None]) -> None:
        """As in Scheduler; also replaces jobs that Slurm has lost."""
        super().tend(tell)
        if self.threads < self.count and time.monotonic() > self._asked + QUEUE_SECONDS:
            self._replace()
            self._asked = time.monotonic()

    def _replace(self) -> None:
        """Submit new jobs for those that Slurm no longer has."""
        try:
            done = subprocess.run(
                ["squeue", "--me", "--noheader", "--format=%A"],
                capture_output=True, text=True, timeout=SLURM_SECONDS,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            return
        if done.returncode:  # its controller is down, but running jobs continue
            return
        queued = set(done.stdout.split())
        at_work = {each["name"] for each in self.cluster.scheduler_info["workers"].values()}
        for name, job in list(self.cluster.workers.items()):
            if job.job_id not in queued and name not in at_work:
                self.cluster.workers.pop(name, None)
        self.cluster.scale(jobs=self.nodes)

    def _nobody(self, tell: Callable[[str], None]) -> None:
        """A queue may be long: wait, and say so from time to time."""
        if time.monotonic() > self._told + ALONE_SECONDS:
            self._told = time.monotonic()
            tell(f"waiting for Slurm to start a job (`squeue --me`; logs in {self.folder})")
