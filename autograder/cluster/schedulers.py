"""Connect to a Dask cluster: a new one on this machine or an existing one; slurm.py adds Slurm."""

import asyncio
import logging
import re
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.grading.running.workers import sensible_count
from helpers.errors import CourseError

if TYPE_CHECKING:  # an optional dependency
    from distributed import Future
    from distributed.security import Security

ADDRESS = re.compile(r"(?:(?:tcp|tls|ws|wss|ucx)://)?[\w.\-\[\]:]+:\d+")
ANSWER_SECONDS = 10.0
# How long a run goes on without a scheduler, or without a single worker.
ALONE_SECONDS = 60.0
LOOK_SECONDS = 2.0


def scheduler(
    where: str,
    workers: int | None = None,
    nodes: int | None = None,
    sbatch: Sequence[str] = (),
    folder: Path | None = None,
) -> "Scheduler":
    """The Scheduler that --cluster names.

    workers: submissions at a time (local) or on each node (slurm). nodes: Slurm jobs. sbatch:
    further options of these jobs. folder: one that all nodes see, for logs and certificates.

    Raises CourseError if Dask is not installed or the options do not fit.
    """
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise CourseError(
            "--cluster needs Dask, which is not installed; run `pip install -e .[grader,cluster]`."
        ) from None
    if where != "slurm" and (nodes or sbatch):
        raise CourseError("--nodes and --sbatch go with --cluster slurm; leave them out.")
    if where == "local":
        return Local(workers or sensible_count())
    if where == "slurm":
        from autograder.cluster.slurm import Slurm  # it builds on this module

        return Slurm(workers, nodes, list(sbatch), folder)
    if not ADDRESS.fullmatch(where):
        raise CourseError(
            f"--cluster {where}: not a known place; use local, slurm, or the address of a "
            "Dask scheduler such as tcp://10.0.0.5:8786."
        )
    if workers:
        raise CourseError(
            "--workers does not go with an address: the number of submissions at a time is that of "
            "the threads of the workers there."
        )
    return Address(where)


class Scheduler:
    """The base class.

    count: submissions at a time, None if not known yet. client: Dask's, after open(). threads:
    submissions that can run at a time, as last counted. name: for messages.
    """

    name: str
    count: int | None = None

    def __init__(self) -> None:
        # Of Dask, which has no types and is imported late.
        self.client: Any = None
        self.cluster: Any = None
        self.threads, self._looked, self._seen = 0, 0.0, 0.0

    def _open(self) -> None:
        raise NotImplementedError

    def open(self) -> None:
        """Connect, and start what is to be started. Raises CourseError if that fails."""
        if self.client is None:
            quiet()
            self._open()
            self._seen = time.monotonic()

    def close(self) -> None:
        """End the connection and what open() started."""
        for thing in (self.client, self.cluster):
            if thing is not None:
                thing.close()
        self.client = self.cluster = None

    def tend(self, tell: Callable[[str], None]) -> None:
        """Count the workers; act if there are none. tell: gets a sentence about a long wait.

        Raises CourseError if the run cannot go on.
        """
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

    def wait(self, futures: "Iterable[Future]", seconds: float) -> None:
        """Return when one of the futures is done, or after these seconds."""
        from distributed import wait

        pending = [future for future in futures if future.status == "pending"]
        end = time.monotonic() + seconds
        try:
            if pending:
                wait(pending, timeout=seconds, return_when="FIRST_COMPLETED")
                return
        except Exception:  # a timeout, or the scheduler is gone: tend() will notice
            pass
        time.sleep(max(0.0, end - time.monotonic()))

    def _count(self) -> None:
        try:
            self.threads = sum(self.client.nthreads().values())
        except Exception:  # of many types, while a scheduler goes away
            self.threads = 0

    def _lost(self, tell: Callable[[str], None]) -> None:
        raise CourseError(f"{self.name} has ended; run this again: what was graded is kept.")

    def _nobody(self, tell: Callable[[str], None]) -> None:
        if time.monotonic() > self._seen + ALONE_SECONDS:
            raise CourseError(
                f"{self.name} has had no worker for {ALONE_SECONDS:.0f} s; see that its workers "
                "start, and run this again: what was graded is kept."
            )


class Local(Scheduler):
    """One Dask worker on this machine, with a thread per submission at a time."""

    name = "The Dask cluster on this machine"

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def _open(self) -> None:
        from distributed import Client, LocalCluster

        configure()
        self.cluster = LocalCluster(
            n_workers=1,
            threads_per_worker=self.count,
            memory_limit=0,
            dashboard_address=None,
            security=security(),
            protocol="tls://",
            silence_logs=logging.CRITICAL,
        )
        self.client = Client(self.cluster)


class Address(Scheduler):
    """A scheduler that is already running at an address."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address, self.name = address, f"The Dask scheduler {address}"

    def _open(self) -> None:
        try:
            # Ask first: without an answer, a Client waits much longer than its timeout.
            asyncio.run(asyncio.wait_for(_answer_of(self.address), ANSWER_SECONDS))
            self.client = self._client()
        except Exception as error:  # of many types: no answer, no TLS, no scheduler
            raise CourseError(
                f"{self.name} does not answer within {ANSWER_SECONDS:.0f} s "
                f"({first_line(error)}); make sure that it runs and can be reached from here."
            ) from None

    def _client(self) -> Any:
        from distributed import Client

        return Client(self.address, timeout=ANSWER_SECONDS, set_as_default=False)

    def _lost(self, tell: Callable[[str], None]) -> None:
        tell(f"{self.name} has gone away; waiting {ALONE_SECONDS:.0f} s for it to come back.")
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
            f"{self.name} has gone away; start it and run this again: what was graded is kept."
        )


async def _answer_of(address: str) -> Any:
    """The identity of the Dask scheduler at this address."""
    from distributed.core import connect
    from distributed.security import Security

    comm = await connect(address, **Security().get_connection_args("client"))
    try:
        await comm.write({"op": "identity", "reply": True})
        return await comm.read()
    finally:
        comm.abort()


def quiet() -> None:
    """Silence Dask's log: our own messages report problems with nodes and schedulers."""
    for name in list(logging.root.manager.loggerDict):
        if name.startswith("distributed"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def configure() -> None:
    """Configure Dask for the schedulers and workers that we start."""
    import dask

    dask.config.set(
        {
            # Workers start processes: the template's, and those that run submissions.
            "distributed.worker.daemon": False,
            # We retry tasks ourselves, and a lost node is not the fault of its submissions.
            "distributed.scheduler.allowed-failures": 10,
            "distributed.deploy.lost-worker-timeout": "5s",
            "distributed.scheduler.work-stealing": False,
        }
    )


def security() -> "Security":
    """Certificates for this run only: anybody who can reach a Dask scheduler can run code there."""
    from distributed.security import Security

    return Security.temporary()


def first_line(error: Exception) -> str:
    """The first line of its message, or its type; at most 200 characters."""
    return (str(error) or type(error).__name__).splitlines()[0][:200]
