"""What a schedule returns."""

from collections.abc import Callable

from autograder.judging.exercise import Inputs, Observations

from .results import tensors

RESULTS = "betas", "alpha_bars"


def schedule(call: Callable, inputs: Inputs) -> Observations:
    """betas and alpha_bars of call(T, ...).

    inputs: "T", and where the other arguments are given, "positional" or "named".
    """
    result = call(inputs["T"], *inputs.get("positional", ()), **inputs.get("named", {}))
    return tensors(result, *RESULTS)
