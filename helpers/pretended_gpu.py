"""Notice, on a computer without a GPU, what would fail on one.

Every tensor counts as on the GPU, except those that the watched code makes on the CPU: by
``torch.randn(3)`` without ``device=``, by ``.cpu()``, or from such tensors alone. Values do not
change. Where both kinds meet, a GPU would raise "Expected all tensors to be on the same device".
A ``torch.device`` that says "cpu" here may be one that was asked for, or the best there is, which
is a GPU elsewhere: what it makes is on either, and meets both kinds.
torch does not let ``torch.Tensor(...)`` and ``torch.from_numpy`` be seen.
"""

import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

_NOT_OWN = (
    *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")),
    str(Path(__file__).parent),
    "<frozen",
)
CPU, GPU, EITHER = "cpu", "gpu", "either"
# These are torch's own, whatever takes their places later. They take tensors of both kinds.
_CUDA, _CPU, _TENSOR = Tensor.cuda, Tensor.cpu, torch.tensor
_MOVES = (Tensor.to, Tensor.type_as)
_MAY_MIX = (Tensor.copy_, Tensor.__setitem__, *_MOVES)
# They take no CPU tensor beside others, not even a single number.
_STRICT = (torch.cat, torch.stack, torch.concat, torch.mm, torch.matmul, torch.equal)
_BACKWARD = (torch.autograd.grad, torch.autograd.backward, Tensor.backward)
_MEETS = "where it meets one of another device: use device=x.device"
_TO_NUMPY = (Tensor.numpy, Tensor.__array__)
_DEVICE = Tensor.device.__get__  # type: ignore[attr-defined]


def is_own_file(path: str) -> bool:
    """Return whether code of this file belongs to neither Python, a package, nor helpers."""
    return not path.startswith(_NOT_OWN)


def is_own_code(frame: FrameType) -> bool:
    """Return whether a frame is of neither Python, an installed package, nor helpers.

    Nor of a module that says ``__tracebackhide__ = True``, such as one that wraps torch.
    """
    own = is_own_file(frame.f_code.co_filename)
    return own and not frame.f_globals.get("__tracebackhide__")


