"""Stand-ins for objects of the student's, which stay in the sandbox."""

import math

import torch
from torch import nn

from autograder.judging.student_module import InSandbox
from autograder.sandbox.inside.describe import keys_in, settings_of
from autograder.sandbox.inside.impersonate import dressed

FETCH_BYTES = 32_000_000


class RemoteObject:
    """An object of the student's that is no plain data; its public attributes are looked up."""

    def __init__(self, link, identity):
        vars(self).update(_link=link, _identity=identity)

    def _operate(self, operator, *arguments):
        target = {"object": self._identity, "operator": operator}
        return self._link.call(target, arguments)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        return self._operate("get", name)

    def __setattr__(self, name, value):
        raise AttributeError(f"'{name}' of an object in the sandbox cannot be set by a test")

    def __getitem__(self, key):
        return self._operate("item", key)

    def __contains__(self, value):
        return self._operate("contains", value)

    def __len__(self):
        return self._operate("len")

    def __bool__(self):
        return True

    def __iter__(self):
        iterator = self._operate("iter")
        while True:
            going_on, value = iterator._operate("next")
            if not going_on:
                return
            yield value

    def __repr__(self):
        return f"<{type(self).__name__} in the sandbox>"


class RemoteSubject(RemoteObject):
    """A function, class or callable object of the student's, as a judge takes it."""

    def __call__(self, *arguments, **keywords):
        return self._link.call({"object": self._identity}, arguments, keywords)

    def time_limit(self, seconds):
        """Context manager; see Session.time_limit."""
        return self._link.time_limit(seconds)


def object_from(about, link):
    """The proxy for a description in an answer; an optimiser is an instance of torch's class."""
    base = RemoteSubject if about["callable"] else RemoteObject
    cls = dressed(base, about["type"])
    if about.get("optimizer") is not None:
        cls = _optimizer_class(base, cls.__name__, getattr(torch.optim, about["optimizer"]))
    proxy = cls(link, about["id"])
    if about["callable"]:
        name = str(about["name"])
        vars(proxy).update(__name__=name, __qualname__=name)
    return proxy


def _optimizer_class(base, name, library_class):
    if not issubclass(library_class, torch.optim.Optimizer):
        raise TypeError("no optimiser")
    return type(name, (base,), {"__class__": property(lambda _: library_class)})


class _Brought(dict):
    """A module's parameters or buffers by name; values come from the sandbox when asked for."""

    def __init__(self, module):
        super().__init__()
        self._module = module

    def __getitem__(self, name):
        self._module.bring()
        return super().__getitem__(name)

    def get(self, name, otherwise=None):
        self._module.bring()
        return super().get(name, otherwise)

    def values(self):
        self._module.bring()
        return super().values()

    def items(self):
        self._module.bring()
        return super().items()


