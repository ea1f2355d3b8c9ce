"""Compare what was observed of two callables; one sentence for each difference."""

import math
import re
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import torch

from autograder.judging import CHECKS_PACKAGE
from autograder.judging.calls import NotAsAsked, Watched, described, in_a_call, in_words, is_plain
from autograder.judging.distribution import Distribution, LikeSample
from autograder.judging.estimate import Estimate
from autograder.judging.exercise import Inputs, Observations, Probe, Tolerance
from autograder.judging.numbers import as_numbers

# A ratio nearer to 1 than this is told as a small error, not as a multiple.
NEAR = 0.1

# Files that no student wrote: Python's, installed packages, and this kit's.
_OURS = Path(__file__).parents[2]
_NOT_STUDENTS = (
    *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")),
    *(str(_OURS / package) for package in ("autograder", "helpers")),
)


# Sentences of Python and torch that say nothing to a student, and what they mean.
_MEANING = (
    (
        r"not enough values to unpack \(expected (at least )?(\d+), got (\d+)\)",
        r"it takes \2 values apart where there are \3",
    ),
    (
        r"too many values to unpack \(expected (\d+).*\)",
        r"it takes \1 values apart where there are more",
    ),
    (
        r"tuple index out of range",
        "it asks for a dimension or an item that is not there",
    ),
    (
        r".*(NVIDIA|not compiled with CUDA|CUDA error).*",
        "it asks for a GPU, and here is none",
    ),
)
# Exceptions to which the shapes of what a call was given belong.
_OF_SHAPES = ("IndexError", "RuntimeError", "ValueError")


@dataclass(frozen=True)
class Raised:
    """What is observed of a call that raised an exception.

    given: the shapes of what was given to that call, in words.
    returned: what the student's code had returned by then, where an observer stumbled over it:
        the exception is ours.
    """

    type: str
    message: str = ""
    line: int | None = None
    given: str = ""
    returned: object = None
    ours: bool = False


@dataclass(frozen=True)
class Difference:
    observation: str
    expected: object
    got: object
    sentence: str


def attempt(probe: Probe, call: Callable, inputs: Inputs) -> Observations | Raised:
    """Observations of `call` on the probe's inputs, or Raised."""
    watched = call if isinstance(call, Watched) else Watched(call)
    try:
        return probe.observe(watched, inputs)
    except Exception as error:  # whatever student code raises is an observation
        return raised(error, watched)


def raised(error: BaseException, watched: Watched | None = None) -> Raised:
    """Keep an exception's type, the start of its text, and the student's line."""
    try:
        message = str(error)[:300]
    except Exception:  # an exception class of the student's own
        message = ""
    kind, given = type(error).__name__, watched.given if watched else ""
    if isinstance(error, NotAsAsked):
        return Raised(NotAsAsked.__name__, message)
    if hasattr(type(error), "line"):  # of a sandbox, where the line is known
        return Raised(kind, message, error.line, given)  # type: ignore[attr-defined]
    line = _line_of(error)
    if watched is None or line is not None or in_a_call(error):
        return Raised(kind, message, line, given)
    return Raised(kind, message, None, given, watched.returned, ours=True)


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
    return [
        Difference(name, truth, got, _in_words(name, truth, got, tolerance))
        for name, truth, got in pairs
        if not _agrees(name, truth, got, tolerance)
    ]


def differing(
    observed: Observations | Raised, expected: Observations | Raised, tolerance: Tolerance
) -> Iterator[str]:
    """The observations that mismatches() finds, one by one and without words; samples last."""
    if isinstance(observed, Raised) or isinstance(expected, Raised):
        yield from (each.observation for each in _compare_raised(observed, expected))
        return
    for name in sorted(expected, key=lambda name: isinstance(expected[name], _SAMPLES)):
        if not _agrees(name, expected[name], observed.get(name), tolerance):
            yield name


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
    """The sentence for a Raised that is the student's."""
    if failure.type == NotAsAsked.__name__:
        return failure.message
    where = f" (line {failure.line})" if failure.line else ""
    for pattern, meaning in _MEANING:
        match = re.match(pattern, failure.message, flags=re.DOTALL)
        if match:
            message = match.expand(meaning)
            break
    else:
        message = failure.message
    # A toy network that was called with something else says so in a whole sentence.
    how = "it fails" if failure.type == "CourseError" else f"it raised {failure.type}"
    sentence = f"{how}{where}: {message}"
    if failure.given and failure.type in _OF_SHAPES and "GPU" not in message:
        sentence = f"{sentence.rstrip('.')}; it was given shape {failure.given}"
    return sentence.strip(": ")


