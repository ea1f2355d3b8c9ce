"""Serves the requests of the trusted process, in the main thread of the student's kernel."""

import contextlib
import operator
import signal
import sys
import threading

import torch
from torch import nn

from . import wire
from .describe import describe, library_name, settings_of
from .impersonate import builtin_exception, dressed, exception
from .link import Link
from .test_arguments import HandedFunction, HandedModule, HandedOptimizer


def _following(iterator):
    """(True, next value), or (False, None) at the end."""
    for value in iterator:
        return True, value
    return False, None


def _fill(module, constant):
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.fill_(constant)


def _state(module):
    """{name: shape} of what a module would save."""
    return {str(name): tuple(tensor.shape) for name, tensor in module.state_dict().items()}


def _load(module, tensors):
    module.load_state_dict(tensors)
    module.eval()


# What can be done to an object, besides calling it and its methods.
OPERATORS = {
    "get": getattr,
    "item": operator.getitem,
    "len": len,
    "iter": iter,
    "next": _following,
    "fill": _fill,
    "state": _state,
    "load": _load,
    "contains": operator.contains,
}


class Agent(Link):
    """sock: connected to the trusted process. namespace: the globals of the student's cells."""

    def __init__(self, sock, namespace):
        super().__init__("s")
        sock.setblocking(True)
        self._sock, self._read, self._namespace = sock, wire.reader(sock), namespace
        self._handed = {}  # identity -> what stands for it here
        self._interruptible = self._interrupted = False
        self.handlers |= {
            "describe": self._serve_describe,
            "fetch": self._serve_fetch,
            "forget": self._serve_forget,
        }

    def handle_next(self):
        """Read one request and answer it. False when the other side has closed the connection.

        Nothing that student code does comes out of here, SystemExit and KeyboardInterrupt
        included.
        """
        try:
            header, tensors = self.receive()
            with self._own_interrupts():
                self.take_over(header, tensors)
                if "ask" in header:
                    self.serve(header, tensors)
        except (EOFError, OSError):
            return False
        return True

    # Interrupts: an exception in student code, and never in the middle of a message.

    @contextlib.contextmanager
    def _own_interrupts(self):
        self._interruptible = self._interrupted = False
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, self._on_interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _on_interrupt(self, signum, frame):
        if self._interruptible:
            raise KeyboardInterrupt
        self._interrupted = True

    @contextlib.contextmanager
    def _interrupts(self, allowed):
        before, self._interruptible = self._interruptible, allowed
        try:
            yield
        finally:
            self._interruptible = before
            if before and self._interrupted:
                self._interrupted = False
                raise KeyboardInterrupt

    def run(self, function, arguments, keywords):
        self._interrupted = False
        with self._interrupts(True):
            return function(*arguments, **keywords)

    def ask(self, op, body, packer=None, number=None):
        with self._interrupts(False):
            return super().ask(op, body, packer, number)

    def passes_on(self, error):
        return False

    # Messages.

    def send(self, header, tensors):
        wire.send(self._sock, header, tensors)

    def receive(self):
        return wire.receive(self._read)

    def take_over(self, header, tensors):
        if "seed" in header:
            torch.manual_seed(header["seed"])
        super().take_over(header, tensors)

    def may_begin(self, key):
        return True

    def reading(self):
        return contextlib.nullcontext()

    def resolve(self, target):
        if "global" in target:
            return lambda: self._global(target["global"])
        thing = self.held[target["object"]]
        if "operator" in target:
            function = OPERATORS[target["operator"]]
            return lambda *arguments: function(thing, *arguments)
        return getattr(thing, target["method"]) if target.get("method") else thing

    def _global(self, name):
        if name not in self._namespace:
            raise NameError(f"name '{name}' is not defined")
        return self._namespace[name]

    def encode_special(self, value, packer):
        identity = _identity_of(value)
        if identity is not None:
            return ["yours", identity]
        if isinstance(value, nn.Module):
            return ["module", describe(value, self, _identity_of)]
        about = {
            "id": self.held.hold(value),
            "type": str(type(value).__name__)[:60],
            "callable": callable(value),
            "name": str(getattr(value, "__name__", ""))[:60] if callable(value) else "",
        }
        if isinstance(value, torch.optim.Optimizer):
            about["optimizer"] = library_name(type(value), torch.optim)
        return ["object", about]

    def describe(self, error):
        return super().describe(error) | {"line": self._line_of(error)}

    def _line_of(self, error):
        """The deepest line of the student's cells that the exception went through, or None."""
        line, trace = None, error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_globals is self._namespace:
                line = trace.tb_lineno
            trace = trace.tb_next
        return line

    def raised(self, about):
        """What a test's own code raised when it was called from here."""
        return exception(about["type"], (builtin_exception(about["base"]),), about["text"])

    # Modules of the student's.

    def _serve_describe(self, body, tensors):
        return describe(self.held[body["object"]], self, _identity_of), self.packer()

    def _serve_fetch(self, body, tensors):
        for key in body["keys"]:
            self.ledger.track(key)
        return None, self.packer()

    def _serve_forget(self, body, tensors):
        for store in (self.held, self.ledger, self.graphs, self._handed):
            store.clear()
        self.dropped.clear()
        return None, self.packer()

    # What a test hands in.

    def decode_special(self, kind, rest, unpacker):
        about = rest[0]
        if kind == "yours":
            return self.held[about]
        if kind == "global":
            return self._global(about)
        if kind == "torch":
            return getattr(sys.modules[about], rest[1])
        if kind == "module":
            return self.module_from(about)
        if about["id"] not in self._handed:
            make = self._optimizer if kind == "optimizer" else self._function
            self._handed[about["id"]] = make(about, unpacker)
        return self._handed[about["id"]]

    def _function(self, about, unpacker):
        return HandedFunction(self, about["id"], about["name"])

    def _optimizer(self, about, unpacker):
        library = getattr(torch.optim, about["library"]) if about["library"] else None
        cls = dressed(HandedOptimizer, about["type"], library)
        groups = unpacker.decode(about["groups"])
        optimizer = cls(self, about["id"], groups)
        # torch sets the defaults of the class only where a group lacks them.
        optimizer.defaults = {name: v for name, v in groups[0].items() if name != "params"}
        return optimizer

    def module_from(self, about):
        """The module that stands for a described one; the same one each time."""
        if "yours" in about:
            return self.held[about["yours"]]
        module = self._handed.get(about["id"])
        if module is None:
            module = self._handed[about["id"]] = _bare_module(self, about)
        for names, rows in ((module._parameters, "parameters"), (module._buffers, "buffers")):
            names.clear()
            for name, row in about[rows].items():
                names[name] = None if row is None else self._tensor(row)
        module._modules.clear()
        for name, child in about["children"].items():
            module._modules[name] = self.module_from(child)
        vars(module).update(settings_of(about, type(module)))
        module.training = about["training"]
        self.ledger.follow(about["id"], module)
        return module

    def _tensor(self, row):
        key, shape = row[:2]
        return nn.UninitializedParameter() if shape is None else self.ledger.tensors[key]


def _identity_of(value):
    """The identity of what an object stands for on the other side; None for one of our own."""
    if isinstance(value, (HandedFunction, HandedModule, HandedOptimizer)):
        return value._identity
    return None


def _bare_module(link, about):
    library = getattr(nn, about["library"]) if about["library"] else None
    try:
        return dressed(HandedModule, about["type"], library)(link, about["id"])
    except Exception:  # a layer that cannot do without its own constructor
        return dressed(HandedModule, about["type"])(link, about["id"])
