"""Run one submission: student cells in a sandboxed kernel, tests that use judge in this process."""

import asyncio
import contextlib
import queue
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zmq.asyncio
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from autograder.grading.running.beside import run_beside
from autograder.grading.running.test_cells import Tests
from autograder.judging import Status
from autograder.notebooks import kernel_messages
from autograder.notebooks.cells import is_judged, is_test
from autograder.notebooks.kept_outputs import is_shown_only
from autograder.sandbox.provisioner import STOPPED, KernelRequest, SandboxProvisioner
from autograder.sandbox.remote import KernelLost, Session

if TYPE_CHECKING:
    from autograder.grading.preparing.jobs import Job

# An interrupted kernel is stopped unless it answers within this time.
INTERRUPT_SECONDS = 5.0
# A kernel must answer within this time after its fork.
START_SECONDS = 60.0
# The end of a kernel that was killed, or whose line has closed, is known within this time.
END_SECONDS = 60.0
# The largest message accepted from a kernel; a figure has 0.1 MB.
MESSAGE_BYTES = 4_000_000
TIMEOUT = {
    "ename": "CellTimeoutError",
    "evalue": "no answer within the time limit",
    "traceback": ["CellTimeoutError: no answer within the time limit"],
}
# The limit on a notebook's output, as a multiple of the limit on one cell's.
CELLS_OF_OUTPUT = 20
EXIT = "A cell calls exit(), which ends the kernel in Jupyter; here the cells below were run, too."
UNREADABLE = "its kernel sent something unreadable"
CUT = "\n[the rest of this cell's output was left out: it is too long]\n"


@dataclass
class Execution:
    """One execution of a notebook.

    notebook: with outputs. seconds: {cell id: wall time in s}. stopped: why the kernel ended early,
    as a clause, or None. remarks: for the instructor, one sentence each.
    """

    notebook: NotebookNode
    seconds: dict[str, float] = field(default_factory=dict)
    stopped: str | None = None
    remarks: list[str] = field(default_factory=list)


def run(job: "Job", files: Path, template: tuple[str, Path], patience: float = 1.0) -> Execution:
    """Execute the job's notebook in a kernel of `template`.

    files: folder with copies of job.files. template: (socket, run_dir) of a running
    sandbox.Template. patience: factor on every time limit, for a machine that runs more workers
    than it has cores.

    Raises KernelLost if the kernel was ended from outside or met a limit of time on a busy machine,
    RuntimeError if it did not start.
    """
    client = _Client(job, files, template, patience)
    return asyncio.run(client.run_all())


@dataclass(frozen=True)
class Moment:
    """When something with a limit of time began.

    Attributes:
        time: of time.monotonic().
        ran, waited: seconds for which this thread had run by then, and had waited for a processor;
            0 where Linux does not count them.
    """

    time: float
    ran: float
    waited: float

    @classmethod
    def now(cls) -> "Moment":
        """This moment."""
        ran = waited = 0
        with contextlib.suppress(OSError, ValueError):
            told = Path("/proc/thread-self/schedstat").read_text()
            ran, waited = (int(each) for each in told.split()[:2])
        return cls(time.monotonic(), ran / 1e9, waited / 1e9)


