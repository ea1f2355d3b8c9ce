"""Run `.cuda()` and `device="cuda"` on the CPU, because a sandbox has no GPU.

Otherwise a notebook written on a GPU would stop at its first `.cuda()` and lose points although
nothing in it is wrong. The few functions that take a device are wrapped; `torch.device` itself is
unchanged. A PretendedGPU sees the names of devices as the student wrote them.
"""

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.utils import _device

from helpers.pretended_gpu import PretendedGPU

# Frames of this module are nobody's code (see helpers.pretended_gpu).
__tracebackhide__ = True
# What makes a tensor on the device of another one unless it is told otherwise, and methods that do;
# all other functions that make tensors are in a list of torch's.
ALIKE = (
    *("zeros_like", "ones_like", "full_like", "empty_like"),
    *("rand_like", "randn_like", "randint_like", "normal"),
)
NEW = ("new_tensor", "new_zeros", "new_ones", "new_full", "new_empty", "new_empty_strided")


def fall_back() -> None:
    """Wrap torch's functions, unless there is CUDA. Call it once, before any student code."""
    if torch.cuda.is_available():
        return
    # What `with torch.device(...)` affects; torch keeps this set of the unwrapped ones.
    makers = {function.__name__ for function in _device._device_constructors()}
    for name in (*(each for each in sorted(makers) if hasattr(torch, each)), *ALIKE):
        setattr(torch, name, _on_cpu(getattr(torch, name)))
    for name in NEW:
        setattr(torch.Tensor, name, _on_cpu(getattr(torch.Tensor, name)))
    tensor: Any = torch.Tensor
    module: Any = nn.Module
    for kind in (tensor, module):
        kind.to = _on_cpu(kind.to)
        kind.cuda = _stay(kind.cuda)
    module.to_empty = _on_cpu(module.to_empty)
    tensor.pin_memory = _stay(tensor.pin_memory, always=True)
    tensor.type = _type_of_cpu(tensor.type)
    torch.set_default_device = _on_cpu(torch.set_default_device, always=True)
    torch.set_default_tensor_type = _type_of_cpu(torch.set_default_tensor_type)
    # The context of `with torch.device("cuda"):`.
    context: Any = _device.DeviceContext
    context.__init__ = _on_cpu(context.__init__, always=True)
    torch.load = _load_to_cpu(torch.load)
    torch.cuda.synchronize = lambda device=None: None


def _cpu_for(value: Any) -> Any:
    """The CPU for a CUDA device; anything else unchanged."""
    if isinstance(value, torch.device):
        return torch.device("cpu") if value.type == "cuda" else value
    if type(value) is str and value.split(":")[0] == "cuda":
        return "cpu"
    return value


def _on_cpu(function: Callable[..., Any], always: bool = False) -> Any:
    """always: even while a PretendedGPU watches, which does not see this function."""

    @functools.wraps(function)
    def wrapped(*arguments, **keywords):
        if PretendedGPU.active and not always:
            return function(*arguments, **keywords)
        if "device" in keywords:
            keywords["device"] = _cpu_for(keywords["device"])
            if type(keywords["device"]) is int:  # the number of a GPU
                keywords["device"] = "cpu"
        return function(*map(_cpu_for, arguments), **keywords)

    return wrapped


def _stay(method: Callable[..., Any], always: bool = False) -> Any:
    @functools.wraps(method)
    def wrapped(self, *arguments, **keywords):
        watched = PretendedGPU.active and not always
        return method(self, *arguments, **keywords) if watched else self

    return wrapped


def _type_of_cpu(function: Callable[..., Any]) -> Any:
    """Replace types such as torch.cuda.FloatTensor, and their names, by those of the CPU."""

    @functools.wraps(function)
    def wrapped(*arguments, **keywords):
        return function(*map(_cpu_type_for, arguments), **keywords)

    return wrapped


def _cpu_type_for(value: Any) -> Any:
    name = value if type(value) is str else f"{getattr(value, '__module__', '')}."
    if type(value) is not str and isinstance(value, type(torch.FloatTensor)):
        name = f"{value.__module__}.{value.__name__}"
    return name.replace("torch.cuda.", "torch.") if name.startswith("torch.cuda.") else value


def _load_to_cpu(load: Callable[..., Any]) -> Any:
    @functools.wraps(load)
    def wrapped(f, map_location=None, **keywords):
        location = "cpu" if map_location is None else _cpu_for(map_location)
        return load(f, map_location=location, **keywords)

    return wrapped
