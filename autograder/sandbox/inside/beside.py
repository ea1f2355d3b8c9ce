"""Run a test cell beside the student's answers: in a fork of the kernel, past IPython's hooks.

The fork has every object of the student's and none of its threads; what happens in it costs nobody
but this cell. Its result leaves through a socket that opens when the cell has ended. Student code
that walks from a called function up to the frames of this module can still forge a result: nothing
within one process can prevent that.

The names below are bound before any student code runs, so that replacing one in its own module
changes nothing here.
"""

import __future__

import ast
import asyncio
import io
import json
import linecache
import os
import re
import secrets
import select
import signal
import socket
import struct
import sys
import time
from collections.abc import Mapping
from inspect import CO_COROUTINE
from typing import Any

import torch
from IPython.core.displayhook import DisplayHook
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import InteractiveShell
from IPython.lib.pretty import pretty

from . import confine, originals
from .home import Home

# What a test cell may show, in characters, and the size of its whole result in bytes.
MOST_TEXT, MOST_SHOWN, MOST_BYTES = 20_000, 100_000, 900_000
FUTURE = 0
for _name in __future__.all_feature_names:
    FUTURE |= getattr(__future__, _name).compiler_flag
# Text on stderr that says that something failed though nothing was raised.
SAYS_FAILED = re.compile(r"^(Traceback \(most recent call last\):|FAILED \()", re.MULTILINE)
ENDED, TOO_LONG = "the process that ran it ended early", "no answer within the time limit"
NO_PROCESS, TRIES = "the student's processes leave none for it", 20
_waitpid, _signal_of = os.waitpid, os.WTERMSIG
_fork, _exit, _getpid, _Loop = os.fork, os._exit, os.getpid, asyncio.SelectorEventLoop
_encode = json.JSONEncoder().encode
Row = dict[str, Any]


class Runner:
    """Runs test cells beside the answers.

    Args:
        namespace: the globals of the student's cells.
        closed: a connection that no fork may use.
    """

    def __init__(self, namespace: dict[str, Any], closed: socket.socket) -> None:
        self._namespace, self._home, self._closed = namespace, Home(os.getcwd()), closed
        self._shell = InteractiveShell._instance  # before any student code
        # The streams of the kernel: a fork has no thread that could send what they get.
        self._streams = sys.stdout, sys.stderr

    def run(self, source: str, seconds: float, secret: str) -> Row:
        """Run one test cell in a fork; files in the kernel's home are afterwards as before.

        secret: whoever sends a result must know it.

        Returns:
            secret: the same.
            shown: text and displays, in order, as {text} or {data}. value: how the value of the
            last line is printed, or None. error: {type, text, line, mismatch} or None. ended: why
            there is no result, or None. killed: whether somebody killed the fork, if it ran.
        """
        self._home.take()
        try:
            return self._forked(source, seconds, secret.encode()) | {"secret": secret}
        finally:
            self._home.restore()

    def _forked(self, source: str, seconds: float, secret: bytes) -> Row:
        address = "\0" + secrets.token_hex(16)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(address)
            listener.listen(8)
            child = _child()
            if child is None:
                return _nothing(NO_PROCESS)
            if child == 0:
                try:
                    listener.close()
                    self._closed.close()
                    result = _Fork(self._namespace, self._shell, self._streams).result(source)
                    _send(address, secret, result)
                finally:
                    _exit(0)
            try:
                row = _receive(listener, child, secret, time.monotonic() + seconds)
            finally:
                for end in (os.killpg, os.kill):
                    try:
                        end(child, signal.SIGKILL)
                    except OSError:
                        pass
                _, status = _waitpid(child, 0)
            # What has ended by itself is past any signal.
            killed = row["ended"] == ENDED and _signal_of(status) == signal.SIGKILL
            return row | {"killed": killed}


