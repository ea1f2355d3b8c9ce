"""Serve the trusted process's requests, in the main thread of the student's kernel."""

import contextlib
import operator
import os
import random
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from socket import socket
from types import FrameType
from typing import Any

import numpy
import torch
from torch import Tensor, nn

from helpers import code_names
from helpers.pretended_gpu import PretendedGPU, is_own_code
from helpers.random_weights import set_random_weights

from . import wire
from .beside import Runner
from .describe import Description, describe, library_name, settings_of
from .handed_out import HandedFunction, HandedModule, HandedOptimizer
from .impersonate import builtin_exception, dressed, exception
from .link import Answer, Link
from .values import Packer, Tree, Unpacker
from .wire import Header


def _following(iterator: Iterator[Any]) -> tuple[bool, Any]:
    """(True, next value), or (False, None) at the end."""
    for value in iterator:
        return True, value
    return False, None


def _fill(module: nn.Module, constant: float) -> None:
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.fill_(constant)


def _draw(module: nn.Module, seed: int) -> None:
    set_random_weights(module, seed)


def _state(module: nn.Module) -> dict[str, tuple[int, ...]]:
    """{name: shape} of the tensors in the module's state_dict."""
    return {str(name): tuple(tensor.shape) for name, tensor in module.state_dict().items()}


def _load(module: nn.Module, tensors: dict[str, Tensor]) -> None:
    module.load_state_dict(tensors)
    module.eval()


# What can be done with an object, besides calling it and its methods.
OPERATORS: dict[str, Callable[..., Any]] = {
    "get": getattr,
    "item": operator.getitem,
    "len": len,
    "iter": iter,
    "next": _following,
    "fill": _fill,
    "draw": _draw,
    "state": _state,
    "load": _load,
    "contains": operator.contains,
}
_MISSING = object()
# What student code may replace later.
_own_id, _end = os.getpid, os._exit


