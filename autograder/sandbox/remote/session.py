"""Talk to the agent in a student's kernel, within time limits."""

import contextlib
import copy
import re
import secrets
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from autograder.judging.in_sandbox import Look
from autograder.judging.time_limit import TimedOut
from autograder.sandbox.inside import wire
from autograder.sandbox.inside.describe import Description
from autograder.sandbox.inside.link import Answer, Link
from autograder.sandbox.inside.values import Packer, Tree, Unpacker
from autograder.sandbox.inside.wire import Header
from autograder.sandbox.remote import seeds
from autograder.sandbox.remote.arguments import (
    MOST_COPIES,
    callable_for,
    check_sizes,
    describe_module,
    is_public_method,
    public_value,
    tree_of,
    with_tensors,
)
from autograder.sandbox.remote.beside import MARGIN_SECONDS, CellResult
from autograder.sandbox.remote.lent import Lent
from autograder.sandbox.remote.proxies import (
    RemoteModule,
    RemoteObject,
    chunks_to_fetch,
    module_class,
    object_from,
)
from autograder.sandbox.remote.raised import KernelStopped, RemoteRaised, from_answer

GRACE = 5.0  # seconds from an interrupt until the kernel is ended
UNREADABLE = "the kernel sent something unreadable"
_PROXIES = (RemoteObject, RemoteModule)
_ONLY_LOOKS = ("describe", "fetch", "look", "default_dtype")
# The default types that a test can compute in, too; in half precision nothing could be compared.
_DTYPES = {str(dtype): dtype for dtype in (torch.float32, torch.float64)}
# A sentence that the kernel may have made up: no markup, no address, no second line.
_SENTENCE = re.compile(r"[\w .,:;()=-]{1,300}", re.ASCII)