def _child() -> int | None:
    """As os.fork(); None if the student's processes are as many as are allowed."""
    for _ in range(TRIES):
        try:
            return _fork()
        except OSError:
            if _getpid() != 1:
                break
            # The first process of a namespace can end all others in it: they are the student's.
            try:
                os.kill(-1, signal.SIGKILL)
                while True:
                    os.waitpid(-1, 0)
            except OSError:
                continue
    return None


def _send(address: str, secret: bytes, result: Row) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.connect(address)
        sock.sendall(secret + _encode(result).encode())


def _receive(listener: socket.socket, child: int, secret: bytes, deadline: float) -> Row:
    """The result that the process `child` sends, with the secret in front."""
    handle = os.pidfd_open(child)
    listening: list[int | socket.socket] = [listener, handle]
    try:
        while True:
            left = deadline - time.monotonic()
            readable, _, _ = select.select(listening, [], [], max(0.0, left))
            if listener in readable:
                connection, _ = listener.accept()
                with connection:
                    packet = _read(connection, child, deadline)
                if packet[: len(secret)] == secret:
                    return json.loads(packet[len(secret) :])
            elif handle in readable:
                return _nothing(ENDED)
            elif left <= 0:
                return _nothing(TOO_LONG)
    finally:
        os.close(handle)


