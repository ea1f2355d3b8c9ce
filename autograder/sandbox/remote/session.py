"""One conversation with the agent in a student's kernel."""

import contextlib
import copy
import time

import torch

from autograder.judging.time_limit import TimedOut
from autograder.sandbox.inside import wire
from autograder.sandbox.inside.link import Link
from autograder.sandbox.remote import arguments, seeds
from autograder.sandbox.remote.arguments import check_sizes
from autograder.sandbox.remote.proxies import (
    RemoteModule,
    RemoteObject,
    chunks_to_fetch,
    module_class,
    object_from,
)
from autograder.sandbox.remote.raised import KernelStopped, from_answer

GRACE = 5.0  # seconds between an interrupt and the kernel's end
UNREADABLE = "the kernel sent something unreadable"
_PROXIES = (RemoteObject, RemoteModule)
_ONLY_LOOKS = ("describe", "fetch")


class Session(Link):
    """sock: connected to the agent. interrupt, kill: send SIGINT and SIGKILL to the kernel.

    seconds: how long a request may take where no time_limit() says so.
    calls, seconds_waited: how much was asked, and how long the answers took.
    """

    def __init__(self, sock, *, interrupt, kill, seconds=60.0):
        super().__init__("t")
        self._sock, self._interrupt, self._kill = sock, interrupt, kill
        self._seconds = seconds
        self._deadline = self._stopped = None
        self._in_message, self._message_ends, self._copies = False, 0.0, 0
        self._proxies, self._expected = {}, set()
        self._seeds = seeds.count()
        self.calls, self.seconds_waited, self.epoch = 0, 0.0, 0
        self.handlers |= {"attribute": self._serve_attribute, "copy": self._serve_copy}
        seeds.watch()

    def subject(self, name):
        """What the student's global `name` is now: by value, or a proxy. NameError without it."""
        try:
            return self.call({"global": name})
        except NameError:
            raise NameError(f"name '{name}' is not defined") from None

    @contextlib.contextmanager
    def time_limit(self, seconds):
        """Every wait inside ends `seconds` from now at the latest, with TimedOut."""
        before, mine = self._deadline, time.monotonic() + seconds
        self._deadline = mine if before is None else min(before, mine)
        try:
            yield
        finally:
            self._deadline = before

    def end_of_cell(self):
        """Free what both sides hold for the test cell that has ended; its proxies are void."""
        if not self._stopped:
            with contextlib.suppress(KernelStopped):
                self.ask("forget", {})
        for store in (self.held, self.ledger, self.graphs, self._proxies, self._expected):
            store.clear()
        self.dropped.clear()
        self._copies = 0

    # Asking, within a time limit.

    def ask(self, op, body, packer=None, number=None):
        if self._stopped:
            raise KernelStopped(self._stopped)
        outermost = self._deadline is None
        with self.time_limit(self._seconds) if outermost else contextlib.nullcontext():
            self._remaining()
            start, number = time.monotonic(), next(self.numbers)
            self.calls += 1
            if op not in _ONLY_LOOKS:
                self.epoch += 1
            try:
                return super().ask(op, body, packer, number)
            except Exception:
                raise
            except BaseException:  # TimedOut, and what a test's own code is interrupted by
                self._recover(number)
                raise
            finally:
                self.seconds_waited += time.monotonic() - start

    def _recover(self, number):
        """Have the kernel come back from request `number`; end it when it does not."""
        if self._stopped:
            return
        if self._in_message:
            self._stop("the kernel was ended in the middle of a message")
            return
        with contextlib.suppress(OSError):
            self._interrupt()
        before, self._deadline = self._deadline, time.monotonic() + GRACE
        try:
            self._drain(number)
        except (TimedOut, KernelStopped):
            self._stop("the kernel was ended: it did not stop within its time limit")
        finally:
            self._deadline = before

    def _drain(self, number):
        """Read until the late answer to request `number`; requests in between are refused."""
        while True:
            header, tensors = self.receive()
            self.take_over(header, tensors)
            if "ask" in header:
                self.answer_with_error(header["ask"], RuntimeError("the time is over"))
            elif header.get("answer") == number:
                return

    def _remaining(self):
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            raise TimedOut
        return remaining

    # Messages.

    def tell(self, header, packer):
        if seeds.count() != self._seeds:
            self._seeds, header["seed"] = seeds.count(), seeds.last()
        super().tell(header, packer)

    def send(self, header, tensors):
        with self._message():
            self._sock.settimeout(max(self._deadline - time.monotonic(), 0.1))
            wire.send(self._sock, header, tensors)

    def receive(self):
        with self._message():
            return wire.receive(self._read)

    def _read(self, size):
        buffer = bytearray(size)
        view, filled = memoryview(buffer), 0
        while filled < size:
            self._sock.settimeout(self._patience())
            got = self._sock.recv_into(view[filled:])
            if not got:
                raise EOFError
            filled += got
            if not self._in_message:
                self._in_message, self._message_ends = True, time.monotonic() + GRACE
        return buffer

    def _patience(self):
        """How long to wait for bytes: a message that has begun may end after the time limit."""
        if not self._in_message:
            return self._remaining()
        left = max(self._deadline, self._message_ends) - time.monotonic()
        if left <= 0:
            raise TimedOut
        return left

    @contextlib.contextmanager
    def _message(self):
        """One whole message; what goes wrong with its bytes ends the kernel."""
        try:
            yield
        except (TimeoutError, TimedOut):
            raise TimedOut from None
        except (EOFError, OSError):
            raise self._stop("the kernel had stopped") from None
        except wire.Unreadable:
            raise self._stop(UNREADABLE) from None
        self._in_message = False

    @contextlib.contextmanager
    def reading(self):
        """What is understood inside came from student code, and so did what goes wrong."""
        try:
            yield
        except KernelStopped:
            raise
        except Exception as error:
            raise self._stop(UNREADABLE) from error

    def _stop(self, sentence):
        """End the kernel. Returns the exception that every later request raises."""
        if not self._stopped:
            self._stopped = sentence
            with contextlib.suppress(OSError):
                self._kill()
        return KernelStopped(self._stopped)

    def take_over(self, header, tensors):
        with self.reading():
            super().take_over(header, tensors)

    def may_begin(self, key):
        return key in self._expected

    def raised(self, about):
        return from_answer(about)

    # What the sandbox may ask for: what was handed out, and no other thing.

    def check_arguments(self, arguments, keywords):
        check_sizes([arguments, keywords])

    def resolve(self, target):
        return arguments.callable_for(self.held[target["object"]], target.get("method"))

    def _serve_attribute(self, body, tensors):
        module, name = self._held_module(body), body["name"]
        if arguments.is_public_method(module, name):
            return {"method": True}, self.packer()
        return {"method": False, "value": arguments.public_value(module, name)}, self.packer()

    def _serve_copy(self, body, tensors):
        module = self._held_module(body)
        self._copies += 1
        if self._copies > arguments.MOST_COPIES:
            raise MemoryError(f"more than {arguments.MOST_COPIES} copies of a test's networks")
        twin = copy.deepcopy(module)
        return arguments.describe_module(twin, self, _identity_of), self.packer()

    def _held_module(self, body):
        module = self.held[body["object"]]
        if not isinstance(module, torch.nn.Module):
            raise AttributeError(f"a {type(module).__name__} has no such attribute")
        return module

    # Objects on their way.

    def encode_special(self, value, packer):
        identity = _identity_of(value)
        if identity is not None:
            return ["yours", identity]
        return arguments.tree_of(value, self, packer, _identity_of)

    def decode_special(self, kind, rest, unpacker):
        about = rest[0]
        if kind == "yours":
            return self.held[about]
        if kind == "module":
            return self.module_from(about)
        if kind != "object":
            raise wire.Unreadable("a value of no known kind")
        if about["id"] not in self._proxies:
            self._proxies[about["id"]] = object_from(about, self)
        return self._proxies[about["id"]]

    def module_from(self, about):
        """The proxy for a described module; the same one each time."""
        if "yours" in about:
            return self._held_module({"object": about["yours"]})
        identity = about["id"]
        if identity not in self._proxies:
            self._proxies[identity] = module_class(about)(self, identity)
            self._proxies[identity].training = bool(about["training"])
            self.ledger.follow(identity, self._proxies[identity])
        module = self._proxies[identity]
        module.take_over(about)
        return module

    def fetch(self, about):
        """Have the tensors of a described module here, unless they are."""
        with self.reading():
            chunks = list(chunks_to_fetch(about, self.ledger))
        for keys in chunks:
            self._expected.update(keys)
            self.ask("fetch", {"keys": keys})


def _identity_of(value):
    """The identity of what a proxy stands for in the sandbox; None for an object of ours."""
    return vars(value)["_identity"] if isinstance(value, _PROXIES) else None
