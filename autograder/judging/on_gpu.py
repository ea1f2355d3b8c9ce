"""What a right answer would do on a GPU, asked on the machine at hand."""

import contextlib
from collections.abc import Callable
from typing import Any

import torch

from autograder.judging.compare import is_students
from autograder.judging.exercise import Inputs, Probe
from autograder.judging.in_sandbox import Look, sandbox_of
from helpers import code_names
from helpers.pretended_gpu import PretendedGPU

ASKS_FOR_IT = "It asks for a GPU by itself and was judged without one: use the device of its input."


# A count and no time, for the same remark whenever it is asked for.
CALLS = 20


def look_at(subject: Callable) -> Look:
    """What there is to say of a subject's code, wherever it is."""
    sandbox = sandbox_of(subject)
    if sandbox:
        return sandbox.look()
    codes = code_names.codes_of(subject)
    asks = code_names.asks_for_cuda(codes) and not torch.cuda.is_available()
    return Look((), asks, not codes or code_names.may_make_on_cpu(codes))


class _Enough(Exception):
    """The calls that a remark is worth have been made."""


def problem_on_gpu(probe: Probe, subject: Callable, inputs: Inputs) -> str:
    """The first thing that would fail on a GPU as one sentence, or "" where nothing is seen.

    The probe is run once more, up to its call number CALLS. What it raises then is no news: the
    verdict has been found.
    """
    sandbox = sandbox_of(subject)
    gpu = PretendedGPU(watched=is_students)
    calls = 0

    def counted(*given: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > CALLS:
            raise _Enough
        result = subject(*given, **more)
        return result if sandbox else gpu.arrived(result)

    def run() -> None:
        with contextlib.suppress(_Enough):
            probe.observe(counted, inputs)

    try:
        if sandbox:
            problem = sandbox.problem_on_gpu(run)
        else:
            with gpu:
                run()
            problem = next(iter(gpu.problems), "")
    except Exception:
        return ""
    return f"On a GPU it would fail: {problem}." if problem else ""
