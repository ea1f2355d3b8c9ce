"""`.cuda()` and `device="cuda"` mean the CPU in a sandbox, which has no GPU.

A notebook written on a GPU would stop here at its first `.cuda()` and lose points for nothing
that its author got wrong. The few functions that take a device are wrapped; `torch.device`
itself stays what it is.
"""

import functools

import torch
from torch import nn
from torch.utils import _device

# Functions of torch that make tensors, and methods of a tensor that do.
FACTORIES = (
    *("tensor", "as_tensor", "asarray", "zeros", "ones", "full", "empty", "eye", "arange"),
    *("linspace", "logspace", "rand", "randn", "randint", "randperm", "normal"),
    *("zeros_like", "ones_like", "full_like", "empty_like"),
    *("rand_like", "randn_like", "randint_like", "hann_window"),
)
NEW = ("new_tensor", "new_zeros", "new_ones", "new_full", "new_empty")


def fall_back():
    """Wrap, where there is no CUDA; call it once, before any student's code."""
    if torch.cuda.is_available():
        return
    # `with torch.device(...)` finds the functions that heed it in this set: the bare ones.
    _device._device_constructors()
    for name in FACTORIES:
        setattr(torch, name, _on_cpu(getattr(torch, name)))
    for name in NEW:
        setattr(torch.Tensor, name, _on_cpu(getattr(torch.Tensor, name)))
    for kind in (torch.Tensor, nn.Module):
        kind.to = _on_cpu(kind.to)
        kind.cuda = _stay(kind.cuda)
    nn.Module.to_empty = _on_cpu(nn.Module.to_empty)
    torch.Tensor.pin_memory = _stay(torch.Tensor.pin_memory)
    torch.Tensor.type = _type_of_cpu(torch.Tensor.type)
    torch.set_default_device = _on_cpu(torch.set_default_device)
    torch.set_default_tensor_type = _type_of_cpu(torch.set_default_tensor_type)
    # What `with torch.device("cuda"):` makes.
    _device.DeviceContext.__init__ = _on_cpu(_device.DeviceContext.__init__)
    torch.load = _load_to_cpu(torch.load)
    torch.cuda.synchronize = lambda device=None: None


def _cpu_for(value):
    """The CPU for a CUDA device, anything else as it is."""
    if isinstance(value, torch.device):
        return torch.device("cpu") if value.type == "cuda" else value
    if type(value) is str and value.split(":")[0] == "cuda":
        return "cpu"
    return value


def _on_cpu(function):
    @functools.wraps(function)
    def wrapped(*arguments, **keywords):
        if "device" in keywords:
            keywords["device"] = _cpu_for(keywords["device"])
            if type(keywords["device"]) is int:  # the number of a GPU
                keywords["device"] = "cpu"
        return function(*map(_cpu_for, arguments), **keywords)

    return wrapped


def _stay(method):
    @functools.wraps(method)
    def wrapped(self, *arguments, **keywords):
        return self

    return wrapped


def _type_of_cpu(function):
    """For torch.cuda.FloatTensor and its name."""

    @functools.wraps(function)
    def wrapped(*arguments, **keywords):
        return function(*map(_cpu_type_for, arguments), **keywords)

    return wrapped


def _cpu_type_for(value):
    name = value if type(value) is str else f"{getattr(value, '__module__', '')}."
    if type(value) is not str and isinstance(value, type(torch.FloatTensor)):
        name = f"{value.__module__}.{value.__name__}"
    return name.replace("torch.cuda.", "torch.") if name.startswith("torch.cuda.") else value


def _load_to_cpu(load):
    @functools.wraps(load)
    def wrapped(f, map_location=None, **keywords):
        place = "cpu" if map_location is None else _cpu_for(map_location)
        return load(f, map_location=place, **keywords)

    return wrapped
