"""Networks whose answers are known, for checks that depend on no random draw and no training."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from helpers.errors import CourseError


class LinearCritic(nn.Module):
    """D(x) = x · w for inputs (N, ...) of K values each; returns (N, 1).

    Its only parameter is ``weight`` (K,), which is also the gradient of D at every x.
    A single number means K = 1.
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
    """G(z) = the same image, whatever z is: (N, ...) to (N, \\*image.shape).

    Its only parameter is ``image``. ``dim_z`` is the length of its noise.
    """

    def __init__(self, image: Tensor, dim_z: int = 64) -> None:
        super().__init__()
        self.image = _parameter(image)
        self.dim_z = dim_z

    def forward(self, z: Tensor) -> Tensor:
        # Copies, not views: the caller may change its images in place.
        return self.image.expand(len(z), *self.image.shape).clone()


class LabelledGenerator(nn.Module):
    """G(z, y) = scale · pictures[y], whatever z is: labels int64 (N,) to (N, \\*picture.shape).

    Its only parameter is the number ``scale``; ``pictures`` is (K, ...), one for each class.
    ``unlabelled`` is the picture without labels. ``dim_z`` is the length of the noise.
    """

    def __init__(
        self,
        pictures: Tensor,
        unlabelled: Tensor | None = None,
        scale: float = 1.0,
        dim_z: int = 64,
    ) -> None:
        super().__init__()
        self.register_buffer("pictures", pictures.detach().clone())
        self.register_buffer("unlabelled", unlabelled)
        self.scale = _parameter(scale)
        self.dim_z = dim_z

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        if y is None and self.unlabelled is not None:
            return self.scale * self.unlabelled.expand(len(z), *self.unlabelled.shape)
        return self.scale * self.pictures[_labels("LabelledGenerator", y, z)]


