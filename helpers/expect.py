"""Visible checks: one line when an answer is right; expected, got and a hint when it is not.

>>> close("loss of one pair", 0.5, 0.5)
✓ loss of one pair

Every check takes a label, what the student's code returned, and what it should be. A wrong answer
raises ``Mismatch``, which a notebook shows without a traceback.
"""

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from textwrap import wrap
from typing import Any

import numpy as np
import torch
from torch import nn

from helpers import budget, graphs, unwritten
from helpers.mismatch import TEXT_WIDTH, Mismatch
from helpers.pretended_gpu import PretendedGPU

# The checks below a stub, and the cells that use it, say so in one line.
unwritten.install()

# Answers of up to this many values are shown in full.
SHOWN_IN_FULL = 8


def close(
    label: str,
    got: Any,
    expected: Any,
    *,
    rtol: float = 1e-4,
    atol: float = 1e-5,
    hints: Mapping[Any, str] | None = None,
    needs_grad: bool = False,
) -> None:
    """Check numbers: |got - expected| <= atol + rtol |expected|, value by value.

    Args:
        label: what is checked.
        got: a number, array or tensor, on any device. Sizes of 1 do not matter: (N, 1) is taken
            for (N,), and a tensor with one element for a number.
        expected: a number, array, tensor or (nested) list.
        rtol: relative tolerance.
        atol: absolute tolerance.
        hints: a known wrong answer to a sentence about it: a number that stands for all values, or
            a tuple with a value for each, row by row.
        needs_grad: also require ``got`` to be a tensor through which gradients flow.

    Raises:
        Mismatch: the numbers differ, or ``got`` is not of the kind of ``expected``.
    """
    truth = _numbers(expected)
    answer = _numbers(got)
    what = _show(truth)
    if answer is None:
        raise Mismatch(label, what, _describe(got), _why_no_numbers(got))
    if _sizes(answer) != _sizes(truth):
        several = isinstance(got, (tuple, list)) and truth.ndim == 0
        hint = _why_no_numbers(got) if several else _why_other_shape(answer.shape, truth.shape)
        if truth.ndim == 0 and not several:
            hint = _what_is_missing(answer, truth, rtol, atol) or hint
        raise Mismatch(label, what, _describe(got), hint)
    answer = answer.reshape(truth.shape)
    if not np.allclose(answer, truth, rtol, atol, equal_nan=True):
        hint = _known(answer, hints, rtol, atol) or _why_not_finite(answer, truth)
        shown, seen = _show_difference(truth, answer, rtol, atol)
        raise Mismatch(label, shown, seen, hint)
    if needs_grad and not (isinstance(got, torch.Tensor) and got.requires_grad):
        raise Mismatch(
            label,
            f"{what}, as a tensor that gradients flow through",
            f"the right value without a gradient ({_type_name(got)})",
            "use torch operations throughout: .item(), .detach(), float(), NumPy and "
            "torch.no_grad() cut the gradient.",
        )
    _right(label)


def shape(label: str, got: Any, expected_shape: Sequence[int | None]) -> None:
    """Check the shape of a tensor or array; None in ``expected_shape`` stands for any size.

    Raises:
        Mismatch: the shape differs, or ``got`` has none.
    """
    what = _show_shape(expected_shape)
    sizes = getattr(got, "shape", None)
    if sizes is None or callable(sizes):
        raise Mismatch(label, f"shape {what}", _describe(got), _why_no_numbers(got))
    sizes = tuple(sizes)
    fits = len(sizes) == len(expected_shape) and all(
        wanted is None or size == wanted for size, wanted in zip(sizes, expected_shape, strict=True)
    )
    if not fits:
        hint = _why_other_shape(sizes, tuple(expected_shape))
        raise Mismatch(label, f"shape {what}", f"shape {_show_shape(sizes)}", hint)
    _right(label)


def parameters(label: str, module: Any, count: int, hints: Mapping[int, str] | None = None) -> None:
    """Check how many numbers a network learns.

    Args:
        label: what is checked.
        module: the network.
        count: the right number of parameters.
        hints: a known wrong count to a sentence about it.

    Raises:
        Mismatch: the count differs, or ``module`` is not a ``torch.nn.Module``.
    """
    what = f"{count:,} parameters"
    if not isinstance(module, nn.Module):
        raise Mismatch(label, what, _describe(module), _why_no_module(module))
    shapes = _parameter_shapes(module)
    lazy = [name for name, shape in shapes.items() if shape is None]
    if lazy:
        raise Mismatch(
            label,
            what,
            f"no size yet for {lazy[0]}",
            "a lazy layer learns its size from its first input: give the size, or call the network "
            "once before returning it.",
        )
    got = sum(map(math.prod, shapes.values()))
    if got != count:
        sizes = [f"{name} {' x '.join(map(str, s)) or '1'}" for name, s in shapes.items()]
        listed = "\n".join(sizes[:SHOWN_IN_FULL] + ["..."] * (len(sizes) > SHOWN_IN_FULL))
        raise Mismatch(label, what, f"{got:,}\n{listed}".rstrip(), (hints or {}).get(got))
    _right(label)


