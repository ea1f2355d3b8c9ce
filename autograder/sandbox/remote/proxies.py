"""Proxies for the student's objects, which stay in the sandbox."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from autograder.judging.in_sandbox import Look, Sandbox
from autograder.judging.student_module import FillsItself
from autograder.sandbox.inside.describe import Description, keys_in, settings_of
from autograder.sandbox.inside.impersonate import dressed
from autograder.sandbox.inside.ledger import Ledger

if TYPE_CHECKING:
    from autograder.sandbox.remote.session import Session

FETCH_BYTES = 32_000_000


class RemoteObject:
    """A student's object that is not plain data.

    Public attributes, items, `len`, `in` and iteration are looked up in the sandbox.

    Args:
        link: the session with the kernel.
        identity: the sandbox's name for the object.
    """

    _link: "Session"
    _identity: str

    def __init__(self, link: "Session", identity: str) -> None:
        vars(self).update(_link=link, _identity=identity)

    def _operate(self, operator: str, *arguments: Any) -> Any:
        target = {"object": self._identity, "operator": operator}
        return self._link.call(target, arguments)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        return self._operate("get", name)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a test cannot set '{name}' of an object in the sandbox")

    def __getitem__(self, key: Any) -> Any:
        return self._operate("item", key)

    def __contains__(self, value: object) -> bool:
        return self._operate("contains", value)

    def __len__(self) -> int:
        return self._operate("len")

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[Any]:
        iterator = self._operate("iter")
        while True:
            more, value = iterator._operate("next")
            if not more:
                return
            yield value

    def __repr__(self) -> str:
        return f"<{type(self).__name__} in the sandbox>"


class RemoteSubject(RemoteObject):
    """A student's function, class or callable object: a subject that can be judged."""

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self._link.call({"object": self._identity}, arguments, keywords)

    def time_limit(self, seconds: float) -> AbstractContextManager[None]:
        """See Session.time_limit."""
        return self._link.time_limit(seconds)

    def _in_sandbox(self) -> Sandbox:
        return _Sandbox(self._link, self._identity)


class _Sandbox:
    """The Sandbox of one subject (see judging.in_sandbox)."""

    def __init__(self, link: "Session", identity: str) -> None:
        self._link, self._identity = link, identity
        self.lend, self.take_back = link.lend, link.take_back
        self.problem_on_gpu = link.problem_on_gpu

    def look(self, names: Sequence[str] = ()) -> Look:
        return self._link.look(self._identity, names)


def object_from(description: Description, link: "Session") -> RemoteObject:
    """The proxy for a described object; for an optimiser, isinstance of torch's class holds.

    Raises:
        Exception: of any kind, for a description that student code has made up.
    """
    base = RemoteSubject if description["callable"] else RemoteObject
    cls = dressed(base, description["type"])
    if description.get("optimizer") is not None:
        library_class = getattr(torch.optim, description["optimizer"])
        cls = _optimizer_class(base, cls.__name__, library_class)
    proxy = cls(link, description["id"])
    if description["callable"]:
        name = str(description["name"])
        vars(proxy).update(__name__=name, __qualname__=name)
    return proxy


def _optimizer_class(base: type[RemoteObject], name: str, library_class: type) -> type:
    if not issubclass(library_class, torch.optim.Optimizer):
        raise TypeError("not an optimiser")
    return type(name, (base,), {"__class__": property(lambda _: library_class)})


class _Lazy(dict[str, Any]):
    """A module's parameters or buffers by name, brought from the sandbox when they are read."""

    def __init__(self, module: "RemoteModule") -> None:
        super().__init__()
        self._module = module

    def __getitem__(self, name: str) -> Any:
        self._module.bring()
        return super().__getitem__(name)

    def get(self, name: str, otherwise: Any = None) -> Any:  # as torch calls it
        self._module.bring()
        return super().get(name, otherwise)

    def values(self) -> Any:
        self._module.bring()
        return super().values()

    def items(self) -> Any:
        self._module.bring()
        return super().items()


