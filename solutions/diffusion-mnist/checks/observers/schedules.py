"""What a schedule returns."""

from collections.abc import Callable

import torch

from autograder.judging.exercise import Inputs, Observations
from autograder.judging.numbers import as_numbers

from .results import tensors

RESULTS = BETAS, ALPHA_BARS = "betas", "alpha_bars"
LESS_THAN_1 = "every beta is less than 1"
# A cosine's last beta is 1 or what it is clipped to; the one before it is about 0.75.
BELOW_THE_CLIP = 0.99
OF_THE_BETAS = "alpha_bars are the products of 1 - betas"


def schedule(call: Callable, inputs: Inputs) -> Observations:
    """betas and alpha_bars of call(T, ...).

    inputs: "T", and where the other arguments are given, "positional" or "named".
    """
    result = call(inputs["T"], *inputs.get("positional", ()), **inputs.get("named", {}))
    return tensors(result, *RESULTS)


def clipped_schedule(call: Callable, inputs: Inputs) -> Observations:
    """As schedule(), of one whose last beta is clipped, here or there: its value is not compared.

    The last of the alpha_bars, which nearly vanishes, is compared with what the betas make it.
    """
    seen = schedule(call, inputs)
    betas, alpha_bars = (as_numbers(seen[name]) for name in RESULTS)
    seen[LESS_THAN_1] = betas is not None and bool((betas < 1).all())
    seen[OF_THE_BETAS] = _are_products(betas, alpha_bars)
    if betas is not None and betas.dim() == 1:
        seen[BETAS] = torch.where(betas > BELOW_THE_CLIP, 1, betas)
    return seen


def _are_products(betas, alpha_bars):
    if betas is None or alpha_bars is None or betas.shape != alpha_bars.shape:
        return False
    # In float32 1 - 0.999 has lost four digits.
    return torch.allclose(alpha_bars, torch.cumprod(1 - betas, 0), rtol=1e-2, atol=1e-12)
