"""What a right answer would do on a GPU, asked on the machine at hand."""

import contextlib
import time
from collections.abc import Callable
from typing import Any

import torch

from autograder.judging.compare import is_students
from autograder.judging.exercise import Inputs, Probe
from autograder.judging.in_sandbox import Look, sandbox_of
from helpers import code_names
from helpers.pretended_gpu import PretendedGPU

ASKS_FOR_IT = "It asks for a GPU by itself and was judged without one: use the device of its input."


def look_at(subject: Callable) -> Look:
    """What there is to say of a subject's code, wherever it is."""
    sandbox = sandbox_of(subject)
    if sandbox:
        return sandbox.look()
    codes = code_names.codes_of(subject)
    asks = code_names.asks_for_cuda(codes) and not torch.cuda.is_available()
    return Look((), asks, not codes or code_names.may_make_on_cpu(codes))


class _Enough(Exception):
    """The time for a remark is over."""


def problem_on_gpu(probe: Probe, subject: Callable, inputs: Inputs, seconds: float) -> str:
    """The first thing that would fail on a GPU as one sentence, or "" where nothing is seen.

    The probe is run once more. What it raises then is no news: the verdict has been found.
    seconds: in a sandbox, no call begins later than this after the first one.
    """
    sandbox = sandbox_of(subject)
    if sandbox:
        started: list[float] = []

        def until_then(*given: Any, **more: Any) -> Any:
            started.append(time.monotonic())
            if started[-1] > started[0] + seconds:
                raise _Enough
            return subject(*given, **more)

        def run() -> None:
            with contextlib.suppress(_Enough):
                probe.observe(until_then, inputs)

        try:
            problem = sandbox.problem_on_gpu(run)
        except Exception:
            return ""
        return f"On a GPU it would fail: {problem}." if problem else ""
    gpu = PretendedGPU(watched=is_students)

    def call(*given: Any, **more: Any) -> Any:
        return gpu.arrived(subject(*given, **more))

    try:
        with gpu:
            probe.observe(call, inputs)
    except Exception:
        return ""
    return f"On a GPU it would fail: {gpu.problems[0]}." if gpu.problems else ""
