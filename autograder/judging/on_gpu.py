"""What a right answer would do on a GPU, asked on the machine at hand."""

from collections.abc import Callable
from typing import Any

from autograder.judging.compare import is_students
from autograder.judging.exercise import Inputs, Probe
from helpers.pretended_gpu import PretendedGPU


def problem_on_gpu(probe: Probe, subject: Callable, inputs: Inputs) -> str:
    """The first thing that would fail on a GPU as one sentence, or "" where nothing is seen.

    The probe is run once more. What it raises then is no news: the verdict has been found.
    A subject in another process is not looked at; its author's own visible check was.
    """
    if hasattr(type(subject), "time_limit"):
        return ""
    gpu = PretendedGPU(watched=is_students)

    def call(*given: Any, **more: Any) -> Any:
        return gpu.arrived(subject(*given, **more))

    try:
        with gpu:
            probe.observe(call, inputs)
    except Exception:
        return ""
    return f"On a GPU it would fail: {gpu.problems[0]}." if gpu.problems else ""
