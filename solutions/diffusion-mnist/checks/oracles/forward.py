"""From an image to noise, any number of steps at once.

Sources: Ho et al. 2020, "Denoising Diffusion Probabilistic Models", equation 4; Kingma et al. 2021,
"Variational Diffusion Models", equation 3.
"""

from torch import Tensor

from .schedule import at


def q_sample(x0: Tensor, t: Tensor, alpha_bars: Tensor, noise: Tensor) -> Tensor:
    """sqrt(A_t) x0 + sqrt(1 - A_t) noise: (N, ...), (N,), (T,), (N, ...) -> (N, ...)."""
    left = at(alpha_bars, t, x0)
    return left.sqrt() * x0 + (1 - left).sqrt() * noise


def signal_to_noise(alpha_bars: Tensor) -> Tensor:
    """A_t / (1 - A_t): (T,) -> (T,)."""
    return alpha_bars / (1 - alpha_bars)
