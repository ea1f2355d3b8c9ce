"""Networks whose answers are known, for checks that depend on no random draw and no training."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from helpers.errors import CourseError


class LinearCritic(nn.Module):
    """D(x) = x · w for inputs (N, ...) of K values each; returns (N, 1).

    Its only parameter is ``weight`` (K,), which is also the gradient of D at every x.
    A single number stands for K = 1.
    """

    def __init__(self, weight: float | Sequence[float] | Tensor) -> None:
        super().__init__()
        self.weight = _parameter(weight, flat=True)

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() < 2 or x[:1].numel() not in (0, len(self.weight)):
            raise CourseError(
                f"LinearCritic got an input of shape {tuple(x.shape)}: it takes (N, ...) with "
                f"{len(self.weight)} value(s) for each of the N."
            )
        return x.flatten(1) @ self.weight.unsqueeze(1)


class LinearGenerator(nn.Module):
    """G(z) = scale · z for z of any shape. Its only parameter is the number ``scale``."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = _parameter(scale)

    def forward(self, z: Tensor) -> Tensor:
        return self.scale * z


class ConstantGenerator(nn.Module):
    """G(z) = one and the same image, whatever z is: (N, ...) to (N, \\*image.shape).

    Its only parameter is ``image``.
    """

    def __init__(self, image: Tensor) -> None:
        super().__init__()
        self.image = _parameter(image)

    def forward(self, z: Tensor) -> Tensor:
        # Copies, not views: the caller may change its images in place.
        return self.image.expand(len(z), *self.image.shape).clone()


def linear_discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Return mean(fake) - mean(real), the loss of a Wasserstein critic, as a scalar."""
    return fake.mean() - real.mean()


def linear_generator_loss(fake: Tensor) -> Tensor:
    """Return -mean(fake) as a scalar."""
    return -fake.mean()


def _parameter(value: float | Sequence[float] | Tensor, flat: bool = False) -> nn.Parameter:
    """A parameter with its own copy of ``value``; numbers that are no tensor become float32."""
    if not isinstance(value, Tensor):
        value = torch.tensor(value, dtype=torch.float32)
    value = value.detach().clone()
    return nn.Parameter(value.reshape(-1) if flat else value)