class RemoteModule(InSandbox, nn.Module):
    """A network of the student's.

    parameters() and buffers() are copies that are brought here when they are asked for; what
    is changed here is there before the next call, what changed there is brought again.
    """

    def __init__(self, link, identity):
        nn.Module.__init__(self)
        vars(self).update(
            _link=link, _identity=identity, _about=None, _described=-1, _brought=-1,
            _parameters=_Brought(self), _buffers=_Brought(self),
        )  # fmt: skip

    def forward(self, *arguments, **keywords):
        return self._link.call({"object": self._identity}, arguments, keywords)

    def __getattr__(self, name):
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name.startswith("_") or "_link" not in vars(self):
                raise
        return self._link.call({"object": self._identity, "operator": "get"}, (name,))

    def __deepcopy__(self, memo):
        raise TypeError("a network in the sandbox cannot be copied by a test")

    def time_limit(self, seconds):
        """Context manager; see Session.time_limit."""
        return self._link.time_limit(seconds)

    def parameter_count(self):
        """How many numbers the parameters hold; ValueError before a lazy layer has its size."""
        shapes = self.parameter_sizes().values()
        if None in shapes:
            raise ValueError("a lazy layer has no size before it is fed")
        return sum(math.prod(shape) for shape in shapes)

    def parameter_sizes(self):
        """{name: shape} of the parameters, each once and without its values; None: lazy."""
        self.look()
        found = {}
        for prefix, tree in _walk(self._about):
            rows = {prefix + name: row for name, row in tree.get("parameters", {}).items() if row}
            if "yours" in tree:
                theirs = self._link.held[tree["yours"]].named_parameters()
                rows |= {prefix + name: (id(each), each.shape) for name, each in theirs}
            for name, (key, shape, *_) in rows.items():
                found.setdefault(key, (name, None if shape is None else tuple(shape)))
        return dict(found.values())

    def fill_parameters(self, constant):
        """Set every parameter to one number, in the sandbox."""
        target = {"object": self._identity, "operator": "fill"}
        self._link.call(target, (float(constant),))

    def state_shapes(self):
        """{name: shape} of the parameters and buffers that the module saves."""
        return self._link.call({"object": self._identity, "operator": "state"})

    def load_weights(self, tensors):
        """Give it these parameters and buffers, in the sandbox, and put it in evaluation mode."""
        self._link.call({"object": self._identity, "operator": "load"}, (tensors,))

    def look(self):
        """Ask for the structure again when it may have changed."""
        if self._described != self._link.epoch:
            about, _ = self._link.ask("describe", {"object": self._identity})
            with self._link.reading():
                self.take_over(about)

    def bring(self):
        """Bring the values of all tensors below this module."""
        if self._brought == self._link.epoch:
            return
        self.look()
        self._link.fetch(self._about)
        self.take_over(self._about)
        for module in self.modules():
            if isinstance(module, RemoteModule):
                vars(module)["_brought"] = self._link.epoch

    def take_over(self, about):
        """Make this module what the description says; tensors not yet brought are None."""
        vars(self).update(_about=about, _described=self._link.epoch)
        for names, rows in ((self._parameters, "parameters"), (self._buffers, "buffers")):
            names.clear()
            for name, row in about[rows].items():
                names[_plain_name(name)] = self._tensor(row)
        self._modules.clear()
        for name, child in about["children"].items():
            self._modules[_plain_name(name)] = self._link.module_from(child)
        if about["library"]:
            vars(self).update(settings_of(about, type(self)))

    def _tensor(self, row):
        if row is None:
            return None
        key, shape = row[0], row[1]
        if shape is None:
            return nn.UninitializedParameter()
        if not all(type(side) is int and side >= 0 for side in shape):
            raise ValueError("no shape")
        return self._link.ledger.tensors.get(key)


def module_class(about):
    """A RemoteModule that is also a kind of torch's own layer, where it is one."""
    library = getattr(nn, about["library"]) if about["library"] else None
    if library is not None and not issubclass(library, nn.Module):
        raise TypeError("no layer")
    return dressed(RemoteModule, about["type"], library)


def chunks_to_fetch(about, ledger):
    """Lists of keys that have not been brought yet, each small enough for one message."""
    wanted = set(keys_in(about))
    sizes = {
        row[0]: math.prod(row[1]) * 8
        for _, tree in _walk(about)
        for kind in ("parameters", "buffers")
        for row in tree.get(kind, {}).values()
        if row is not None and row[1] is not None
    }
    chunk, size = [], 0
    for key in sorted(wanted):
        if key in ledger.tensors:
            continue
        if chunk and size + sizes[key] > FETCH_BYTES:
            yield chunk
            chunk, size = [], 0
        chunk.append(key)
        size += sizes[key]
    if chunk:
        yield chunk


def _walk(about, prefix=""):
    """(start of its names, description) of a module and of each below it."""
    yield prefix, about
    for name, child in about.get("children", {}).items():
        yield from _walk(child, f"{prefix}{name}.")


def _plain_name(name):
    if "." in name or len(name) > 200:
        raise ValueError("no name of a layer")
    return name
