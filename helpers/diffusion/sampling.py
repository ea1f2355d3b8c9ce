"""Draw many pictures with a trained network, in batches, by a student's own steps.

Images are float32 (N, 1, 28, 28) in [0, 1]; noise is normal and of the same shape.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from helpers.diffusion.network import OfClasses
from helpers.errors import CourseError
from helpers.speed import fast_convolutions

BATCH = 250

# x_t, eps, t, s, alpha_bars, eta, noise to x_s, as ddim_step of the notebook; t and s are (N,).
Step = Callable[..., Tensor]
# x_t, t, y to the noise in x_t.
Noise = Callable[[Tensor, Tensor, Tensor | None], Tensor]


def noises(count: int, seed: int = 0) -> Tensor:
    """Return normal noise (count, 1, 28, 28): the same for a seed, whatever the device."""
    return torch.randn(count, 1, 28, 28, generator=torch.Generator().manual_seed(seed))


def times(T: int, calls: int) -> list[int]:
    """Return ``calls`` times from T - 1 down to 0, evenly spaced.

    Raises:
        CourseError: calls is not between 1 and T.
    """
    if not 1 <= calls <= T:
        raise CourseError(f"{calls} calls cannot be spread over {T} times: give 1 to {T}.")
    return torch.linspace(T - 1, 0, calls).round().long().tolist()


@torch.no_grad()
def denoised(
    model: Noise,
    noise: Tensor,
    alpha_bars: Tensor,
    calls: int,
    step: Step,
    *,
    labels: Tensor | None = None,
    eta: float = 0.0,
    seed: int = 0,
    batch: int = BATCH,
) -> Tensor:
    """Return the images at the end of ``calls`` steps from noise, each with one call of the model.

    Args:
        model: called as model(x_t, t, y), or as model(x_t, t) without ``labels``. For guidance
            give a function that calls the network twice.
        noise: (N, 1, 28, 28), the start.
        alpha_bars: (T,).
        calls: how many steps; T takes every one.
        step: the notebook's ddim_step; at the last one s is -1, the image itself.
        labels: int64 (N,), the class of each image.
        eta: 0 for DDIM; 1 with ``calls`` = T for DDPM.
        seed: of the noise that is added on the way, when eta is above 0.
    """
    device = alpha_bars.device
    source = torch.Generator().manual_seed(seed)
    passed = times(len(alpha_bars), calls)
    parts = []
    for start in range(0, len(noise), batch):
        x = noise[start : start + batch].to(device)
        given = () if labels is None else (labels[start : start + batch].to(device),)
        for t, s in zip(passed, [*passed[1:], -1], strict=True):
            here, there = (torch.full((len(x),), each, device=device) for each in (t, s))
            with fast_convolutions(device):
                eps = model(x, here, *given)
            fresh = torch.randn(x.shape, generator=source).to(device) if eta else None
            x = step(x, eps, here, there, alpha_bars, eta=eta, noise=fresh)
        parts.append(as_pictures(x))
    return torch.cat(parts)


@torch.no_grad()
def transported(
    model: Callable[..., Tensor],
    noise: Tensor,
    calls: int,
    walk: Callable[..., Tensor],
    *,
    labels: Tensor | None = None,
    batch: int = BATCH,
) -> Tensor:
    """Return the images to which ``calls`` steps along a velocity network lead from noise.

    Args:
        model: called as model(x, t), t float (N,) in [0, 1]; with ``labels`` a network that is
            called as model(x, t, y).
        walk: the notebook's euler_sample(model, x, steps).
        labels: int64 (N,), the class of each image.
    """
    parts = []
    for start in range(0, len(noise), batch):
        x, asked = noise[start : start + batch], model
        if labels is not None:
            asked = OfClasses(model, labels[start : start + batch].to(x.device))
        with fast_convolutions(x.device):
            parts.append(as_pictures(_last(walk(asked, x, calls), x)))
    return torch.cat(parts)


def as_pictures(x: Tensor) -> Tensor:
    """Return images in [-1, 1] as pictures in [0, 1] on the CPU; what is beyond is cut off."""
    return ((x.detach().float().cpu() + 1) / 2).clamp(0, 1)


def _last(result: Tensor | Sequence[Tensor], start: Tensor) -> Tensor:
    """The end of a walk; a sampler may return its whole way, alone or beside the end."""
    if isinstance(result, (list, tuple)):
        result = next(
            (x for x in reversed(result) if getattr(x, "shape", None) == start.shape),
            result[-1],
        )
    return result[-1] if result.dim() > start.dim() else result