class Session(Link):
    """The trusted process's end of the conversation.

    Args:
        sock: connected to the agent.
        interrupt: sends SIGINT to the kernel.
        kill: sends SIGKILL to the kernel.
        seconds: how long a request may take outside time_limit().

    Attributes:
        calls: how many requests were made.
        seconds_waited: how long their answers took together.
        epoch: changes whenever the student's objects may have changed.
    """

    def __init__(
        self,
        sock: socket.socket,
        *,
        interrupt: Callable[[], object],
        kill: Callable[[], object],
        seconds: float = 60.0,
    ) -> None:
        super().__init__("t")
        self._sock, self._interrupt, self._kill = sock, interrupt, kill
        self._seconds = seconds
        self._deadline: float | None = None
        self._stopped: str | None = None
        self._in_message, self._message_ends, self._copies = False, 0.0, 0
        self._proxies: dict[str, Any] = {}
        self._expected: set[str] = set()
        self._lent: list[Lent] = []
        self._held_before = 0
        self._seeds = seeds.count()
        self.calls, self.seconds_waited, self.epoch = 0, 0.0, 0
        self.handlers |= {"attribute": self._serve_attribute, "copy": self._serve_copy}
        seeds.watch()

    @property
    def stopped(self) -> str | None:
        """Why nothing can be asked any more, as a sentence; None while something can."""
        return self._stopped

    def subject(self, name: str) -> Any:
        """The student's global `name` as it is now: plain data and tensors, or a proxy.

        Raises:
            NameError: there is no such global.
            KernelStopped: the kernel has ended.
        """
        try:
            return self.call({"global": name})
        except NameError:
            raise NameError(f"name '{name}' is not defined") from None

    def run_beside(self, source: str, seconds: float) -> CellResult:
        """Run a test cell beside the student's code, in a fork of the kernel.

        Raises:
            TimedOut: the kernel did not end the fork in time.
            KernelStopped: the kernel has ended, or was ended because of what it sent.
            RemoteRaised: the kernel could not run it.
        """
        # A thread of the student's that writes to the same connection does not know it.
        secret = secrets.token_hex(16)
        with self.time_limit(seconds + MARGIN_SECONDS):
            request = {"source": source, "seconds": seconds, "secret": secret}
            row, _ = self.ask("beside", request)
        with self.reading():
            if row["secret"] != secret:
                raise wire.Unreadable("a result that nobody has sent")
            return CellResult.from_row(row)

    @contextlib.contextmanager
    def time_limit(self, seconds: float) -> Iterator[None]:
        """Context in which waiting raises TimedOut once `seconds` from now have passed.

        Of nested limits the earliest counts.
        """
        before, mine = self._deadline, time.monotonic() + seconds
        self._deadline = mine if before is None else min(before, mine)
        try:
            yield
        finally:
            self._deadline = before

    @contextlib.contextmanager
    def default_dtype(self) -> Iterator[None]:
        """Context with the default type that the student's cells have set in the kernel.

        Tests then make tensors like those that the student made, as in a notebook. Other settings
        of torch (the grad mode, threads, deterministic algorithms) act where student code runs.
        """
        name = None
        if not self._stopped:
            # Whatever student code has done to torch, the test itself then says what is wrong.
            with contextlib.suppress(Exception):
                name, _ = self.ask("default_dtype", {})
        before = torch.get_default_dtype()
        torch.set_default_dtype(_DTYPES.get(str(name), before))
        try:
            yield
        finally:
            torch.set_default_dtype(before)

    def end_of_cell(self) -> None:
        """Free what both sides keep for a test cell; its proxies become invalid."""
        self.take_back()
        if not self._stopped:
            with contextlib.suppress(KernelStopped):
                self.ask("forget", {})
        self.held.clear()
        self.ledger.clear()
        self.graphs.clear()
        self._proxies.clear()
        self._expected.clear()
        self.dropped.clear()
        self._copies = 0

    # Its code, and oracles in place of its functions.

    def look(self, identity: str, names: Sequence[str]) -> Look:
        """See judging.in_sandbox.Sandbox; the kernel may lie about its own code."""
        body, _ = self.ask("look", {"object": identity, "names": list(names)})
        told = body if isinstance(body, dict) else {}
        called = told.get("called")
        return Look(
            tuple(name for name in names if isinstance(called, list) and name in called),
            told.get("cuda") is True,
            told.get("cpu") is True,
        )

    def lend(self, oracles: Mapping[str, Callable[..., Any]]) -> None:
        """Replace globals of the kernel by oracles, which it calls here, until take_back().

        Raises as ask() does; take_back() is needed then, too.
        """
        self.take_back()
        self._held_before = len(self.held)
        self._lent = [Lent(each, name, self._seconds_left) for name, each in oracles.items()]
        packer = self.packer()
        functions = {each.__name__: packer.encode(each) for each in self._lent}
        self.ask("lend", {"functions": functions}, packer)

    def take_back(self) -> None:
        """End what lend() has begun, even after the time limit: the oracles can be called no more.

        What a test has handed to the kernel since then can be used no more either.
        """
        if not self._lent:
            return
        for each in self._lent:
            each.over = True
        self._lent = []
        self.held.keep_first(self._held_before)
        before, self._deadline = self._deadline, time.monotonic() + GRACE
        try:
            self.ask("take back", {})
        except (RemoteRaised, TimedOut):  # the kernel has ended, or harms only itself
            pass
        finally:
            self._deadline = before

    def problem_on_gpu(self, run: Callable[[], Any]) -> str:
        """Call `run` while the kernel watches for what a GPU would refuse; see PretendedGPU.

        Returns the kernel's sentence without a full stop, "" without one or if it is no sentence.
        """
        self.ask("pretend", {})
        try:
            run()
        finally:
            told, _ = self.ask("pretended", {})
        return told if type(told) is str and _SENTENCE.fullmatch(told) else ""

    # Asking, within a time limit.

    def ask(
        self, op: str, body: Header, packer: Packer | None = None, number: int | None = None
    ) -> tuple[Any, list[Tensor]]:
        """See Link.ask; the request gets the session's next number.

        Raises:
            TimedOut: the time limit has passed; the kernel was interrupted, or ended if need be.
            KernelStopped: the kernel has ended, or was ended because of what it sent.
            RemoteRaised: what student code raised.
        """
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
            except BaseException:  # TimedOut, or an interrupt of a test's own code
                self._recover(number)
                raise
            finally:
                self.seconds_waited += time.monotonic() - start

    def _recover(self, number: int) -> None:
        """Interrupt request `number`, and end the kernel if it does not answer."""
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

    def _drain(self, number: int) -> None:
        """Read up to the late answer to request `number`; refuse requests in between."""
        while True:
            header, tensors = self.receive()
            self.apply_changes(header, tensors)
            if "ask" in header:
                self.answer_with_error(header["ask"], RuntimeError("the time is over"))
            elif header.get("answer") == number:
                return

    def _seconds_left(self) -> float:
        """Until the deadline, below 0 after it; infinite without one."""
        return float("inf") if self._deadline is None else self._deadline - time.monotonic()

    def _remaining(self) -> float:
        remaining = self._seconds_left()
        if remaining <= 0:
            raise TimedOut
        return remaining

    # Messages.

    def tell(self, header: Header, packer: Packer) -> None:
        """See Link.tell; the message also carries a seed that a test has set."""
        if seeds.count() != self._seeds:
            self._seeds, header["seed"] = seeds.count(), seeds.last()
        super().tell(header, packer)

    def send(self, header: Header, tensors: Sequence[Tensor]) -> None:
        """Send one message.

        Raises:
            TimedOut: the time limit has passed.
            KernelStopped: the kernel has ended.
        """
        with self._message():
            self._sock.settimeout(max(self._seconds_left(), 0.1))
            wire.send(self._sock, header, tensors)

    def receive(self) -> tuple[Header, list[Tensor]]:
        """The header and the tensors of the next message.

        Raises:
            TimedOut: the time limit has passed.
            KernelStopped: the kernel has ended, or was ended because of what it sent.
        """
        with self._message():
            return wire.receive(self._read)

    def _read(self, size: int) -> bytearray:
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

    def _patience(self) -> float:
        """Seconds to wait for bytes: a message that has begun may end after the time limit."""
        if not self._in_message:
            return self._remaining()
        left = max(self._seconds_left(), self._message_ends - time.monotonic())
        if left <= 0:
            raise TimedOut
        return left

    @contextlib.contextmanager
    def _message(self) -> Iterator[None]:
        """Context for one whole message; an error in its bytes ends the kernel."""
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
    def reading(self) -> Iterator[None]:
        """Context in which a message is decoded; an error inside is student code's, and ends it."""
        try:
            yield
        except KernelStopped:
            raise
        except Exception as error:
            raise self._stop(UNREADABLE) from error

    def _stop(self, sentence: str) -> KernelStopped:
        """End the kernel; returns the exception that every later request raises."""
        if not self._stopped:
            self._stopped = sentence
            with contextlib.suppress(OSError):
                self._kill()
        return KernelStopped(self._stopped)

    def apply_changes(self, header: Header, tensors: Sequence[Tensor]) -> None:
        """See Link.apply_changes.

        Raises:
            KernelStopped: the kernel was ended because of what it sent.
        """
        with self.reading():
            super().apply_changes(header, tensors)

    def may_begin(self, key: str) -> bool:
        """Whether this process has asked for the tensor."""
        return key in self._expected

    def raised(self, error: Header) -> Exception:
        """What student code raised, as a RemoteRaised."""
        return from_answer(error)

    # What the sandbox may ask for: objects that a test has passed to it, and nothing else.

    def check_arguments(self, arguments: list[Any], keywords: dict[str, Any]) -> None:
        """Raise ValueError for a number that is too large (see check_sizes)."""
        check_sizes([arguments, keywords])

    def resolve(self, target: Header) -> Callable[..., Any]:
        """The function, module or public method that a request names (see callable_for).

        Raises:
            AttributeError: the object has no such public method.
            RuntimeError: the object belongs to a test that has ended.
        """
        function = callable_for(self.held[target["object"]], target.get("method"))
        return with_tensors(function, target["with"]) if "with" in target else function

    def _serve_attribute(self, body: Header, tensors: list[Tensor]) -> Answer:
        module, name = self._held_module(body), body["name"]
        if is_public_method(module, name):
            return {"method": True}, self.packer()
        return {"method": False, "value": public_value(module, name)}, self.packer()

    def _serve_copy(self, body: Header, tensors: list[Tensor]) -> Answer:
        module = self._held_module(body)
        self._copies += 1
        if self._copies > MOST_COPIES:
            raise MemoryError(f"more than {MOST_COPIES} copies of a test's networks")
        twin = copy.deepcopy(module)
        return describe_module(twin, self, _identity_of), self.packer()

    def _held_module(self, body: Header) -> nn.Module:
        module = self.held[body["object"]]
        if not isinstance(module, torch.nn.Module):
            raise AttributeError(f"a {type(module).__name__} has no such attribute")
        return module

    # Objects in messages.

    def encode_special(self, value: Any, packer: Packer) -> Tree:
        """A proxy as the original's identity; an object of ours as tree_of describes it.

        Raises:
            TypeError: it cannot be passed to the sandbox.
        """
        identity = _identity_of(value)
        if identity is not None:
            return ["yours", identity]
        return tree_of(value, self, packer, _identity_of)

    def decode_special(self, kind: str, rest: list[Tree], unpacker: Unpacker) -> Any:
        """Our own object, or a proxy for one in the sandbox.

        Raises:
            Unreadable: an unknown kind.
        """
        described = rest[0]
        if kind == "yours":
            return self.held[described]
        if kind == "module":
            return self.module_from(described)
        if kind != "object":
            raise wire.Unreadable("a value of an unknown kind")
        if described["id"] not in self._proxies:
            self._proxies[described["id"]] = object_from(described, self)
        return self._proxies[described["id"]]

    def module_from(self, description: Description) -> nn.Module:
        """The proxy for a described module, or our own; the same one each time."""
        if "yours" in description:
            return self._held_module({"object": description["yours"]})
        identity = description["id"]
        if identity not in self._proxies:
            self._proxies[identity] = module_class(description)(self, identity)
            self._proxies[identity].training = bool(description["training"])
            self.ledger.follow(identity, self._proxies[identity])
        module = self._proxies[identity]
        module.apply_description(description)
        return module

    def fetch(self, description: Description) -> None:
        """Bring the tensors of a described module that are not here yet."""
        with self.reading():
            chunks = list(chunks_to_fetch(description, self.ledger))
        for keys in chunks:
            self._expected.update(keys)
            self.ask("fetch", {"keys": keys})


def _identity_of(value: object) -> str | None:
    """The sandbox's identity of the object that a proxy represents; None for any other object."""
    return vars(value)["_identity"] if isinstance(value, _PROXIES) else None