class Agent(Link):
    """The sandbox's end of the conversation.

    Args:
        sock: connected to the trusted process.
        namespace: the globals of the student's cells.
    """

    def __init__(self, sock: socket, namespace: dict[str, Any]) -> None:
        super().__init__("s")
        sock.setblocking(True)
        self._me = _own_id()
        self._sock, self._read, self._namespace = sock, wire.reader(sock), namespace
        self._handed: dict[str, Any] = {}  # identity -> the proxy for it
        self._replaced: dict[str, Any] = {}  # global -> what the student has under this name
        self._gpu: PretendedGPU | None = None
        self._draws: tuple[Any, ...] = ()  # what is drawn next, once the pretended GPU is gone
        self._interruptible = self._interrupted = False
        self._beside = Runner(namespace, sock)
        self.handlers |= {
            "beside": self._serve_beside,
            "look": self._serve_look,
            "lend": self._serve_lend,
            "take back": self._serve_take_back,
            "pretend": self._serve_pretend,
            "pretended": self._serve_pretended,
            "describe": self._serve_describe,
            "fetch": self._serve_fetch,
            "forget": self._serve_forget,
            "default_dtype": self._serve_default_dtype,
        }

    def handle_next(self) -> bool:
        """Read one request and answer it. False when the other side has closed the connection.

        No exception of student code leaves this method, not even SystemExit or
        KeyboardInterrupt.
        """
        try:
            header, tensors = self.receive()
            with self._own_interrupts():
                self.apply_changes(header, tensors)
                if "ask" in header:
                    self.serve(header, tensors)
        except (EOFError, OSError):
            return False
        return True

    # Interrupts: they raise an exception in student code, and never in the middle of a message.

    @contextlib.contextmanager
    def _own_interrupts(self) -> Iterator[None]:
        self._interruptible = self._interrupted = False
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, self._on_interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _on_interrupt(self, signum: int, frame: FrameType | None) -> None:
        if self._interruptible:
            raise KeyboardInterrupt
        self._interrupted = True

    @contextlib.contextmanager
    def _interrupts(self, allowed: bool) -> Iterator[None]:
        before, self._interruptible = self._interruptible, allowed
        try:
            yield
        finally:
            self._interruptible = before
            if before and self._interrupted:
                self._interrupted = False
                raise KeyboardInterrupt

    def run(
        self,
        function: Callable[..., Any],
        arguments: Sequence[Any],
        keywords: Mapping[str, Any],
    ) -> Any:
        """Call what a request asks for; a SIGINT raises KeyboardInterrupt in it."""
        self._interrupted = False
        gpu = self._gpu
        with self._interrupts(True), gpu or contextlib.nullcontext():
            result = function(*arguments, **keywords)
            return gpu.arrived(result) if gpu else result

    def call(
        self,
        target: Header,
        arguments: Sequence[Any] = (),
        keywords: Mapping[str, Any] | None = None,
    ) -> Any:
        """See Link.call; a pretended GPU sees nothing of what a message takes."""
        if self._gpu:
            self._gpu.handed_over((arguments, keywords))
        unseen = torch._C.DisableTorchFunction() if self._gpu else contextlib.nullcontext()
        with unseen:
            return super().call(target, arguments, keywords)

    def ask(
        self, op: str, body: Header, packer: Packer | None = None, number: int | None = None
    ) -> tuple[Any, list[Tensor]]:
        """See Link.ask; a SIGINT meanwhile takes effect after the answer."""
        with self._interrupts(False):
            return super().ask(op, body, packer, number)

    def reraises(self, error: BaseException) -> bool:
        """Never: an exception of student code must not end the agent."""
        return False

    # Messages.

    def send(self, header: Header, tensors: Sequence[Tensor]) -> None:
        """Send one message. A fork that student code leaves running in its answer ends here."""
        if _own_id() != self._me:
            _end(0)
        wire.send(self._sock, header, tensors)

    def receive(self) -> tuple[Header, list[Tensor]]:
        """The header and the tensors of the next message."""
        return wire.receive(self._read)

    def apply_changes(self, header: Header, tensors: Sequence[Tensor]) -> None:
        """See Link.apply_changes; also sets the seed that a test has set outside."""
        if "seed" in header:
            torch.manual_seed(header["seed"])
        super().apply_changes(header, tensors)

    def may_begin(self, key: str) -> bool:
        """Always: the trusted process may send any tensor."""
        return True

    def reading(self) -> AbstractContextManager[None]:
        """No special treatment: the trusted process is trusted."""
        return contextlib.nullcontext()

    def resolve(self, target: Header) -> Callable[..., Any]:
        """The callable that a request names: a global, an operator, a method or the object.

        Raises:
            KeyError: an unknown operator.
            RuntimeError: the object belongs to a test that has ended.
        """
        if "global" in target:
            return lambda: self._global(target["global"])
        thing = self.held[target["object"]]
        if "operator" in target:
            function = OPERATORS[target["operator"]]
            return lambda *arguments: function(thing, *arguments)
        return getattr(thing, target["method"]) if target.get("method") else thing

    def _global(self, name: str) -> Any:
        if name not in self._namespace:
            raise NameError(f"name '{name}' is not defined")
        return self._namespace[name]

    def encode_special(self, value: Any, packer: Packer) -> Tree:
        """A proxy as the original's identity, a module or another object as a description."""
        identity = _identity_of(value)
        if identity is not None:
            return ["yours", identity]
        if isinstance(value, nn.Module):
            return ["module", describe(value, self, _identity_of)]
        description: Description = {
            "id": self.held.hold(value),
            "type": str(type(value).__name__)[:60],
            "callable": callable(value),
            "name": str(getattr(value, "__name__", ""))[:60] if callable(value) else "",
        }
        if isinstance(value, torch.optim.Optimizer):
            description["optimizer"] = library_name(type(value), torch.optim)
        return ["object", description]

    def describe(self, error: BaseException) -> Header:
        """See Link.describe; adds the line of the student's cells."""
        return super().describe(error) | {"line": self._line_of(error)}

    def _line_of(self, error: BaseException) -> int | None:
        """The deepest line of the student's cells that the exception went through, or None."""
        line, trace = None, error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_globals is self._namespace:
                line = trace.tb_lineno
            trace = trace.tb_next
        return line

    def raised(self, error: Header) -> Exception:
        """The exception that a test's code raised when student code called it."""
        return exception(error["type"], (builtin_exception(error["base"]),), error["text"])

    # Test cells that run beside the answers.

    def _serve_beside(self, body: Header, tensors: list[Tensor]) -> Answer:
        arguments = body["source"], body["seconds"], body["secret"]
        return self.run(self._beside.run, arguments, {}), self.packer()

    # The student's modules.

    def _serve_describe(self, body: Header, tensors: list[Tensor]) -> Answer:
        return describe(self.held[body["object"]], self, _identity_of), self.packer()

    def _serve_fetch(self, body: Header, tensors: list[Tensor]) -> Answer:
        for key in body["keys"]:
            self.ledger.track(key)
        return None, self.packer()

    def _serve_forget(self, body: Header, tensors: list[Tensor]) -> Answer:
        self.held.clear()
        self.ledger.clear()
        self.graphs.clear()
        self._handed.clear()
        self.dropped.clear()
        self._put_back()
        self._gpu = None
        return None, self.packer()

    # torch's settings, which hold for everything in the process.

    def _serve_default_dtype(self, body: Header, tensors: list[Tensor]) -> Answer:
        return str(torch.get_default_dtype()), self.packer()

    # A look at the student's code, and functions of the other side in place of his.

    def _serve_look(self, body: Header, tensors: list[Tensor]) -> Answer:
        arguments = self.held[body["object"]], body["names"]
        return self.run(self._look, arguments, {}), self.packer()

    def _look(self, subject: Any, names: list[str]) -> Header:
        codes = code_names.codes_of(subject, self._namespace)
        # A function that the answer's own cell defines is a part of the answer.
        others = [
            name
            for name in names
            if not code_names.are_of_one_cell(subject, self._namespace.get(name))
        ]
        return {
            "called": code_names.called(subject, others, self._namespace),
            "cuda": code_names.asks_for_cuda(codes),
            "cpu": not codes or code_names.may_make_on_cpu(codes),
        }

    def _serve_lend(self, body: Header, tensors: list[Tensor]) -> Answer:
        unpacker = self.unpacker(tensors)
        for name, tree in body["functions"].items():
            self._replaced.setdefault(name, self._namespace.get(name, _MISSING))
            self._namespace[name] = unpacker.decode(tree)
        return None, self.packer()

    def _serve_take_back(self, body: Header, tensors: list[Tensor]) -> Answer:
        self._put_back()
        return None, self.packer()

    def _put_back(self) -> None:
        while self._replaced:
            name, own = self._replaced.popitem()
            if own is _MISSING:
                self._namespace.pop(name, None)
            else:
                self._namespace[name] = own

    # A pretended GPU.

    def _serve_pretend(self, body: Header, tensors: list[Tensor]) -> Answer:
        self._draws = random.getstate(), numpy.random.get_state(), torch.get_rng_state()
        self._gpu = PretendedGPU(watched=_is_students)
        return None, self.packer()

    def _serve_pretended(self, body: Header, tensors: list[Tensor]) -> Answer:
        gpu, self._gpu = self._gpu, None
        if self._draws:
            python, numbers, tensor = self._draws
            random.setstate(python)
            numpy.random.set_state(numbers)
            torch.set_rng_state(tensor)
        problems = gpu.problems if gpu else []
        return str(problems[0])[:300] if problems else "", self.packer()

    # Arguments from a test.

    def decode_special(self, kind: str, rest: list[Tree], unpacker: Unpacker) -> Any:
        """The student's own object, a function or class of torch, or a proxy."""
        described = rest[0]
        if kind == "yours":
            return self.held[described]
        if kind == "global":
            return self._global(described)
        if kind == "torch":
            return getattr(sys.modules[described], rest[1])
        if kind == "module":
            return self.module_from(described)
        if described["id"] not in self._handed:
            make = self._optimizer if kind == "optimizer" else self._function
            self._handed[described["id"]] = make(described, unpacker)
        return self._handed[described["id"]]

    def _function(self, description: Description, unpacker: Unpacker) -> HandedFunction:
        return HandedFunction(self, description["id"], description["name"])

    def _optimizer(self, description: Description, unpacker: Unpacker) -> HandedOptimizer:
        name = description["library"]
        library = getattr(torch.optim, name) if name else None
        cls = dressed(HandedOptimizer, description["type"], library)
        groups = unpacker.decode(description["groups"])
        optimizer = cls(self, description["id"], groups)
        # torch sets the defaults of the class only where a group lacks them.
        optimizer.defaults = {name: v for name, v in groups[0].items() if name != "params"}
        return optimizer

    def module_from(self, description: Description) -> nn.Module:
        """The proxy for a described module, or the student's own; the same one each time."""
        if "yours" in description:
            return self.held[description["yours"]]
        module = self._handed.get(description["id"])
        if module is None:
            module = self._handed[description["id"]] = _bare_module(self, description)
        # The annotation of the first store, for parameters, is not true of the second.
        for names, rows in ((module._parameters, "parameters"), (module._buffers, "buffers")):
            names.clear()
            for name, row in description[rows].items():
                names[name] = None if row is None else self._tensor(row)  # type: ignore[assignment]
        module._modules.clear()
        for name, child in description["children"].items():
            module._modules[name] = self.module_from(child)
        vars(module).update(settings_of(description, type(module)))
        module.training = description["training"]
        self.ledger.follow(description["id"], module)
        return module

    def _tensor(self, row: list[Any]) -> Tensor:
        key, shape = row[:2]
        return nn.UninitializedParameter() if shape is None else self.ledger.tensors[key]


def _is_students(frame: FrameType) -> bool:
    return is_own_code(frame) and frame.f_globals.get("__package__") != __package__


def _identity_of(value: object) -> str | None:
    """The identity of the original that a proxy represents; None for any other object."""
    if isinstance(value, (HandedFunction, HandedModule, HandedOptimizer)):
        return value._identity
    return None


def _bare_module(agent: Agent, description: Description) -> HandedModule:
    name = description["library"]
    library = getattr(nn, name) if name else None
    try:
        return dressed(HandedModule, description["type"], library)(agent, description["id"])
    except Exception:  # a layer that needs its own constructor
        return dressed(HandedModule, description["type"])(agent, description["id"])