def _read(connection: socket.socket, child: int, deadline: float) -> bytes:
    """All that the process `child` sends; nothing from any other process."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    if struct.unpack("3i", credentials)[0] != child:
        return b""
    packet = b""
    while len(packet) <= MOST_BYTES:
        connection.settimeout(max(0.01, deadline - time.monotonic()))
        try:
            part = connection.recv(1 << 16)
        except OSError:
            return b""
        if not part:
            return packet
        packet += part
    return b""


def _nothing(why: str) -> Row:
    return {"shown": [], "value": None, "error": None, "ended": why}


class _Fork:
    """What the fork does, from its start to its result."""

    def __init__(self, namespace: dict[str, Any], shell: Any, streams: tuple[Any, ...]) -> None:
        self.namespace, self.shell = namespace, shell
        self.shown: list[Row] = []
        self.room, self.warned = MOST_SHOWN, ""
        self.swallowed: BaseException | None = None
        sys.settrace(None)
        sys.setprofile(None)
        os.setpgid(0, 0)
        confine.prctl(confine.PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        torch.set_num_threads(1)  # the threads of a pool are not in the fork
        originals.put_back()
        InteractiveShell._instance = type(shell)._instance = shell
        self._detach(streams)

    def _detach(self, streams: tuple[Any, ...]) -> None:
        """Keep what the cell shows here, and undo what student code did to the shell."""
        shell: Any = self.shell
        kernel = getattr(shell, "kernel", None)
        if kernel is not None:
            kernel.iopub_thread.socket = None  # whatever else is sent is dropped
        for name in ("run_cell", "run_cell_async", "run_code", "run_ast_nodes", "transform_cell"):
            vars(shell).pop(name, None)
        shell.ast_transformers = []
        shell.input_transformer_manager = TransformerManager()
        shell.input_transformers_post = []
        # Magics such as %%time show an error instead of raising it.
        shell.showtraceback = shell.showsyntaxerror = self._swallow
        shell.display_pub.publish = self._display
        shell.display_pub.clear_output = lambda *_, **__: None
        out, err = _Stream(1, self._print), _Stream(2, self._warn)
        for old, new in zip(streams, (out, err), strict=True):
            # Loggers hold the kernel's own streams.
            old.write, old.flush = new.write, new.flush
        sys.stdout, sys.stderr = out, err
        asyncio.events._set_running_loop(None)

    def result(self, source: str) -> Row:
        """Run the cell; see Runner.run."""
        me, value, error = _getpid(), None, None
        loop = _Loop()
        asyncio.set_event_loop(loop)
        execution = _Cell(source, self.namespace, self.shell)
        try:
            value = loop.run_until_complete(execution.run())
        except BaseException as raised:
            error = raised
        if _getpid() != me:  # a fork of the cell's own that did not end
            _exit(1)
        if error is None and self.swallowed is not None:
            error = self.swallowed
        if error is None and SAYS_FAILED.search(self.warned):
            error = AssertionError("the check reports a failure on stderr")
        shown = {"shown": self.shown, "value": value, "error": None, "ended": None}
        return shown | ({} if error is None else {"value": None, "error": execution.about(error)})

    def _swallow(self, *arguments: Any, **options: Any) -> None:
        self.swallowed = sys.exc_info()[1] or RuntimeError("the cell shows an error")

    def _print(self, text: str) -> None:
        text = str(text)[: min(self.room, MOST_TEXT)]
        self.room -= len(text)
        if self.shown and "text" in self.shown[-1]:
            self.shown[-1]["text"] += text
        elif text:
            self.shown.append({"text": text})

    def _warn(self, text: str) -> None:
        self.warned = (self.warned + str(text))[-MOST_TEXT:]
        self._print(text)

    def _display(self, data: Mapping[str, Any], *_: Any, **__: Any) -> None:
        kept = {str(k): v for k, v in data.items() if type(v) is str and len(v) <= self.room}
        self.room -= sum(map(len, kept.values()))
        if kept:
            self.shown.append({"data": kept})


class _Cell:
    """The source of one test cell, run as IPython runs a cell."""

    def __init__(self, source: str, namespace: dict[str, Any], shell: Any) -> None:
        self.source, self.namespace = source, namespace
        self.name = f"<check {secrets.token_hex(4)}>"
        self.flags = shell.compile.flags & FUTURE

    async def run(self) -> str | None:
        """Execute it; returns how the value of its last line is printed, None without one."""
        code = TransformerManager().transform_cell(self.source)
        # For inspect.getsource, as IPython does for every cell.
        linecache.cache[self.name] = (len(code), None, code.splitlines(keepends=True), self.name)
        body = compile(code, self.name, "exec", ast.PyCF_ONLY_AST | self._all(), True).body
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        for node in body:
            await self._do(compile(ast.Module([node], []), self.name, "exec", self._all(), True))
        if last is None:
            return None
        tree = ast.Expression(last.value)
        value = await self._do(compile(tree, self.name, "eval", self._all(), True))
        if value is None or DisplayHook.semicolon_at_end_of_expression(self.source):
            return None
        return None if hasattr(type(value), "_ipython_display_") else pretty(value)[:MOST_TEXT]

    def _all(self) -> int:
        return self.flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT

    async def _do(self, code: Any) -> Any:
        self.flags |= code.co_flags & FUTURE
        value = eval(code, self.namespace)
        return await value if code.co_flags & CO_COROUTINE else value

    def about(self, error: BaseException) -> Row:
        """The exception as plain values, with the deepest line of the cell that it went through."""
        line, trace = None, error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == self.name:
                line = trace.tb_lineno
            trace = trace.tb_next
        if isinstance(error, SyntaxError) and error.filename == self.name:
            line = error.lineno
        parts = None
        if type(error).__name__ == "Mismatch":
            names = ("label", "expected", "got", "hint")
            parts = [_text(getattr(error, name, None)) for name in names]
        return {
            "type": str(type(error).__name__)[:100],
            "text": _text(error) or "",
            "line": line,
            "mismatch": parts,
        }


def _text(value: object) -> str | None:
    try:
        return None if value is None else str(value)[:2000]
    except BaseException:  # a student's exception class may define __str__
        return ""


class _Stream(io.TextIOBase):
    """Standard output or error of the fork."""

    encoding, errors = "utf-8", "replace"

    def __init__(self, descriptor: int, take: Any) -> None:
        self.descriptor, self.take = descriptor, take

    def write(self, text: str) -> int:
        """Keep the text; returns its length."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.take(text)
        return len(text)

    def fileno(self) -> int:
        """For programs that are started with it."""
        return self.descriptor

    def writable(self) -> bool:
        """Always."""
        return True
