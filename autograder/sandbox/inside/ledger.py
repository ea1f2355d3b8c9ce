"""Tensors and modules that both sides have: what has changed since the other side last knew.

A parameter of a module that is handed over lives on both sides under one key. Each message
carries the values, gradients and flags that its sender has changed (also through .data), so
that at each hand-over both sides hold the same.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from .wire import Unreadable


@dataclass
class _Entry:
    """What the other side knows of a tensor; version is torch's count of in-place changes."""

    tensor: torch.Tensor
    value: Any = None
    version: int = -1
    grad: Any = None
    grad_object: Any = None
    requires_grad: bool | None = None

    def remember(self):
        tensor = self.tensor
        if self.value is None or tensor._version != self.version or not same(tensor, self.value):
            self.value = tensor.detach().clone()
        if not same(tensor.grad, self.grad):
            self.grad = None if tensor.grad is None else tensor.grad.detach().clone()
        self.version, self.grad_object = tensor._version, tensor.grad
        self.requires_grad = tensor.requires_grad


class Ledger:
    """tensors: key -> tensor, for every key that has been spoken of.

    A key is tracked from the moment its value has been asked for or handed over.
    """

    def __init__(self, prefix):
        self.prefix = prefix
        self.clear()

    def clear(self):
        self.tensors, self._keys, self._entries, self._modules = {}, {}, {}, {}

    def key(self, tensor):
        """The key of a tensor; a new one when it has none. The tensor is kept alive."""
        if id(tensor) not in self._keys:
            self.name(f"{self.prefix}{len(self.tensors)}", tensor)
        return self._keys[id(tensor)]

    def name(self, key, tensor):
        """Give a tensor the key that the other side has chosen."""
        self.tensors[key], self._keys[id(tensor)] = tensor, key

    def tracked_key(self, tensor):
        """The key of a tensor that both sides hold, or None."""
        key = self._keys.get(id(tensor))
        return key if key in self._entries else None

    def track(self, key):
        """From now on, messages carry this tensor's changes; the first one carries all of it."""
        if key not in self._entries:
            self._entries[key] = _Entry(self.tensors[key])

    def follow(self, identity, module):
        """From now on, messages carry changes of module.training."""
        self._modules.setdefault(identity, [module, module.training])

    def rows(self, packer):
        """What has changed, for a message. Call commit() once it is on its way."""
        tensors = [(key, _changes(entry, packer)) for key, entry in self._entries.items()]
        modes = [
            (identity, bool(module.training))
            for identity, (module, known) in self._modules.items()
            if module.training != known
        ]
        return [row for row in tensors if row[1]], modes

    def commit(self, rows, modes):
        """What rows() gave has been sent: the other side knows it."""
        for key, _ in rows:
            self._entries[key].remember()
        for identity, training in modes:
            self._modules[identity][1] = training

    def apply(self, rows, modes, unpacker, may_begin):
        """Take over what the other side has changed.

        may_begin: key -> bool, for keys that were unknown or not yet tracked.
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

    def _begin(self, key, change, unpacker):
        if key not in self.tensors:
            value = unpacker.at(change["value"]).clone()
            kind = change.get("kind")
            self.name(key, nn.Parameter(value, False) if kind == "parameter" else value)
        self.track(key)


def _changes(entry, packer):
    tensor, change = entry.tensor, {}
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


def _apply(tensor, change, unpacker):
    if "value" in change:
        value = unpacker.at(change["value"])
        if value.shape != tensor.shape or value.dtype != tensor.dtype:
            tensor.data = value.clone()
        elif change.get("in_place"):
            # Counted by torch as a change, as it was on the other side.
            with torch.no_grad():
                tensor.copy_(value)
        else:
            tensor.data.copy_(value)
    if "requires_grad" in change:
        tensor.requires_grad_(bool(change["requires_grad"]))
    if "grad" in change:
        grad = None if change["grad"] is None else unpacker.at(change["grad"])
        if change.get("same_grad") and tensor.grad is not None and grad.shape == tensor.grad.shape:
            with torch.no_grad():
                tensor.grad.copy_(grad)
        else:
            tensor.grad = None if grad is None else grad.clone()


def same(a, b):
    """Whether two tensors (or None) hold the same bits."""
    if a is None or b is None:
        return a is b
    return a.shape == b.shape and a.dtype == b.dtype and torch.equal(_bits(a), _bits(b))


def _bits(tensor):
    return tensor.detach().contiguous().reshape(-1).view(torch.uint8)