class LabelledCritic(nn.Module):
    """D(x, y) = gain · (x · directions[y]) for inputs (N, ...) of D values each; returns (N, 1).

    Its only parameter is the number ``gain``; ``directions`` is (K, D), one for each class.
    ``unlabelled`` (D,) is the direction without labels.
    """

    def __init__(
        self, directions: Tensor, unlabelled: Tensor | None = None, gain: float = 1.0
    ) -> None:
        super().__init__()
        self.register_buffer("directions", directions.detach().clone())
        self.register_buffer("unlabelled", unlabelled)
        self.gain = _parameter(gain)

    def forward(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        if y is None and self.unlabelled is not None:
            directions = self.unlabelled.expand(len(x), -1)
        else:
            directions = self.directions[_labels("LabelledCritic", y, x)]
        return self.gain * (x.flatten(1) * directions).sum(1, keepdim=True)


class LinearScore(nn.Module):
    """f(x) = x · w for inputs (N, ...) of K values each; returns (N,), as an energy model does.

    Its only parameter is ``weight`` (K,), which is also the gradient of f at every x. The energy
    is E = -f.
    """

    def __init__(self, weight: float | Sequence[float] | Tensor) -> None:
        super().__init__()
        self.weight = _parameter(weight, flat=True)

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() < 2 or x[:1].numel() not in (0, len(self.weight)):
            raise CourseError(
                f"LinearScore got an input of shape {tuple(x.shape)}: it takes (N, ...) with "
                f"{len(self.weight)} value(s) for each of the N."
            )
        return x.flatten(1) @ self.weight


class QuadraticEnergy(nn.Module):
    """E(x) = stiffness / 2 · |x - center|² for inputs (N, ...); returns (N,).

    The gradient at x is stiffness · (x - center). exp(-E) is a normal density around ``center``
    with variance 1 / stiffness. The parameters are ``center`` and ``stiffness``.
    """

    def __init__(self, center: float | Sequence[float] | Tensor = 0.0, stiffness: float = 1.0):
        super().__init__()
        self.center = _parameter(center)
        self.stiffness = _parameter(stiffness)

    def forward(self, x: Tensor) -> Tensor:
        return self.stiffness / 2 * (x - self.center).flatten(1).square().sum(1)


class QuadraticScore(QuadraticEnergy):
    """f(x) = -stiffness / 2 · |x - center|² for inputs (N, ...); returns (N,).

    f = -E of a ``QuadraticEnergy``. The gradient of f at x is stiffness · (center - x).
    """

    def forward(self, x: Tensor) -> Tensor:
        return -super().forward(x)


class FixedCodes(nn.Module):
    """An encoder and a decoder that ignore what they are given.

    enc(x) is (mean, variance), each (N, d), whatever x is; dec(z) is logits (N, D), whatever z
    is, and yet each logit has the slope 1 in each number of z: gradients pass. What dec() was
    given is kept in the list ``codes``. The prior N(0, I) is there as
    ``z_prior_m`` and ``z_prior_v``.
    """

    def __init__(self, mean: Sequence[float], variance: Sequence[float], logits: Sequence[float]):
        super().__init__()
        self.mean, self.variance = _parameter(mean, flat=True), _parameter(variance, flat=True)
        self.logits = _parameter(logits, flat=True)
        self.register_buffer("z_prior_m", torch.zeros(1))
        self.register_buffer("z_prior_v", torch.ones(1))
        self.codes: list[Tensor] = []

    def enc(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and variance (N, d) for N inputs."""
        return tuple(each.expand(len(x), -1).clone() for each in (self.mean, self.variance))

    def dec(self, z: Tensor) -> Tensor:
        """Return logits (N, D) for N codes."""
        self.codes.append(z.detach().clone())
        return self.logits + (z - z.detach()).sum(-1, keepdim=True)


class LinearGaussian:
    """z ~ N(0, I), x = W z + sigma noise: everything about it is known.

    ``W`` is (D, d) and ``sigma`` a number (kept as a tensor ()).
    Source: Tipping and Bishop 1999, "Probabilistic Principal Component Analysis".
    """

    def __init__(self, W: Tensor | Sequence[Sequence[float]], sigma: float) -> None:
        self.W = W if isinstance(W, Tensor) else torch.tensor(W, dtype=torch.float32)
        self.sigma = torch.as_tensor(sigma, dtype=self.W.dtype)
        if self.W.dim() != 2 or self.sigma <= 0:
            raise CourseError(
                f"LinearGaussian got W of shape {tuple(self.W.shape)} and sigma {sigma}: W must be "
                "(D, d) and sigma positive."
            )

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Return n draws of x, (n, D)."""
        D, d = self.W.shape
        z = torch.randn(n, d, generator=generator, dtype=self.W.dtype)
        noise = torch.randn(n, D, generator=generator, dtype=self.W.dtype)
        return z @ self.W.T + self.sigma * noise

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean (d,) and covariance (d, d) of p(z | x) for one x (D,)."""
        precision = torch.eye(self.W.shape[1], dtype=self.W.dtype) + self.W.T @ self.W / (
            self.sigma**2
        )
        V = torch.linalg.inv(precision)
        return V @ self.W.T @ x / self.sigma**2, V

    def log_likelihood(self, x: Tensor) -> Tensor:
        """Return log p(x) = log N(x; 0, W W^T + sigma^2 I) of one x (D,), a scalar."""
        C = self.W @ self.W.T + self.sigma**2 * torch.eye(len(x), dtype=self.W.dtype)
        quadratic = x @ torch.linalg.solve(C, x)
        return -(len(x) * math.log(2 * math.pi) + torch.logdet(C) + quadratic) / 2


def linear_discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Return mean(fake) - mean(real), the loss of a Wasserstein critic, as a scalar."""
    return fake.mean() - real.mean()


def linear_generator_loss(fake: Tensor) -> Tensor:
    """Return -mean(fake) as a scalar."""
    return -fake.mean()


def _labels(name: str, y: Tensor | None, batch: Tensor) -> Tensor:
    """The labels, when there is a whole number for each row of the batch."""
    if y is None:
        raise CourseError(f"{name} got no labels: call it with a batch and its labels y.")
    if y.is_floating_point() or y.shape != batch.shape[:1]:
        raise CourseError(
            f"{name} got labels of {y.dtype} and shape {tuple(y.shape)}: give whole numbers of "
            f"shape ({len(batch)},), one for each row of the batch."
        )
    return y.long()


def _parameter(value: float | Sequence[float] | Tensor, flat: bool = False) -> nn.Parameter:
    """A parameter with its own copy of ``value``; numbers that are not a tensor become float32."""
    if not isinstance(value, Tensor):
        value = torch.tensor(value, dtype=torch.float32)
    value = value.detach().clone()
    return nn.Parameter(value.reshape(-1) if flat else value)