class RemoteModule(FillsItself, nn.Module):
    """A student's network.

    parameters() and buffers() are copies, brought from the sandbox when they are asked for.
    Changes made here reach the sandbox with the next call; changes made there reach the copies.

    Args:
        link: the session with the kernel.
        identity: the sandbox's name for the network.
    """

    _link: "Session"
    _identity: str
    # The latest description, and the session's epoch at which it and the values were brought.
    _description: Description
    _described: int
    _brought: int

    def __init__(self, link: "Session", identity: str) -> None:
        nn.Module.__init__(self)
        vars(self).update(
            _link=link, _identity=identity, _description={}, _described=-1, _brought=-1,
            _parameters=_Lazy(self), _buffers=_Lazy(self),
        )  # fmt: skip

    def forward(self, *arguments: Any, **keywords: Any) -> Any:
        """Call the network in the sandbox."""
        return self._link.call({"object": self._identity}, arguments, keywords)

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name.startswith("_") or "_link" not in vars(self):
                raise
        return self._link.call({"object": self._identity, "operator": "get"}, (name,))

    def __deepcopy__(self, memo: dict[int, Any]) -> "RemoteModule":
        raise TypeError("a network in the sandbox cannot be copied by a test")

    def time_limit(self, seconds: float) -> AbstractContextManager[None]:
        """See Session.time_limit."""
        return self._link.time_limit(seconds)

    def parameter_count(self) -> int:
        """How many numbers the parameters hold.

        Raises:
            ValueError: a lazy layer has no size yet.
        """
        count = 0
        for shape in self.parameter_sizes().values():
            if shape is None:
                raise ValueError("a lazy layer has no size before its first input")
            count += math.prod(shape)
        return count

    def parameter_sizes(self) -> dict[str, tuple[int, ...] | None]:
        """{name: shape} of the parameters, without their values; None for a lazy layer's.

        A parameter with several names is listed once.
        """
        self.look()
        sizes: dict[Any, tuple[str, tuple[int, ...] | None]] = {}
        for prefix, tree in _walk(self._description):
            rows = {prefix + name: row for name, row in tree.get("parameters", {}).items() if row}
            if "yours" in tree:
                theirs = self._link.held[tree["yours"]].named_parameters()
                rows |= {prefix + name: (id(each), each.shape) for name, each in theirs}
            for name, (key, shape, *_) in rows.items():
                # A lazy layer's have no key yet.
                known = name if shape is None else key
                sizes.setdefault(known, (name, None if shape is None else tuple(shape)))
        return dict(sizes.values())

    def fill_parameters(self, constant: float) -> None:
        """Set every parameter to one number, in the sandbox."""
        target = {"object": self._identity, "operator": "fill"}
        self._link.call(target, (float(constant),))

    def draw_parameters(self, weights: Any) -> None:
        """Give it these random weights."""
        self.draw_random_weights(weights.seed)

    def draw_random_weights(self, seed: int) -> None:
        """Give it the random weights of a seed, in the sandbox."""
        target = {"object": self._identity, "operator": "draw"}
        self._link.call(target, (int(seed),))

    def state_shapes(self) -> dict[str, tuple[int, ...]]:
        """{name: shape} of the tensors in the network's state_dict."""
        return self._link.call({"object": self._identity, "operator": "state"})

    def load_weights(self, tensors: Mapping[str, Tensor]) -> None:
        """Load a state_dict in the sandbox, and put the network in evaluation mode."""
        self._link.call({"object": self._identity, "operator": "load"}, (tensors,))

    def look(self) -> None:
        """Ask for the network's structure again if it may have changed."""
        if self._described != self._link.epoch:
            description, _ = self._link.ask("describe", {"object": self._identity})
            with self._link.reading():
                self.apply_description(description)

    def bring(self) -> None:
        """Bring the values of all parameters and buffers of this network."""
        if self._brought == self._link.epoch:
            return
        self.look()
        self._link.fetch(self._description)
        self.apply_description(self._description)
        for module in self.modules():
            if isinstance(module, RemoteModule):
                vars(module)["_brought"] = self._link.epoch

    def apply_description(self, description: Description) -> None:
        """Give this module the described structure; tensors not yet brought are None.

        Raises:
            Exception: of any kind, for a description that student code has made up.
        """
        vars(self).update(_description=description, _described=self._link.epoch)
        # The annotation of the first store, for parameters, is not true of the second.
        for names, rows in ((self._parameters, "parameters"), (self._buffers, "buffers")):
            names.clear()
            for name, row in description[rows].items():
                names[_plain_name(name)] = self._tensor(row)  # type: ignore[assignment]
        self._modules.clear()
        for name, child in description["children"].items():
            self._modules[_plain_name(name)] = self._link.module_from(child)
        if description["library"]:
            vars(self).update(settings_of(description, type(self)))

    def _tensor(self, row: list[Any] | None) -> Tensor | None:
        if row is None:
            return None
        key, shape = row[0], row[1]
        if shape is None:
            return nn.UninitializedParameter()
        if not all(type(side) is int and side >= 0 for side in shape):
            raise ValueError("not a shape")
        return self._link.ledger.tensors.get(key)


def module_class(description: Description) -> type[RemoteModule]:
    """A RemoteModule class for a description, a subclass of torch's layer if it describes one.

    Raises:
        Exception: of any kind, for a description that student code has made up.
    """
    name = description["library"]
    library = getattr(nn, name) if name else None
    if library is not None and not issubclass(library, nn.Module):
        raise TypeError("not a layer")
    return dressed(RemoteModule, description["type"], library)


def chunks_to_fetch(description: Description, ledger: Ledger) -> Iterator[list[str]]:
    """Lists of keys that have not been brought yet, each small enough for one message."""
    wanted = set(keys_in(description))
    sizes = {
        row[0]: math.prod(row[1]) * 8
        for _, tree in _walk(description)
        for kind in ("parameters", "buffers")
        for row in tree.get(kind, {}).values()
        if row is not None and row[1] is not None
    }
    chunk: list[str] = []
    size = 0
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


def _walk(description: Description, prefix: str = "") -> Iterator[tuple[str, Description]]:
    """(prefix of its names, description) of a module and of each below it."""
    yield prefix, description
    for name, child in description.get("children", {}).items():
        yield from _walk(child, f"{prefix}{name}.")


def _plain_name(name: str) -> str:
    if "." in name or len(name) > 200:
        raise ValueError("not the name of a layer")
    return name