def within(label: str, got: Any, low: float, high: float, hint: str | None = None) -> None:
    """Check that a number, or every value of an array or tensor, is in [low, high].

    Raises:
        Mismatch: a value is outside or nan, or ``got`` holds no numbers.
    """
    what = f"from {low:g} to {high:g}"
    answer = _numbers(got)
    if answer is None or answer.size == 0:
        raise Mismatch(label, what, _describe(got), _why_no_numbers(got) or hint)
    if not np.all((answer >= low) & (answer <= high)):
        seen = _show(answer) if answer.size == 1 else _show_range(answer)
        raise Mismatch(label, what, seen, _why_not_finite(answer) or hint)
    _right(label)


def true(label: str, condition: Any, otherwise: str) -> None:
    """Check a condition: a bool, or a tensor or array of bools that must all be True.

    Raises:
        Mismatch: the condition does not hold; ``otherwise`` is the hint.
    """
    holds = condition.all() if isinstance(condition, (torch.Tensor, np.ndarray)) else condition
    if not holds:
        raise Mismatch(label, hint=otherwise)
    _right(label)


def cut_off(label: str, result: Any, shorter: Any, model: nn.Module) -> None:
    """Check that a loop keeps no graph: not that of its earlier steps, nor one to the weights.

    Args:
        label: what is checked.
        result: of a loop of several steps; a tensor or a list of them.
        shorter: of the same loop with fewer steps.
        model: the network that is called in each step.

    Raises:
        Mismatch: the graph behind the result is deeper, or leads to the parameters.
    """
    hint = "detach() the result of every step: it is all that the next one needs."
    deep, less = graphs.depth(result), graphs.depth(shorter)
    if deep > less:
        kept = f"{deep} operations are kept in memory, {less} after fewer steps"
        raise Mismatch(label, "no memory of earlier steps", kept, hint)
    if graphs.leads_to(result, model.parameters()):
        kept = "it is still connected with the weights of the network"
        raise Mismatch(label, "no connection", kept, f"{hint} create_graph=True is not needed.")
    _right(label)


def on_gpu(label: str, run: Callable[[], Any]) -> None:
    """Say whether ``run()`` would work on a GPU as well; never fails, since no GPU was asked for.

    While a notebook is graded nothing is said: what is right on the CPU counts.
    """
    if budget.being_graded():
        return
    gpu = PretendedGPU()
    try:
        with gpu:
            gpu.arrived(run())
    except Exception as error:  # the lines above have called the same code
        gpu.problems.append(f"it raised {type(error).__name__}: {error}")
    if gpu.problems:
        lines = wrap(f"on a GPU it would fail: {gpu.problems[0]}", TEXT_WIDTH)
        print(f"! {label}", *lines, sep="\n  ")
    else:
        _right(label)


