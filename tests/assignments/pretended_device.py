"""A second device that is only pretended: it refuses what CUDA refuses, and computes on the CPU.

Its tensors are of a subclass that says it is on cuda:0. Mixed with CPU tensors, given a CPU
generator or asked for NumPy they raise as torch does. It cannot show kernels, numerics, memory.
"""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

CUDA, CPU = torch.device("cuda", 0), torch.device("cpu")
MIXED = "Expected all tensors to be on the same device, but found cuda:0 and cpu"
# They take tensors of both devices; a property of one tensor is no mix either.
MAY_MIX = ("copy_", "__get__", "__set__", "backward", "grad", "set_", "_make_subclass", "type_as")
MODULES = "_has_compatible_shallow_copy_type"
# They take no CPU tensor beside others, not even a single number.
STRICT = ("cat", "stack", "mm", "matmul", "bmm", "linear", "conv2d", "equal", "allclose", "isclose")
INDEXING = ("__getitem__", "__setitem__", "index_put", "index_put_")


class OnCuda(Tensor):
    """A tensor that says it is on cuda:0."""

    def __format__(self, spec: str) -> str:
        """As a plain tensor's: a subclass would not be formatted as a number."""
        return format(self.item() if self.dim() == 0 else str(self), spec)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        """A copy with the mark, and a parameter if it is one: an average of weights needs them."""
        if id(self) not in memo:
            copied = self.detach().clone()
            is_parameter = isinstance(self, torch.nn.Parameter)
            memo[id(self)] = torch.nn.Parameter(copied) if is_parameter else copied
            memo[id(self)].requires_grad_(self.requires_grad)
        return memo[id(self)]


class PretendedDevice(TorchFunctionMode):
    """The mode in which torch.device("cuda") can be used."""

    def __torch_function__(
        self, func: Callable, types: Any, args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Refuse what CUDA refuses, run the rest on the CPU and mark what it gives."""
        kwargs = dict(kwargs or {})
        with torch._C.DisableTorchFunctionSubclass():
            if func in _PLACES:
                return _PLACES[func](isinstance(args[0], OnCuda))
            if func is Tensor.as_subclass:
                return func(*args, **kwargs)
            if func in (Tensor.cuda, Tensor.cpu, Tensor.to):
                return _moved(func, args, kwargs)
            name = getattr(func, "__name__", "")
            asked = kwargs.get("device")
            wanted = None if asked is None else torch.device(asked).type
            if wanted:
                kwargs["device"] = CPU
            there = [t for t in _tensors((args, kwargs)) if isinstance(t, OnCuda)]
            here = [t for t in _tensors((args, kwargs)) if not isinstance(t, OnCuda)]
            if func in (Tensor.numpy, Tensor.__array__) and there:
                raise TypeError(
                    "can't convert cuda:0 device type tensor to numpy; use Tensor.cpu()"
                )
            if kwargs.get("generator") is not None and (there or wanted == "cuda"):
                raise RuntimeError("Expected a 'cuda' device type for generator but found 'cpu'")
            if there and here:
                _refuse_mix(name, args, there, here)
            if func is Tensor.detach_ and there and args[0].grad_fn is None:
                # A marked tensor is a view, which torch does not detach in place.
                return args[0].requires_grad_(False)
            result = func(*args, **kwargs)
            if not there and wanted != "cuda":
                return result
            same = [t for t in there if t is result]
            return same[0] if same else _mapped(_on_cuda, result)


_PLACES = {
    Tensor.device.__get__: lambda there: CUDA if there else CPU,  # type: ignore[attr-defined]
    Tensor.is_cuda.__get__: bool,  # type: ignore[attr-defined]
    Tensor.is_cpu.__get__: lambda there: not there,  # type: ignore[attr-defined]
    Tensor.get_device: lambda there: 0 if there else -1,
}


def pretend() -> None:
    """Give this process the device, for good: torch.cuda.is_available() is True from here on."""
    PretendedDevice().__enter__()
    # Else a module that moves keeps its CPU parameters and takes over the new values alone.
    torch.__future__.set_overwrite_module_params_on_conversion(True)
    card = type("Card", (), {"name": "pretended", "total_memory": 1 << 34, "major": 9, "minor": 0})
    for name, answer in (
        ("is_available", True),
        ("device_count", 1),
        ("get_device_name", "pretended"),
        ("get_device_properties", card),
        ("get_device_capability", (9, 0)),
        ("get_arch_list", ["sm_90"]),
        ("synchronize", None),
        ("empty_cache", None),
        ("max_memory_allocated", 0),
    ):
        setattr(torch.cuda, name, lambda *args, answer=answer, **options: answer)
    for check in ("_accelerator_graph_capture_health_check", "_cuda_graph_capture_health_check"):
        setattr(torch.optim.Optimizer, check, lambda self: None)


def _refuse_mix(name, args, there, here):
    if name in MAY_MIX or name == MODULES:
        return
    if name in INDEXING:
        # Indices and new values may come from the CPU, but not the other way round.
        index = list(_tensors(args[1:2]))
        if not isinstance(args[0], OnCuda) and any(isinstance(t, OnCuda) for t in index):
            raise RuntimeError("indices should be on the same device as the indexed tensor (cpu)")
        return
    if any(tensor.dim() or name in STRICT for tensor in here):
        raise RuntimeError(f"{MIXED}! (in {name})")


def _moved(func, args, kwargs):
    tensor, rest = args[0], list(args[1:])
    target = {Tensor.cuda: CUDA, Tensor.cpu: CPU}.get(func)
    if func is Tensor.to:
        place = next((n for n, value in enumerate(rest) if _is_place(value)), None)
        if place is not None:
            target = _place_of(rest[place])
            rest[place] = rest[place].dtype if isinstance(rest[place], Tensor) else CPU
        elif kwargs.get("device") is not None:
            target, kwargs["device"] = torch.device(kwargs["device"]), CPU
    was_there = isinstance(tensor, OnCuda)
    result = func(tensor, *rest, **kwargs) if func is Tensor.to else tensor
    is_there = was_there if target is None else target.type == "cuda"
    if is_there == was_there:  # another dtype is a new tensor, which has lost the mark
        return _on_cuda(result) if is_there else result
    result = result.clone()
    return _on_cuda(result) if is_there else result.as_subclass(Tensor)


def _is_place(value):
    return isinstance(value, (str, torch.device, Tensor))


def _place_of(value):
    if isinstance(value, Tensor):
        return CUDA if isinstance(value, OnCuda) else CPU
    return torch.device(value)


def _on_cuda(tensor):
    return tensor if isinstance(tensor, OnCuda) else tensor.as_subclass(OnCuda)


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _tensors(part)
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))


def _mapped(change, value):
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_mapped(change, part) for part in value))
    if type(value) in (list, tuple):
        return type(value)(_mapped(change, part) for part in value)
    return value
