"""The embedding of time.

Sources: Vaswani et al. 2017, "Attention is all you need", section 3.5, where the smallest frequency
is max_period^(-(h - 1) / h), with h = dim / 2; Ho et al. 2020, "Denoising Diffusion Probabilistic
Models", in whose code it is 1 / max_period.
"""

import torch
from torch import Tensor
from torch.nn import functional as F


def timestep_embedding(
    t: Tensor, dim: int, max_period: float = 10_000, *, to_the_end: bool = False
) -> Tensor:
    """Cosines and sines of times (N,) at frequencies from 1 down: (N, dim), a 0 where dim is odd.

    to_the_end: whether the smallest frequency is 1 / max_period.
    """
    half = dim // 2
    places = torch.arange(half, dtype=torch.float64) / (half - to_the_end)
    angles = t.double()[:, None] * max_period**-places
    return F.pad(torch.cat([angles.cos(), angles.sin()], 1), (0, dim % 2))