def about_ours(failure: Raised, truth: Watched) -> str | None:
    """The sentence for an exception of our own code, out of what a student's code returned.

    truth: the oracle, after the same calls. None where nothing that was returned explains it.
    """
    came, right = described(failure.returned), described(truth.returned)
    if came != right:
        given = f"given shape {failure.given}, " if failure.given else ""
        return f"{given}it returned {came} where {right} is right"
    if is_plain(failure.returned):
        return None
    return f"{came} that it returned does not work as asked: {failure.type}: {failure.message}"


_SAMPLES = Distribution, LikeSample


def _agrees(name, truth, got, tolerance):
    if isinstance(truth, Estimate):
        numbers = as_numbers(got)
        if numbers is not None and truth.accepts(numbers):
            return True
        truth = truth.value
    if isinstance(truth, _SAMPLES):
        numbers = as_numbers(got) if isinstance(got, torch.Tensor) else None
        return numbers is not None and _is_finite(numbers) and truth.accepts(numbers)
    if isinstance(truth, torch.Tensor):
        numbers, truth = as_numbers(got), as_numbers(truth)
        if numbers is None or _is_cut(name, truth, numbers, tolerance):
            return False
        if _without_ones(numbers.shape) != _without_ones(truth.shape):
            return False
        return _close(numbers.flatten(), truth.flatten(), tolerance)
    if isinstance(truth, bool):
        return truth is got
    return type(truth) is type(got) and truth == got


def _in_words(name, truth, got, tolerance):
    """The sentence for what does not agree."""
    if isinstance(truth, Estimate):
        truth = truth.value
    numeric = isinstance(truth, (torch.Tensor, *_SAMPLES))
    if got is None and numeric and not name.startswith("gradient"):
        return f"{name}: None (is a return missing?)"
    if isinstance(truth, _SAMPLES):
        return _about_sample(name, truth, got)
    if isinstance(truth, torch.Tensor):
        return _about_numbers(name, truth, got, tolerance)
    if isinstance(truth, bool):
        return f"it does not hold that {name}"
    return _about_facts(name, truth, got)


def _about_sample(name, law, got):
    numbers = as_numbers(got) if isinstance(got, torch.Tensor) else None
    if numbers is None:
        return f"{name}: a tensor is expected, not {_plain(got)}"
    if not _is_finite(numbers):
        return f"{name}: some values are not finite"
    return f"{name}: {law.difference(numbers)}"


def _is_finite(numbers):
    return bool(torch.isfinite(numbers).all())


def _close(numbers, truth, tolerance):
    # As allclose() below, ten times as fast: the only number, or the first one that is wrong.
    if numbers.numel() and numbers.numel() == truth.numel():
        first = _is_near(numbers[0].item(), truth[0].item(), tolerance)
        if not first or len(truth) == 1:
            return first
    return torch.allclose(numbers, truth, tolerance.rtol, tolerance.atol, equal_nan=True)


def _is_near(got, right, tolerance):
    if math.isnan(got) or math.isnan(right) or math.isinf(right):
        return got == right or (math.isnan(got) and math.isnan(right))
    return abs(got - right) <= tolerance.atol + tolerance.rtol * abs(right)


def _is_cut(name, truth, numbers, tolerance):
    """Whether no gradient arrives where one should."""
    cut = name.startswith("gradient") and (numbers is None or not numbers.any())
    return cut and bool((truth.abs() > tolerance.atol).any())


def _about_facts(name, truth, got):
    """Counts, shapes and words that differ."""
    if type(truth) is int and type(got) is int:
        return f"{name}: {got:,}, which is too {'many' if got > truth else 'few'}"
    if isinstance(truth, (tuple, str)) and type(got) is type(truth):
        ours, right = (each if isinstance(each, str) else _plain(each) for each in (got, truth))
        return f"{name}: {ours} where {right} is right"
    return f"{name}: {_plain(got)}, which is not right"


def _without_ones(shape):
    return tuple(side for side in shape if side != 1)


