"""Observations of two callables side by side, and a sentence for each difference."""

import math
from dataclasses import dataclass

import numpy
import torch


@dataclass(frozen=True)
class Raised:
    """The observation of a call that ended in an exception."""

    type: str
    message: str = ""
    line: int | None = None


@dataclass(frozen=True)
class Mismatch:
    observation: str
    expected: object
    got: object
    sentence: str


def attempt(probe, call, inputs):
    """Observations of `call` on the probe's inputs, or Raised."""
    try:
        return probe.observe(call, inputs)
    except Exception as error:  # whatever student code raises is an observation
        if probe.refusal_is_right and isinstance(error, (ValueError, RuntimeError)):
            return {}
        return Raised(type(error).__name__, str(error), _line_of(error))


def _line_of(error):
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return trace.tb_lineno if trace else None


def mismatches(observed, expected, tolerance):
    """Differences between two results of attempt(); an empty list when they agree."""
    if isinstance(observed, Raised) or isinstance(expected, Raised):
        return _compare_raised(observed, expected)
    if not observed:
        return []  # a refusal that the probe allows
    pairs = ((name, truth, observed.get(name)) for name, truth in expected.items())
    found = (_compare(name, truth, got, tolerance) for name, truth, got in pairs)
    return [difference for difference in found if difference]


def _compare_raised(observed, expected):
    if isinstance(observed, Raised) and isinstance(expected, Raised):
        if observed.type == expected.type and expected.message in observed.message:
            return []
    if isinstance(observed, Raised):
        sentence = f"it raised {observed.type}: {observed.message}".strip(": ")
    else:
        sentence = "no exception was raised"
    return [Mismatch("call", expected, observed, sentence)]


def _compare(name, truth, got, tolerance):
    if hasattr(truth, "accepts"):
        sentence = _compare_sample(name, truth, got)
    elif isinstance(truth, torch.Tensor):
        sentence = _compare_numbers(name, truth, got, tolerance)
    else:
        sentence = None if truth == got else f"{name}: {_plain(got)}, which is not right"
    return Mismatch(name, truth, got, sentence) if sentence else None


def _compare_sample(name, law, got):
    if not isinstance(got, torch.Tensor):
        return f"{name}: a tensor is expected, not {_plain(got)}"
    if not torch.isfinite(got).all():
        return f"{name}: some values are not finite"
    return None if law.accepts(got) else f"{name}: drawn from another distribution"


def as_numbers(got):
    """A float64 tensor on the CPU, or None for what is not a number."""
    if isinstance(got, (bool, int, float, numpy.ndarray, numpy.generic)):
        got = torch.as_tensor(got)
    if not isinstance(got, torch.Tensor) or got.is_complex():
        return None
    return got.detach().to("cpu", torch.float64)


def _without_ones(shape):
    return tuple(side for side in shape if side != 1)


def _compare_numbers(name, truth, got, tolerance):
    numbers, truth = as_numbers(got), as_numbers(truth)
    if numbers is None:
        if got is None and name.startswith("gradient"):
            return f"no {name}: detach(), .item() or NumPy cuts the graph on the way"
        return f"{name}: a number is expected, not {_plain(got)}"
    if _without_ones(numbers.shape) != _without_ones(truth.shape):
        return (
            f"{name}: shape {tuple(numbers.shape)} where {tuple(truth.shape)} is right"
            " ((N, 1) combined with (N,) makes an (N, N) table)"
        )
    numbers, truth = numbers.flatten(), truth.flatten()
    if torch.allclose(numbers, truth, tolerance.rtol, tolerance.atol, equal_nan=True):
        return None
    if torch.isfinite(truth).all() and not torch.isfinite(numbers).all():
        return f"{name}: not finite (nan or inf)"
    return f"{name}: {_relation(numbers, truth, tolerance)}"


def _relation(got, truth, tolerance):
    """The simplest relation to the truth that explains the difference, without its value."""

    def close(a, b):
        return torch.allclose(a, b, 10 * tolerance.rtol, 10 * tolerance.atol)

    if close(got, -truth):
        return "right but for its sign"
    anchor = truth.abs().argmax()
    if truth[anchor] != 0:
        factor = (got[anchor] / truth[anchor]).item()
        if math.isfinite(factor) and abs(factor) > 1e-3 and close(got, factor * truth):
            return f"{factor:.4g} times the right one"
    return "another number than the right one"


def _plain(value):
    """Short and safe to print, whatever a student returned."""
    if isinstance(value, (bool, int, float, str, tuple)):
        return repr(value)[:60]
    return "None" if value is None else f"a {type(value).__name__}"