class _Client(NotebookClient):
    """nbclient with sandboxed kernels and our limits."""

    # nbclient declares the synchronous manager and client, and runs the asynchronous ones.
    km: Any
    kc: Any
    kernel: SandboxProvisioner

    def __init__(
        self, job: "Job", files: Path, template: tuple[str, Path], patience: float
    ) -> None:
        super().__init__(
            job.notebook,
            allow_errors=True,
            kernel_name="python3",
            shutdown_kernel="immediate",
            interrupt_on_timeout=True,
            error_on_timeout=TIMEOUT,
            timeout_func=lambda cell: max(1, round(self._seconds_left())),
            on_cell_executed=self._remember,
        )
        self.job, self.files, self.template, self.patience = job, files, template, patience
        self.execution = Execution(job.notebook)
        self.began = self.cell_began = Moment.now()
        self.reply: Mapping[str, Any] = {}
        self.output_bytes = self.all_bytes = 0

    async def run_all(self) -> Execution:
        """Run every code cell in order."""
        try:
            await self._start()
            for index, cell in enumerate(self.nb.cells):
                if cell.cell_type == "code" and cell.source.strip() and not is_shown_only(cell):
                    start = time.perf_counter()
                    await self._run_cell(cell, index)
                    self.execution.seconds[cell.id] = round(time.perf_counter() - start, 4)
            self._death()
        finally:
            if self.km is not None:
                await self._async_cleanup_kernel()
        return self.execution

    async def _start(self) -> None:
        limits = self.job.limits
        context = zmq.asyncio.Context()
        for option, value in ((zmq.MAXMSGSIZE, MESSAGE_BYTES), (zmq.RCVHWM, 100), (zmq.LINGER, 0)):
            context.setsockopt(option, value)
        self.km = AsyncKernelManager(kernel_name="python3", context=context)
        socket, run_dir = self.template
        patient = replace(limits, total_seconds=limits.total_seconds * self.patience)
        request = KernelRequest(
            socket, run_dir, files=self.files, seed=int(self.job.key[:8], 16), limits=patient
        )
        await self.async_start_new_kernel(sandbox=request)
        await self._connect()
        self.kernel = self.km.provisioner
        self.session = Session(
            self.kernel.agent_socket, interrupt=self.kernel.interrupt, kill=self._kill
        )
        checks = self.job.checks.load()
        self.tests = Tests(self.job.given, self.session, self.job.key, checks, self.job.files)
        self.began = Moment.now()
        self.deadline = self.began.time + patient.total_seconds

    async def _connect(self) -> None:
        """As in nbclient, but without its fixed wait of 0.2 s: return once the kernel is heard."""
        self.kc = self.km.client()
        self.kc.start_channels(stdin=False, hb=False)
        self.kc.allow_stdin = False
        deadline = time.monotonic() + START_SECONDS * self.patience
        while time.monotonic() < deadline:
            request = self.kc.kernel_info()
            with contextlib.suppress(queue.Empty):
                while True:
                    message = await self.kc.get_iopub_msg(timeout=0.1)
                    idle = message["content"].get("execution_state") == "idle"
                    if idle and message["parent_header"].get("msg_id") == request:
                        return
        raise RuntimeError("the kernel did not answer after it was started")

    async def _run_cell(self, cell: NotebookNode, index: int) -> None:
        self.cell_began = Moment.now()
        if is_test(cell):
            await self._run_test(cell, index)
        elif self.execution.stopped:
            cell.outputs = [error_output("NotRun", self.execution.stopped)]
        else:
            await self._run_in_kernel(cell, index)

    async def _run_in_kernel(
        self, cell: NotebookNode, index: int, store_history: bool = True
    ) -> None:
        self.reply, self.output_bytes = {}, 0
        try:
            count = self.code_cells_executed + 1
            await self.async_execute_cell(cell, index, count, store_history)
        except DeadKernelError:
            self._stop(cell, self._death(END_SECONDS))
        except (OSError, MemoryError, KernelLost):
            raise
        except Exception:  # its type depends on the layer that could not read a message
            self._kill()
            death = self._death(END_SECONDS)
            self._stop(cell, UNREADABLE if death == STOPPED else death)
        if self.reply.get("ename") == TIMEOUT["ename"]:
            self._require_time(self.cell_began)
            await self._after_timeout(cell)
        if self.execution.stopped:
            cell.outputs.append(error_output("KernelStopped", self.execution.stopped))

    async def _run_test(self, cell: NotebookNode, index: int) -> None:
        seconds, stopped = self._seconds_left(), self.execution.stopped
        if is_judged(cell.source):
            verdicts, has_effects = self.tests.run(cell, seconds, stopped), False
        else:
            verdicts, has_effects = [], run_beside(cell, self.session, seconds, stopped)
        late = any(verdict.status is Status.TIMED_OUT for verdict in verdicts)
        if late or any(o.get("ename") == TIMEOUT["ename"] for o in cell.outputs):
            self._require_time(self.cell_began)
        # A session that has stopped has ended the kernel, if it had not ended before.
        death = self._death(END_SECONDS if self.session.stopped else 0.0)
        if not self.execution.stopped and death:
            self._stop(cell, self.session.stopped if death == STOPPED else death)
        if has_effects and not self.execution.stopped and self._more_follows(index):
            await self._repeat(cell, index)

    def _more_follows(self, index: int) -> bool:
        """Whether a cell after this one runs, and could see what it leaves."""
        return any(
            cell.cell_type == "code" and not is_shown_only(cell)
            for cell in self.nb.cells[index + 1 :]
        )

    async def _repeat(self, cell: NotebookNode, index: int) -> None:
        """Run a test cell in the kernel, for its effects: its outputs are dropped."""
        shown_before = self.all_bytes
        await self._run_in_kernel(new_code_cell(cell.source, id=cell.id), index, False)
        self.nb.cells[index], self.all_bytes = cell, shown_before  # nbclient puts in what it ran

    async def _after_timeout(self, cell: NotebookNode) -> None:
        """Keep a kernel that obeys the interrupt; stop one that does not."""
        try:
            await self.kc.kernel_info(reply=True, timeout=INTERRUPT_SECONDS * self.patience)
        except Exception:  # no answer in time, or an unreadable one
            self._kill()
            self._stop(cell, "it was stopped: it kept running after its time limit")

    def _death(self, patience: float = 0.0) -> str | None:
        """How the kernel ended, or None.

        patience: seconds to wait for its end. Raises KernelLost if nothing says that it is its own
        code that has ended it.
        """
        death = self.kernel.died(patience)
        if death and self.kernel.overdue:
            self._require_time(self.began)
        if self.kernel.lost or (patience and death is None):
            raise KernelLost(f"{death or 'its kernel does not end'}, from outside its sandbox")
        return death

    def _require_time(self, start: Moment) -> None:
        """Raises KernelLost if a limit of time was met because the machine had other work.

        start: when what has the limit began. Whoever sleeps, or has a share of a processor, has had
        his time; the student's code and this thread, which judges it, work in turn.
        """
        now = Moment.now()
        seconds, share = now.time - start.time, self.job.limits.least_share
        ran, waited = self.kernel.processor_time(start.time)
        ran, waited = ran + now.ran - start.ran, waited + now.waited - start.waited
        # Workers that share a core cost each other a part of theirs.
        enough = seconds / (self.patience - 1 + 1 / share) if share else 0.0
        if ran < enough and waited > seconds / 2:
            raise KernelLost(
                f"a limit of time was met on a machine that was too busy: of {seconds:.0f} s this "
                f"notebook ran for {ran:.1f} s and waited for a processor for {waited:.1f} s"
            )

    def _kill(self) -> None:
        self.kernel.signal(signal.SIGKILL)

    def _stop(self, cell: NotebookNode, why: str | None) -> None:
        self.execution.stopped = f"in the cell {cell.id}, {why}"

    def _seconds_left(self) -> float:
        if time.monotonic() > self.deadline and not self.execution.stopped:
            self._require_time(self.began)
            self._kill()
            self.execution.stopped = "the time for the whole notebook was used up"
        limits = self.job.limits
        left = self.deadline - time.monotonic()
        return max(0.1, min(limits.cell_seconds * self.patience, left))

    def _remember(
        self, cell: NotebookNode, cell_index: int, execute_reply: Mapping[str, Any]
    ) -> None:
        """Keep the reply, and show its error if the cell's outputs do not."""
        self.reply = content = execute_reply["content"]
        if _asks_to_exit(content) and EXIT not in self.execution.remarks:
            self.execution.remarks.append(EXIT)
        if content.get("status") == "error":
            shown = [o.ename for o in cell.outputs if o.output_type == "error"]
            if content.get("ename") not in shown:
                # First, because an interrupt after the time limit shows up as an error, too.
                output = error_output(content.get("ename"), content.get("evalue"))
                cell.outputs.insert(0, output)

    def process_message(
        self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        """As in nbclient, for sanitised messages and up to a number of bytes per cell."""
        message = kernel_messages.plain(msg)
        if message is None:
            return None
        if message["msg_type"] in kernel_messages.SHOWN:
            most = self.job.limits.output_bytes
            before = self.output_bytes
            size = kernel_messages.size(message["content"])
            self.output_bytes += size
            self.all_bytes += size
            if self.output_bytes > most or self.all_bytes > CELLS_OF_OUTPUT * most:
                if before <= most:
                    self.output_bytes = most + 1
                    cell.outputs.append(new_output("stream", name="stdout", text=CUT))
                return None
        return super().process_message(message, cell, cell_index)


def _asks_to_exit(reply: Mapping[str, Any]) -> bool:
    """Whether a cell called exit() or quit(), by the kernel's reply."""
    payload = reply.get("payload")
    payload = payload if isinstance(payload, list) else []
    return any(isinstance(each, dict) and each.get("source") == "ask_exit" for each in payload)


def error_output(name: Any, text: Any) -> NotebookNode:
    """An error output that shows this exception name and text, both cut to a bounded length."""
    name, text = str(name)[:100], str(text)[:2000]
    return new_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}"])