def _right(label: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    try:
        "✓".encode(encoding)
    except UnicodeEncodeError:
        # A Windows console with an old code page.
        print(f"ok {label}".encode(encoding, "replace").decode(encoding))
    else:
        print(f"✓ {label}")


def _numbers(value: Any) -> np.ndarray | None:
    """``value`` in float64, or None when it is not made of real numbers."""
    if isinstance(value, torch.Tensor):
        if value.is_complex():
            return None
        # To the CPU first: Apple's MPS has no float64.
        return value.detach().cpu().double().numpy()
    if isinstance(value, (list, tuple)):
        parts = [_numbers(part) for part in value]
        if any(part is None for part in parts) or len({part.shape for part in parts}) > 1:
            return None
        return np.stack(parts) if parts else np.zeros(0)
    if isinstance(value, (bool, int, float, np.number, np.bool_, np.ndarray)):
        array = np.asarray(value)
        return array.astype(np.float64) if array.dtype.kind in "biuf" else None
    return None


def _parameter_shapes(module: nn.Module) -> dict[str, tuple[int, ...] | None]:
    """Shapes by name; None for a lazy layer."""
    # A network in another process gives its shapes without sending millions of numbers.
    if hasattr(type(module), "parameter_sizes"):
        return module.parameter_sizes()
    lazy = nn.parameter.UninitializedParameter
    named = module.named_parameters()
    return {name: None if isinstance(p, lazy) else tuple(p.shape) for name, p in named}


def _sizes(array: np.ndarray) -> tuple[int, ...]:
    return tuple(size for size in array.shape if size != 1)


def _known(
    answer: np.ndarray, hints: Mapping[Any, str] | None, rtol: float, atol: float
) -> str | None:
    """The hint for the known wrong answer that ``answer`` is."""
    for wrong, sentence in (hints or {}).items():
        values = _numbers(wrong)
        fits = values.ndim == 0 or values.size == answer.size
        if fits and np.allclose(answer.ravel(), values.ravel(), rtol, atol, equal_nan=True):
            return sentence
    return None


def _why_no_numbers(got: Any) -> str | None:
    if got is None:
        return "is the return statement missing?"
    if isinstance(got, (tuple, list)):
        return "return one value, not several."
    if isinstance(got, nn.Module):
        return "this is a network: was it called on an input?"
    if isinstance(got, Callable):
        return "this was never called: are its parentheses missing?"
    return None


def _why_no_module(got: Any) -> str | None:
    if got is None:
        return "is the return statement missing?"
    if isinstance(got, type):
        return "this is the class itself: return an instance, with parentheses."
    return "build the network from torch.nn, for example with nn.Sequential."


def _why_other_shape(got: tuple[int, ...], expected: tuple[int | None, ...]) -> str | None:
    known = math.prod(size for size in expected if size is not None)
    if len(got) == 2 and got[0] == got[1] > 1 and known in (1, got[0]):
        n = got[0]
        return f"({n}, {n}): was ({n}, 1) combined with ({n},)? Give both the same shape."
    if len(expected) == 0:
        return "one number was expected: is a mean or a sum missing?"
    if math.prod(got) == 1:
        return "a single number: was the mean or the sum taken over the whole batch?"
    if None in expected:
        return None
    if len(got) == len(expected) > 1 and sorted(got) == sorted(expected):
        return "the axes are in another order: transpose or permute, not reshape."
    if math.prod(got) == known:
        return "the right number of values in the wrong shape: reshape it."
    if got[1:] == expected[1:]:
        return f"the first size should be {expected[0]}: is a batch size written into the code?"
    return None


def _what_is_missing(answer: np.ndarray, truth: np.ndarray, rtol: float, atol: float) -> str | None:
    """What makes the one right number out of several; None if neither mean nor sum does."""
    table = answer.ndim == 2 and answer.shape[0] == answer.shape[1] > 1
    if answer.size == 0 or table:
        return None
    if np.isclose(answer.mean(), truth, rtol, atol):
        return "one number was expected: is the mean over the batch missing?"
    if np.isclose(answer.sum(), truth, rtol, atol):
        return "one number was expected: is the sum missing?"
    return None


def _why_not_finite(answer: np.ndarray, truth: np.ndarray | None = None) -> str | None:
    if truth is not None and np.isinf(truth).any():
        # Infinity is asked for, be it in another place.
        answer = answer[~np.isinf(answer)]
    if np.isnan(answer).any():
        return (
            "nan is not a number: look for 0 / 0, the log of a negative number, 0 times infinity, "
            "or infinity minus infinity."
        )
    if np.isinf(answer).any():
        return "infinity: look for a log of 0, a division by 0, or an exp of a large number."
    return None


def _show(array: np.ndarray) -> str:
    if array.size == 1:
        return f"{array.item():.6g}"
    if array.size <= SHOWN_IN_FULL:
        return np.array2string(array, precision=4, suppress_small=True, separator=", ")
    return f"an array of shape {_show_shape(array.shape)}"


def _show_difference(
    truth: np.ndarray, answer: np.ndarray, rtol: float, atol: float
) -> tuple[str, str]:
    """Expected and got, short enough to read and long enough to see where they differ."""
    if truth.size == 1:
        digits = 6
        while f"{truth.item():.{digits}g}" == f"{answer.item():.{digits}g}" and digits < 17:
            digits += 1
        return f"{truth.item():.{digits}g}", f"{answer.item():.{digits}g}"
    if truth.size <= SHOWN_IN_FULL:
        return _show(truth), _show(answer)
    wrong = ~np.isclose(answer, truth, rtol, atol, equal_nan=True)
    place = tuple(map(int, np.argwhere(wrong)[0]))
    where = f"at {list(place)}, the first of {wrong.sum():,} that differ out of {wrong.size:,}"
    return f"{truth[place]:.6g} {where}", f"{answer[place]:.6g} there"


def _show_range(array: np.ndarray) -> str:
    if np.isnan(array).any():
        return f"nan in {np.isnan(array).sum():,} of {array.size:,} values"
    return f"values from {array.min():.6g} to {array.max():.6g}"


def _show_shape(sizes: Sequence[int | None]) -> str:
    return str(tuple("any" if size is None else int(size) for size in sizes)).replace("'", "")


def _type_name(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        return "a tensor with requires_grad=False"
    return f"a {type(value).__name__}"


def _describe(value: Any) -> str:
    """What a student returned, in a few words."""
    if value is None:
        return "None"
    if isinstance(value, (torch.Tensor, np.ndarray)):
        kind = "a tensor" if isinstance(value, torch.Tensor) else "an array"
        return f"{kind} of shape {_show_shape(value.shape)} and type {value.dtype}"
    if isinstance(value, (tuple, list)):
        inside = ", ".join(_describe(part) for part in value[:3])
        return f"a {type(value).__name__} of {len(value)}: {inside}{', ...' * (len(value) > 3)}"
    if isinstance(value, (bool, int, float, str)):
        return f"the {type(value).__name__} {value!r:.60}"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if not isinstance(value, nn.Module) and callable(value):
        return f"the function {getattr(value, '__name__', type(value).__name__)}"
    return f"an object of type {type(value).__name__}"
