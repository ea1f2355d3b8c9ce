"""Where a Dask cluster is: made on this machine, or there already; slurm.py makes one of jobs."""

import asyncio
import logging
import re
import time

from autograder.grading.running.workers import sensible_count
from helpers.errors import CourseError

ADDRESS = re.compile(r"(?:(?:tcp|tls|ws|wss|ucx)://)?[\w.\-\[\]:]+:\d+")
ANSWER_SECONDS = 10.0
# How long a run goes on without a scheduler, or without a single worker.
ALONE_SECONDS = 60.0
LOOK_SECONDS = 2.0


def scheduler(where, workers=None, nodes=None, sbatch=(), folder=None):
    """The Scheduler that --cluster names.

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
        from autograder.cluster.slurm import Slurm  # it builds on this module

        return Slurm(workers, nodes, list(sbatch), folder)
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


class Scheduler:
    """What all have in common.

    count: submissions at a time, None where nobody knows yet. client: Dask's, once open() is done.
    threads: submissions that run at a time, as last seen. name: for sentences.
    """

    count = None

    def __init__(self):
        self.client = self.cluster = None
        self.threads, self._looked, self._seen = 0, 0.0, None

    def open(self):
        if self.client is None:
            quiet()
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
        raise CourseError(f"{self.name} has ended; run this again: what was graded is kept.")

    def _nobody(self, tell):
        if time.monotonic() > self._seen + ALONE_SECONDS:
            raise CourseError(
                f"{self.name} has had no worker for {ALONE_SECONDS:.0f} s; see that its workers "
                "start, and run this again: what was graded is kept."
            )


class Local(Scheduler):
    """One Dask worker on this machine, with a thread for each submission that runs."""

    name = "The Dask cluster on this machine"

    def __init__(self, count):
        super().__init__()
        self.count = count

    def _open(self):
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
    """A scheduler that somebody else has started."""

    def __init__(self, address):
        super().__init__()
        self.address, self.name = address, f"The Dask scheduler {address}"

    def _open(self):
        try:
            # First in few words: a Client that nobody answers waits much longer than it is told to.
            asyncio.run(asyncio.wait_for(_answer_of(self.address), ANSWER_SECONDS))
            self.client = self._client()
        except Exception as error:  # of many types: no answer, no TLS, no scheduler
            raise CourseError(
                f"{self.name} does not answer within {ANSWER_SECONDS:.0f} s "
                f"({first_line(error)}); see that it runs and can be reached from here."
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


async def _answer_of(address):
    """What a Dask scheduler says of itself."""
    from distributed.core import connect
    from distributed.security import Security

    comm = await connect(address, **Security().get_connection_args("client"))
    try:
        await comm.write({"op": "identity", "reply": True})
        return await comm.read()
    finally:
        comm.abort()


def quiet():
    """What goes wrong with nodes and schedulers is told in our sentences, not in Dask's log."""
    for name in list(logging.root.manager.loggerDict):
        if name.startswith("distributed"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def configure():
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


def security():
    """Certificates of this run alone: whoever reaches a Dask scheduler can run code there."""
    from distributed.security import Security

    return Security.temporary()


def first_line(error):
    return (str(error) or type(error).__name__).splitlines()[0][:200]
