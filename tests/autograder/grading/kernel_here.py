"""A kernel for submission.run() without a process: its cells are run here, when they are sent.

A cell finds it under the name `kernel`, and lets it show, hang or end. Time passes only where
somebody waits.
"""

import asyncio
import contextlib
import io
import itertools
import queue
import socket
import threading
import traceback
from types import SimpleNamespace

from autograder.grading.running import submission
from autograder.sandbox.inside.agent import Agent
from autograder.sandbox.provisioner import STOPPED


class Hang(Exception):
    """A cell that has not ended."""


class Clock:
    """Stands for the module `time`. ran, waited: what this thread had of a processor by `now`."""

    def __init__(self):
        self.now, self.ran, self.waited = 1000.0, 0.0, 0.0

    def monotonic(self):
        return self.now

    perf_counter = monotonic

    def moment(self):
        return submission.Moment(self.now, self.ran, self.waited)


class Channel(queue.Queue):
    """Messages of the kernel; waited: the limits of time within which there was none."""

    def __init__(self, clock):
        super().__init__()
        self.clock, self.waited = clock, []

    async def get_msg(self, timeout=None):
        with contextlib.suppress(queue.Empty):
            found = self.get_nowait()
            if isinstance(found, Exception):
                raise found
            return found
        if timeout is None:
            while self.empty():
                await asyncio.sleep(0)
            return await self.get_msg()
        self.waited.append(timeout)
        self.clock.now += timeout
        raise queue.Empty


class Kernel:
    """The manager, the client and the provisioner of one kernel.

    request: what it was started for. ended: how, as a clause, or None; lost, overdue: as of a
    SandboxProvisioner. answers, obeys: whether it does after its start, and an interrupt. had: what
    processor_time() gives. can_be_killed: or it runs on. asked: the sources that were sent, with
    whether they count as history.
    """

    def __init__(self):
        self.clock = Clock()
        self.shell_channel, self.iopub_channel = Channel(self.clock), Channel(self.clock)
        self.namespace = {"__name__": "__main__", "kernel": self}
        self.numbers, self.asked, self.patience = itertools.count(1), [], []
        self.ended, self.lost, self.overdue, self.had = None, False, False, (0.0, 0.0)
        self.answers = self.obeys = self.can_be_killed = True
        self.thread = None

    # What a cell does.

    def hangs(self):
        raise Hang

    def shows(self, text, kind="stream", **content):
        self.say(kind, **({"name": "stdout", "text": text} | content))

    def sends(self, error):
        """Something that raises an error where it is read."""
        self.iopub_channel.put(error)

    def crashes(self, how="its kernel crashed (SIGSEGV)"):
        """While a test runs."""
        self.ended = how
        self.theirs.shutdown(socket.SHUT_RDWR)

    # The manager.

    def __call__(self, kernel_name, context):
        self.context = context
        return self

    async def start_kernel(self, extra_arguments, sandbox):
        self.request = sandbox
        self.agent_socket, self.theirs = socket.socketpair()
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self):
        agent = Agent(self.theirs, self.namespace)
        agent.handlers["beside"] = lambda body, tensors: (self._beside(**body), agent.packer())
        with self.theirs:
            while agent.handle_next():
                pass

    def _beside(self, source, seconds, secret):
        """As inside.beside.Runner.run(), for cells that print."""
        names, error, ended = dict(self.namespace), None, None
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                exec(source, names)
        except Hang:
            ended = "no answer within the time limit"
        except Exception as raised:
            error = {
                "type": type(raised).__name__,
                "text": str(raised),
                "line": 1,
                "mismatch": None,
            }
        shown = [{"text": printed.getvalue()}] if printed.getvalue() else []
        return {"shown": shown, "value": None, "error": error, "ended": ended, "secret": secret}

    provisioner = property(lambda self: self)

    def client(self):
        return self

    async def is_alive(self):
        return self.ended is None

    async def shutdown_kernel(self, now):
        self.ended = self.ended or STOPPED

    async def cleanup_resources(self):
        if self.thread is not None:
            self.agent_socket.close()
            self.thread.join()

    async def interrupt_kernel(self):
        self.say("error", ename="KeyboardInterrupt", evalue="", traceback=[])
        self.say("status", execution_state="idle")

    # The client.

    def start_channels(self, **named):
        pass

    def stop_channels(self):
        pass

    def say(self, kind, channel=None, **content):
        message = {"msg_type": kind, "header": {"msg_type": kind}, "content": content}
        message["parent_header"] = {"msg_id": self.now}
        (channel or self.iopub_channel).put(message)

    async def _information(self, timeout):
        if not self.obeys:
            self.clock.now += timeout
            raise queue.Empty

    def kernel_info(self, reply=False, timeout=None):
        if reply:
            return self._information(timeout)
        self.now = f"i{next(self.numbers)}"
        if self.answers:
            self.say("status", execution_state="busy")
            self.say("status", execution_state="idle")
        return self.now

    async def get_iopub_msg(self, timeout):
        return await self.iopub_channel.get_msg(timeout)

    def execute(self, source, store_history, stop_on_error):
        self.now = f"e{next(self.numbers)}"
        self.asked.append((source, store_history))
        reply = self.reply = {"status": "ok", "payload": []}
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                exec(source, self.namespace)
        except Hang:
            return self.now
        except Exception as error:
            about = {"ename": type(error).__name__, "evalue": str(error)}
            reply |= about | {"status": "error"}
            self.say("error", **about, traceback=traceback.format_exception_only(error))
        if printed.getvalue():
            self.shows(printed.getvalue())
        self.say("status", execution_state="idle")
        self.say("execute_reply", self.shell_channel, **reply)
        return self.now

    # The provisioner.

    def interrupt(self):
        pass

    def signal(self, number):
        self.ended = self.ended or (STOPPED if self.can_be_killed else None)

    def died(self, patience=0.0):
        self.patience.append(patience)
        return self.ended

    def processor_time(self, start):
        return self.had


def put_in(monkeypatch, kernel):
    """Let submissions run in this kernel, by its clock."""
    clock = kernel.clock
    monkeypatch.setattr(submission, "AsyncKernelManager", kernel)
    monkeypatch.setattr(submission.Moment, "now", clock.moment)
    named = SimpleNamespace(monotonic=clock.monotonic, perf_counter=clock.perf_counter)
    monkeypatch.setattr(submission, "time", named)
