"""What is seen of the weights in the bound."""

from collections.abc import Callable

import torch

from autograder.judging.exercise import Inputs, Observations


def weights(call: Callable, inputs: Inputs) -> Observations:
    """call(t, betas, alpha_bars). inputs: "t" (a tuple of N times), "betas" (T,), "alpha_bars"."""
    return {"value": call(torch.tensor(inputs["t"]), *_schedule(inputs))}


def kept(call: Callable, inputs: Inputs) -> Observations:
    """Whether the caller's tensors are still the same; inputs as for weights()."""
    given = torch.tensor(inputs["t"]), *_schedule(inputs)
    before = [tensor.clone() for tensor in given]
    call(*given)
    same = all(map(torch.equal, given, before))
    return {"the caller's tensors are left as they were": same}


def _schedule(inputs):
    return inputs["betas"].clone(), inputs["alpha_bars"].clone()
