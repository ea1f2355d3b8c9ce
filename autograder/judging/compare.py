"""Compare what was observed of two callables; one sentence for each difference."""

import math
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import torch

from autograder.judging import CHECKS_PACKAGE
from autograder.judging.distribution import Distribution, LikeSample
from autograder.judging.estimate import Estimate
from autograder.judging.exercise import Inputs, Observations, Probe, Tolerance
from autograder.judging.numbers import as_numbers

# Files that no student wrote: Python's, installed packages, and this kit's.
_OURS = Path(__file__).parents[2]
_NOT_STUDENTS = (
    *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")),
    *(str(_OURS / package) for package in ("autograder", "helpers")),
)


@dataclass(frozen=True)
class Raised:
    """What is observed of a call that raised an exception."""

    type: str
    message: str = ""
    line: int | None = None


@dataclass(frozen=True)
class Difference:
    observation: str
    expected: object
    got: object
    sentence: str


def attempt(probe: Probe, call: Callable, inputs: Inputs) -> Observations | Raised:
    """Observations of `call` on the probe's inputs, or Raised."""
    try:
        return probe.observe(call, inputs)
    except Exception as error:  # whatever student code raises is an observation
        return raised(error)


def raised(error: BaseException) -> Raised:
    """Keep an exception's type, the start of its text, and the student's line."""
    try:
        message = str(error)[:300]
    except Exception:  # an exception class of the student's own
        message = ""
    if hasattr(type(error), "line"):  # of a sandbox, where the line is known
        line = error.line  # type: ignore[attr-defined]
    else:
        line = _line_of(error)
    return Raised(type(error).__name__, message, line)


def _line_of(error):
    """The deepest line that the student wrote; None when no frame is the student's."""
    line, trace = None, error.__traceback__
    while trace:
        if is_students(trace.tb_frame):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def is_students(frame: FrameType) -> bool:
    """Whether a frame of this process runs code that a student wrote."""
    of_checks = str(frame.f_globals.get("__name__")).startswith(CHECKS_PACKAGE)
    return not of_checks and not frame.f_code.co_filename.startswith(_NOT_STUDENTS)


def mismatches(
    observed: Observations | Raised, expected: Observations | Raised, tolerance: Tolerance
) -> list[Difference]:
    """Differences between two results of attempt(); an empty list when they agree."""
    if isinstance(observed, Raised) or isinstance(expected, Raised):
        return _compare_raised(observed, expected)
    pairs = ((name, truth, observed.get(name)) for name, truth in expected.items())
    found = (_compare(name, truth, got, tolerance) for name, truth, got in pairs)
    return [difference for difference in found if difference]


def _compare_raised(observed, expected):
    if isinstance(observed, Raised) and isinstance(expected, Raised):
        if observed.type == expected.type and expected.message in observed.message:
            return []
    if isinstance(observed, Raised):
        sentence = about(observed)
    else:
        sentence = "no exception was raised"
    return [Difference("call", expected, observed, sentence)]


def about(failure: Raised) -> str:
    """The sentence for a Raised."""
    where = f" (line {failure.line})" if failure.line else ""
    return f"it raised {failure.type}{where}: {failure.message}".strip(": ")


def _compare(name, truth, got, tolerance):
    if isinstance(truth, Estimate):
        numbers = as_numbers(got)
        near = numbers is not None and truth.accepts(numbers)
        return None if near else _compare(name, truth.value, got, tolerance)
    if isinstance(truth, (Distribution, LikeSample)):
        sentence = _compare_sample(name, truth, got)
    elif isinstance(truth, torch.Tensor):
        sentence = _compare_numbers(name, truth, got, tolerance)
    elif isinstance(truth, bool):
        sentence = None if truth is got else f"it does not hold that {name}"
    else:
        same = type(truth) is type(got) and truth == got
        sentence = None if same else f"{name}: {_plain(got)}, which is not right"
    return Difference(name, truth, got, sentence) if sentence else None


def _compare_sample(name, law, got):
    numbers = as_numbers(got) if isinstance(got, torch.Tensor) else None
    if numbers is None:
        return f"{name}: a tensor is expected, not {_plain(got)}"
    if not torch.isfinite(numbers).all():
        return f"{name}: some values are not finite"
    return None if law.accepts(numbers) else f"{name}: drawn from another distribution"


def _without_ones(shape):
    return tuple(side for side in shape if side != 1)


def _compare_numbers(name, truth, got, tolerance):
    numbers, truth = as_numbers(got), as_numbers(truth)
    if name.startswith("gradient") and (numbers is None or not numbers.any()) and truth.any():
        return f"no {name}: it is not used, or detach(), .item() or NumPy cuts the graph"
    if got is None:
        return f"{name}: None (is a return missing?)"
    if numbers is None:
        return f"{name}: a number is expected, not {_plain(got)}"
    if _without_ones(numbers.shape) != _without_ones(truth.shape):
        return f"{name}: {_about_shapes(tuple(numbers.shape), tuple(truth.shape))}"
    numbers, truth = numbers.flatten(), truth.flatten()
    if torch.allclose(numbers, truth, tolerance.rtol, tolerance.atol, equal_nan=True):
        return None
    if torch.isfinite(truth).all() and not torch.isfinite(numbers).all():
        return f"{name}: not finite (nan or inf)"
    return f"{name}: {_relation(numbers, truth, tolerance)}"


def _about_shapes(got, truth):
    sentence = f"shape {got} where {truth} is right"
    if not truth and len(got) == 2 and got[0] == got[1]:
        return sentence + " ((N, 1) combined with (N,) makes an (N, N) table)"
    if not truth:
        return sentence + " (is the mean over the batch missing?)"
    return sentence


def _relation(got, truth, tolerance):
    """The simplest relation to the truth that explains the difference, without its value.

    Any single number is some multiple of the truth: there, only whole ratios say something.
    """

    def close(a, b):
        return torch.allclose(a, b, 10 * tolerance.rtol, 10 * tolerance.atol)

    if close(got, -truth):
        return "right but for its sign"
    anchor = truth.abs().argmax()
    if truth[anchor] != 0:
        factor = (got[anchor] / truth[anchor]).item()
        if math.isfinite(factor) and abs(factor) > 1e-3 and close(got, factor * truth):
            ratio = max(abs(factor), 1 / abs(factor))
            if len(truth) == 1 and abs(ratio - round(ratio)) > 1e-3:
                return "another number than the right one"
            return f"{factor:.4g} times the right one"
    return "another number than the right one"


def _plain(value):
    """Short and safe to print, whatever a student returned."""
    if type(value) in (bool, int, float, str, type(None)):
        return repr(value)[:60]
    if type(value) is tuple and all(type(side) is int for side in value):
        return repr(value)[:60]
    if isinstance(value, torch.Tensor):
        return f"a tensor of {value.dtype} and shape {tuple(value.shape)}"
    return f"something of type {type(value).__name__}"
