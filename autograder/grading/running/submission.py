"""Run one submission: student cells in a sandboxed kernel, test cells in this process."""

import asyncio
import contextlib
import queue
import signal
import time
from dataclasses import dataclass, field

import zmq.asyncio
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat.v4 import new_output

from autograder.grading.running.test_cells import Tests
from autograder.notebooks import kernel_messages
from autograder.notebooks.cells import is_test
from autograder.notebooks.kept_outputs import is_shown_only
from autograder.sandbox.provisioner import KernelRequest
from autograder.sandbox.remote import Session

# A kernel that was interrupted answers within this time, or is stopped.
INTERRUPT_SECONDS = 5.0
# A kernel answers within this time after its fork.
START_SECONDS = 60.0
# The longest message that is taken from a kernel; a figure has 0.1 MB.
MESSAGE_BYTES = 4_000_000
TIMEOUT = {
    "ename": "CellTimeoutError",
    "evalue": "no answer within the time limit",
    "traceback": ["CellTimeoutError: no answer within the time limit"],
}
# A notebook may show as much as so many cells that show all they may.
CELLS_OF_OUTPUT = 20
CUT = "\n[the rest of this cell's output was left out: it is too long]\n"


class KernelLost(RuntimeError):
    """The kernel went with its template: no fault of the submission's, which is run again."""


@dataclass
class Execution:
    """notebook: with outputs. seconds: {cell id: wall time}.

    stopped: a sentence when the kernel did not live to the end.
    """

    notebook: object
    seconds: dict = field(default_factory=dict)
    stopped: str | None = None


def run(job, files, template, patience=1.0):
    """Execute the job's notebook in a kernel of `template`; returns an Execution.

    files: folder with copies of job.files. template: (socket, run_dir) of a running
    sandbox.Template. patience: factor on every time limit, for machines that run more workers
    than they have cores.
    """
    client = _Client(job, files, template, patience)
    return asyncio.run(client.run_all())


class _Client(NotebookClient):
    """nbclient with our kernels and limits; test cells never reach the kernel."""

    def __init__(self, job, files, template, patience):
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
        self.reply, self.output_bytes, self.all_bytes = {}, 0, 0

    async def run_all(self):
        """Run every code cell in order; returns the Execution."""
        try:
            await self._start()
            for index, cell in enumerate(self.nb.cells):
                if cell.cell_type == "code" and cell.source.strip() and not is_shown_only(cell):
                    start = time.perf_counter()
                    await self._run_cell(cell, index)
                    self.execution.seconds[cell.id] = round(time.perf_counter() - start, 4)
        finally:
            if self.km is not None:
                await self._async_cleanup_kernel()
        return self.execution

    async def _start(self):
        limits = self.job.limits
        context = zmq.asyncio.Context()
        for option, value in ((zmq.MAXMSGSIZE, MESSAGE_BYTES), (zmq.RCVHWM, 100), (zmq.LINGER, 0)):
            context.setsockopt(option, value)
        self.km = AsyncKernelManager(kernel_name="python3", context=context)
        socket, run_dir = self.template
        request = KernelRequest(
            socket, run_dir, files=self.files, seed=int(self.job.key[:8], 16), limits=limits
        )
        await self.async_start_new_kernel(sandbox=request)
        await self._connect()
        self.kernel = self.km.provisioner
        self.session = Session(
            self.kernel.agent_socket, interrupt=self.kernel.interrupt, kill=self._kill
        )
        checks = self.job.checks.load()
        self.tests = Tests(self.job.given, self.session, self.job.key, self.job.files, checks)
        self.deadline = time.monotonic() + limits.total_seconds * self.patience

    async def _connect(self):
        """As nbclient does, without its fixed wait of 0.2 s: the kernel shows when it is heard."""
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
        raise RuntimeError("the kernel did not answer after its start")

    async def _run_cell(self, cell, index):
        if is_test(cell):
            self._run_test(cell)
        elif self.execution.stopped:
            cell.outputs = [error_output("NotRun", self.execution.stopped)]
        else:
            self.reply, self.output_bytes = {}, 0
            try:
                await self.async_execute_cell(cell, index, self.code_cells_executed + 1)
            except DeadKernelError:
                self._stop(cell, self._death() or "its kernel ended")
            except (OSError, MemoryError):
                raise
            except Exception:  # of many types, from whatever layer could not read a message
                self._stop(cell, self._death() or "its kernel sent something unreadable")
                self._kill()
            if self.reply.get("ename") == TIMEOUT["ename"]:
                await self._after_timeout(cell)
            if self.execution.stopped:
                cell.outputs.append(error_output("KernelStopped", self.execution.stopped))

    def _run_test(self, cell):
        self.tests.run(cell, self._seconds_left(), self.execution.stopped)
        if not self.execution.stopped and self._death():
            self._stop(cell, self._death())

    async def _after_timeout(self, cell):
        """Go on with a kernel that heeds the interrupt; stop one that does not."""
        try:
            await self.kc.kernel_info(reply=True, timeout=INTERRUPT_SECONDS * self.patience)
        except Exception:  # no answer in time, or none that can be read
            self._kill()
            self._stop(cell, "it was stopped: it went on after its time was over")

    def _death(self):
        """How the kernel ended, or None; raises KernelLost where that was not its own doing."""
        death = self.kernel.died()
        if self.kernel.lost:
            raise KernelLost("the process that holds the kernels was ended")
        return death

    def _kill(self):
        self.kernel.signal(signal.SIGKILL)

    def _stop(self, cell, why):
        self.execution.stopped = f"in the cell {cell.id}, {why}"

    def _seconds_left(self):
        if time.monotonic() > self.deadline and not self.execution.stopped:
            self._kill()
            self.execution.stopped = "the time for the whole notebook was used up"
        limits = self.job.limits
        left = self.deadline - time.monotonic()
        return max(0.1, min(limits.cell_seconds * self.patience, left))

    def _remember(self, cell, cell_index, execute_reply):
        """Keep the reply, and show its error where the cell itself did not."""
        self.reply = content = execute_reply["content"]
        if content.get("status") == "error":
            shown = [o.ename for o in cell.outputs if o.output_type == "error"]
            if content.get("ename") not in shown:
                # First: an interrupt that follows from the time limit shows up as an error, too.
                output = error_output(content.get("ename"), content.get("evalue"))
                cell.outputs.insert(0, output)

    def process_message(self, msg, cell, cell_index):
        """As nbclient does, up to a number of bytes for each cell."""
        msg = kernel_messages.plain(msg)
        if msg is None:
            return None
        if msg["msg_type"] in kernel_messages.SHOWN:
            most = self.job.limits.output_bytes
            before = self.output_bytes
            self.output_bytes += kernel_messages.size(msg["content"])
            self.all_bytes += kernel_messages.size(msg["content"])
            if self.output_bytes > most or self.all_bytes > CELLS_OF_OUTPUT * most:
                if before <= most:
                    self.output_bytes = most + 1
                    cell.outputs.append(new_output("stream", name="stdout", text=CUT))
                return None
        return super().process_message(msg, cell, cell_index)


def error_output(name, text):
    name, text = str(name)[:100], str(text)[:2000]
    return new_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}"])