def _about_numbers(name, truth, got, tolerance):
    numbers, truth = as_numbers(got), as_numbers(truth)
    if _is_cut(name, truth, numbers, tolerance):
        return f"no {name}: it is not used, or detach(), .item() or NumPy cuts the graph"
    if numbers is None:
        return f"{name}: a number is expected, not {_plain(got)}"
    if _without_ones(numbers.shape) != _without_ones(truth.shape):
        return f"{name}: {_about_shapes(numbers, truth, tolerance)}"
    numbers, truth = numbers.flatten(), truth.flatten()
    if _is_finite(truth) and not _is_finite(numbers):
        return f"{name}: {_not_finite(numbers)}"
    if not _is_finite(truth) and not _same_infinities(numbers, truth):
        return f"{name}: {_about_infinity(numbers, truth)}"
    return f"{name}: {_relation(numbers, truth, tolerance)}"


def _about_shapes(numbers, truth, tolerance):
    got, right = tuple(numbers.shape), tuple(truth.shape)
    sentence = f"shape {got} where {right} is right"
    if not right and len(got) == 2 and got[0] == got[1] > 1:
        return sentence + " ((N, 1) combined with (N,) makes an (N, N) table)"
    if not right and numbers.numel():
        if torch.allclose(numbers.mean(), truth, tolerance.rtol, tolerance.atol):
            return sentence + " (is the mean over the batch missing?)"
        if torch.allclose(numbers.sum(), truth, tolerance.rtol, tolerance.atol):
            return sentence + " (is the sum missing?)"
        return sentence + " (one number is asked for)"
    if len(got) == len(right) > 1 and sorted(got) == sorted(right):
        return sentence + " (its axes are in another order: transpose or permute, not reshape)"
    return sentence


def _not_finite(numbers):
    kinds = {"nan": numbers.isnan(), "inf": numbers == math.inf, "-inf": numbers == -math.inf}
    found = " and ".join(kind for kind, where in kinds.items() if where.any())
    every = not torch.isfinite(numbers).any()
    count = int((~torch.isfinite(numbers)).sum())
    return f"not finite ({found})" if every else f"{found} in {count} of {len(numbers)} places"


def _same_infinities(numbers, truth):
    return torch.equal(numbers.nan_to_num(0, 1, -1) * numbers.isinf(), truth.isinf() * truth.sign())


def _about_infinity(numbers, truth):
    """Where the right answer has infinities, which others lack or have elsewhere."""
    if len(truth) == 1:
        right = "infinity" if truth.item() > 0 else "minus infinity"
        came = "nan" if numbers.isnan().any() else "another number"
        return f"{came} where {right} is right"
    return "infinite in other places than the right one"


def _relation(got, truth, tolerance):
    """The simplest relation to the truth that explains the difference, without its value.

    Any single number is some multiple of the truth: there, only whole ratios say something.
    """

    def close(a, b):
        return torch.allclose(a, b, 10 * tolerance.rtol, 10 * tolerance.atol)

    if close(got, -truth):
        return "right but for its sign"
    anchor = truth.abs().argmax()
    size = truth[anchor].abs().item()
    off = (got - truth).abs().max().item() / size if size else math.inf
    if off < NEAR:
        return f"close to the right one, but off by {_percent(off)}"
    if size:
        factor = (got[anchor] / truth[anchor]).item()
        if math.isfinite(factor) and abs(factor) > 1e-3 and close(got, factor * truth):
            ratio = max(abs(factor), 1 / abs(factor))
            if len(truth) == 1 and abs(ratio - round(ratio)) > 1e-3:
                return "another number than the right one"
            return f"{factor:.4g} times the right one"
    gap = got - truth
    if len(truth) > 1 and close(gap, gap.mean().expand_as(gap)):
        return "off by the same number everywhere"
    return "another number than the right one"


def _percent(share):
    return f"{100 * share:.1g}%" if share < 0.01 else f"{100 * share:.0f}%"


def _plain(value):
    """Short and safe to print, whatever a student returned."""
    if type(value) in (bool, int, float, str, type(None)):
        return repr(value)[:60]
    if type(value) is tuple and all(type(side) is int for side in value):
        return repr(value)[:60]
    if isinstance(value, torch.Tensor):
        return f"a tensor of {value.dtype} and shape {tuple(value.shape)}"
    return in_words(value)
