"""Keep the tensors and modules that both sides have equal: record and send what has changed.

A parameter of a module that is passed to the other side exists on both sides under one key. Each
message carries the values, gradients and flags that its sender has changed (also through .data),
so that both sides agree after each message.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from .wire import Unreadable

if TYPE_CHECKING:
    from .values import Packer, Unpacker

# (key, what has changed) of a tensor, and (identity, training) of a module.
Row = tuple[str, dict[str, Any]]
Mode = tuple[str, bool]


@dataclass
class _Entry:
    """What the other side knows of a tensor; version is torch's count of in-place changes."""

    tensor: Tensor
    value: Tensor | None = None
    version: int = -1
    grad: Tensor | None = None
    grad_object: Tensor | None = None
    requires_grad: bool | None = None

    def remember(self) -> None:
        """The other side now knows the tensor as it is."""
        tensor = self.tensor
        if not same(tensor, self.value):
            self.value = tensor.detach().clone()
        if not same(tensor.grad, self.grad):
            self.grad = None if tensor.grad is None else tensor.grad.detach().clone()
        self.version, self.grad_object = tensor._version, tensor.grad
        self.requires_grad = tensor.requires_grad


class Ledger:
    """One side's record of the tensors and modules that both sides have.

    A key is tracked from the moment its value has been asked for or sent.

    Attributes:
        tensors: key -> tensor, for every key that either side has mentioned.
        prefix: of the keys that this side chooses.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.tensors: dict[str, Tensor] = {}
        self._keys: dict[int, str] = {}
        self._entries: dict[str, _Entry] = {}
        # identity -> [module, the training flag that the other side knows]
        self._modules: dict[str, list[Any]] = {}

    def key(self, tensor: Tensor) -> str:
        """The key of a tensor; a new one if it has none. The tensor is kept alive."""
        if id(tensor) not in self._keys:
            self.name(f"{self.prefix}{len(self.tensors)}", tensor)
        return self._keys[id(tensor)]

    def name(self, key: str, tensor: Tensor) -> None:
        """Give a tensor the key that the other side has chosen."""
        self.tensors[key], self._keys[id(tensor)] = tensor, key

    def tracked_key(self, tensor: Tensor) -> str | None:
        """The key of a tensor that both sides have, or None."""
        key = self._keys.get(id(tensor))
        return key if key in self._entries else None

    def track(self, key: str) -> None:
        """From now on, messages carry this tensor's changes; the first one carries all of it."""
        if key not in self._entries:
            self._entries[key] = _Entry(self.tensors[key])

    def follow(self, identity: str, module: nn.Module) -> None:
        """From now on, messages carry changes of module.training."""
        self._modules.setdefault(identity, [module, module.training])

    def rows(self, packer: "Packer") -> tuple[list[Row], list[Mode]]:
        """What has changed since the last message; call commit() once it has been sent.

        The changed values are added to `packer`.
        """
        tensors = [(key, _changes(entry, packer)) for key, entry in self._entries.items()]
        modes = [
            (identity, bool(module.training))
            for identity, (module, known) in self._modules.items()
            if module.training != known
        ]
        return [row for row in tensors if row[1]], modes

    def commit(self, rows: Iterable[Row], modes: Iterable[Mode]) -> None:
        """What rows() returned has been sent: the other side knows it."""
        for key, _ in rows:
            self._entries[key].remember()
        for identity, training in modes:
            self._modules[identity][1] = training

    def apply(
        self,
        rows: Iterable[Sequence[Any]],
        modes: Iterable[Sequence[Any]],
        unpacker: "Unpacker",
        may_begin: Callable[[str], bool],
    ) -> None:
        """Apply what the other side has changed.

        Args:
            rows: [key, change] of each tensor.
            modes: [identity, training] of each module.
            unpacker: of the message, with the changed values.
            may_begin: whether a key may be tracked from now on, for one that is not yet.

        Raises:
            Unreadable: a tensor that may not be tracked.
        """
        for key, change in rows:
            if key not in self._entries:
                if type(key) is not str or not may_begin(key):
                    raise Unreadable("a tensor that nobody asked for")
                self._begin(key, change, unpacker)
            _apply(self._entries[key].tensor, change, unpacker)
            self._entries[key].remember()
        for identity, training in modes:
            self._modules[identity][0].training = bool(training)
            self._modules[identity][1] = bool(training)

    def _begin(self, key: str, change: dict[str, Any], unpacker: "Unpacker") -> None:
        if key not in self.tensors:
            value = unpacker.at(change["value"]).clone()
            kind = change.get("kind")
            self.name(key, nn.Parameter(value, False) if kind == "parameter" else value)
        self.track(key)


def _changes(entry: _Entry, packer: "Packer") -> dict[str, Any]:
    tensor = entry.tensor
    change: dict[str, Any] = {}
    if tensor._version != entry.version or not same(tensor, entry.value):
        change["value"] = packer.add(tensor.detach())
        change["in_place"] = tensor._version != entry.version
    if entry.value is None:
        change["kind"] = "parameter" if isinstance(tensor, nn.Parameter) else "buffer"
    if not same(tensor.grad, entry.grad):
        change["grad"] = None if tensor.grad is None else packer.add(tensor.grad.detach())
        change["same_grad"] = tensor.grad is not None and tensor.grad is entry.grad_object
    if tensor.requires_grad != entry.requires_grad and tensor.is_leaf:
        change["requires_grad"] = tensor.requires_grad
    return change


def _apply(tensor: Tensor, change: dict[str, Any], unpacker: "Unpacker") -> None:
    if "value" in change:
        value = unpacker.at(change["value"])
        if value.shape != tensor.shape or value.dtype != tensor.dtype:
            tensor.data = value.clone()
        elif change.get("in_place"):
            # torch counts this as a change, as it did on the other side.
            with torch.no_grad():
                tensor.copy_(value)
        else:
            tensor.data.copy_(value)
    if "requires_grad" in change:
        tensor.requires_grad_(bool(change["requires_grad"]))
    if "grad" in change:
        before = tensor.grad
        if change["grad"] is None:
            tensor.grad = None
            return
        grad = unpacker.at(change["grad"])
        if change.get("same_grad") and before is not None and grad.shape == before.shape:
            with torch.no_grad():
                before.copy_(grad)
        else:
            tensor.grad = grad.clone()


def same(a: Tensor | None, b: Tensor | None) -> bool:
    """Whether two tensors (or None) hold the same bits."""
    if a is None or b is None:
        return a is b
    return a.shape == b.shape and a.dtype == b.dtype and torch.equal(_bits(a), _bits(b))


def _bits(tensor: Tensor) -> Tensor:
    return tensor.detach().contiguous().reshape(-1).view(torch.uint8)