class PretendedGPU(TorchFunctionMode):
    """Context that notices where tensors on different devices would meet; nothing fails.

    ``.cuda()`` and ``.to("cuda")`` do nothing in it.

    Args:
        watched: whether a frame belongs to the code that is looked at.

    Attributes:
        problems: one sentence for each thing that would fail on a GPU.
        named_cuda: whether the code itself asked for CUDA by name.
        active: how many such contexts are open.
    """

    active: ClassVar[int] = 0

    def __init__(self, watched: Callable[[FrameType], bool] = is_own_code) -> None:
        super().__init__()
        self._watched, self._outside = watched, None
        self._devices: dict[int, tuple[torch.device, str]] = {}
        self.problems: list[str] = []
        self.named_cuda = False

    def __enter__(self) -> "PretendedGPU":
        """Watch from now on, what the code of this context calls."""
        self._outside = sys._getframe(1)
        PretendedGPU.active += 1
        return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        """Watch no more."""
        PretendedGPU.active -= 1
        super().__exit__(*error)

    def arrived(self, result: Any) -> Any:
        """Return a network after what ``.to(device)`` does; any other object as it is."""
        if isinstance(result, nn.Module):
            for tensor in (*result.parameters(), *result.buffers()):
                vars(tensor).pop("_made_on_cpu", None)
        return result

    def handed_over(self, values: Any) -> None:
        """Look at what is given to code that is not watched, and works on the GPU."""
        made = (_place(tensor) for tensor in _tensors(values) if tensor.dim())
        if foreign := next((where for where in made if where not in (GPU, EITHER)), None):
            self._note(f"{foreign}, {_MEETS}")

    def __torch_function__(
        self, func: Callable, types: Any, args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run one function of torch, and look at where its tensors are."""
        func = _unwrapped(func)
        if func is _CUDA:
            self.named_cuda = True
            return _elsewhere(args[0], GPU)
        args, kwargs, asked = self._without_cuda(func, args, dict(kwargs or {}))
        given = list(_tensors((args, kwargs)))
        self._look(func, args, kwargs, given)
        result = func(*args, **kwargs)
        if func == _DEVICE:  # kept, so that no other object gets its id
            self._devices[id(result)] = result, _place(args[0])
            return result
        if func is _CPU or (func in _MOVES and asked):
            made = "a tensor is moved to the CPU" if asked in (CPU, None) else asked
            return _elsewhere(result, made)
        made = self._made_on_cpu(func, asked, given)
        if made and made != GPU and not any(result is one for one in given):
            for tensor in _tensors(result):
                tensor._made_on_cpu = made  # type: ignore[attr-defined]
        return result

    def _without_cuda(self, func, args, kwargs):
        """The arguments without a GPU's name, and where they ask for the result to be.

        That is CPU, GPU, EITHER, None if they do not ask, or what has made the CPU tensor to
        follow.
        """
        asked = None
        for place, value in [*enumerate(args), *kwargs.items()]:
            is_target = place in ("device", "other") or (func in _MOVES and place == 1)
            if not is_target or not isinstance(value, (str, int, torch.device, Tensor)):
                continue
            if isinstance(value, Tensor):  # x.to(other) goes where the other is
                asked = _place(value)
                continue
            if isinstance(value, torch.device) and value.type == "cpu":
                _, asked = self._devices.get(id(value), (value, EITHER))
            else:
                asked = CPU if value == "cpu" else GPU
            if torch.device(value).type == "cuda":
                self.named_cuda = True
                if isinstance(place, int):
                    args = (*args[:place], "cpu", *args[place + 1 :])
                else:
                    kwargs[place] = "cpu"
        return args, kwargs, asked

    def _made_on_cpu(self, func, asked, given):
        """What made the result on the CPU, in words; GPU or EITHER; None where nobody asks."""
        if asked not in (CPU, None):
            return asked
        if asked == CPU or not given or func is _TENSOR:
            line = self._line_of_caller()
            return line and f"{_name(func)} in line {line} makes a tensor on the CPU"
        made = [_place(tensor) for tensor in given]
        if GPU in made:
            return GPU
        if EITHER not in made or func is Tensor.__getitem__:
            return made[0]
        # Whatever is on either and could meet these must be on the CPU as well.
        return next(iter(_bound(func, made, given)), EITHER)

    def _look(self, func, args, kwargs, given):
        if func in _TO_NUMPY:
            line = self._line_of_caller()
            if line and _place(args[0]) == GPU:
                self._note(
                    f"line {line} turns a tensor into a NumPy array, which works on the CPU only:"
                    " stay with torch, or take .detach().cpu() first"
                )
            return
        if func in _MAY_MIX:
            return
        if func is Tensor.__getitem__ and _place(args[0]) in (GPU, EITHER):
            return  # an index may be on the CPU
        if func in _BACKWARD:  # a gradient is where its output is; inputs may be anywhere
            given = list(_tensors((args[0], args[1 + (func is not Tensor.backward) :], kwargs)))
        made = [_place(tensor) for tensor in given]
        foreign = _bound(func, made, given)
        if foreign and GPU in made and self._watched_code_runs():
            self._note(f"{foreign[0]}, {_MEETS}")

    def _line_of_caller(self):
        """The line of watched code that calls this function of torch; None for other code."""
        frame = sys._getframe(2)
        while frame is not None and frame is not self._outside:
            if is_own_code(frame):
                return frame.f_lineno if self._watched(frame) else None
            frame = frame.f_back
        return None

    def _watched_code_runs(self):
        frame = sys._getframe(2)
        while frame is not None and frame is not self._outside:
            if self._watched(frame):
                return True
            frame = frame.f_back
        return False

    def _note(self, problem):
        if problem not in self.problems:
            self.problems.append(problem)


def _unwrapped(func: Callable) -> Callable:
    """Torch's own function: for a method torch passes on what is under its name by now."""
    is_hidden = getattr(func, "__globals__", {}).get("__tracebackhide__")
    return func.__wrapped__ if is_hidden else func  # type: ignore[attr-defined]


def _place(tensor: Tensor) -> str:
    """GPU, EITHER, or in words what has made the tensor on the CPU."""
    return getattr(tensor, "_made_on_cpu", GPU)


def _bound(func: Callable, made: list[str], given: list[Tensor]) -> list[str]:
    """What has made those tensors on the CPU that can meet no other device in this function.

    A single number on the CPU goes with everything, almost.
    """
    return [
        where
        for where, tensor in zip(made, given, strict=True)
        if where not in (GPU, EITHER) and (tensor.dim() or func in _STRICT)
    ]


def _elsewhere(tensor: Tensor, made: str) -> Tensor:
    """A copy, as a transfer makes, and where it is: GPU, EITHER, or what made it on the CPU."""
    moved = tensor.clone()
    if made != GPU:
        moved._made_on_cpu = made  # type: ignore[attr-defined]
    return moved


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _tensors(part)
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))


def _name(func: Callable) -> str:
    name = getattr(func, "__name__", "this")
    return f"torch.{name}" if hasattr(torch, name) else f"Tensor.{name}"
