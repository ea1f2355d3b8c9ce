"""One parameter tensor under a known sequence of gradients.

Each function yields the parameters (d,) after each gradient that it takes; the gradients may be
endless. Source: Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization", algorithm 1.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from torch import Tensor, nn


def adam_path(
    start: Tensor,
    gradients: Iterable[Tensor],
    lr: float,
    beta1: float,
    beta2: float,
    eps: float = 1e-8,
    decay: float = 0.0,
    penalty: float = 0.0,
    largest: bool = False,
) -> Iterator[Tensor]:
    """Adam. start (d,).

    decay: decoupled weight decay, as in AdamW (Loshchilov and Hutter 2019, algorithm 2).
    penalty: the weight decay of Adam itself, which is added to the gradient.
    largest: never a smaller mean square than before, as in AMSGrad (Reddi et al. 2018,
    algorithm 2); the correction of the bias comes after it, as in torch.
    """
    x = start.clone()
    first, second, highest = (torch.zeros_like(x) for _ in range(3))
    for step, gradient in enumerate(gradients, start=1):
        gradient = gradient + penalty * x
        first = beta1 * first + (1 - beta1) * gradient
        second = beta2 * second + (1 - beta2) * gradient**2
        highest = torch.maximum(highest, second)
        unbiased = (highest if largest else second) / (1 - beta2**step)
        x = x * (1 - lr * decay) - lr * first / (1 - beta1**step) / (unbiased.sqrt() + eps)
        yield x


def rmsprop_path(
    start: Tensor,
    gradients: Iterable[Tensor],
    lr: float,
    alpha: float = 0.99,
    eps: float = 1e-8,
) -> Iterator[Tensor]:
    """RMSprop (Hinton 2012, lecture 6e). start (d,)."""
    x, second = start.clone(), torch.zeros_like(start)
    for gradient in gradients:
        second = alpha * second + (1 - alpha) * gradient**2
        x = x - lr * gradient / (second.sqrt() + eps)
        yield x


def sgd_path(
    start: Tensor, gradients: Iterable[Tensor], lr: float, momentum: float = 0.0
) -> Iterator[Tensor]:
    """Gradient descent, with momentum as torch counts it. start (d,)."""
    x, speed = start.clone(), torch.zeros_like(start)
    for gradient in gradients:
        speed = momentum * speed + gradient
        x = x - lr * speed
        yield x


class Following:
    """An optimiser in closed form: where `path(start, gradients)` leads."""

    def __init__(
        self, model: nn.Module, path: Callable[[Tensor, Iterable[Tensor]], Iterator[Tensor]]
    ) -> None:
        (self.weight,) = model.parameters()
        self.places = path(self.weight.detach().clone(), self._gradients())

    def _gradients(self) -> Iterator[Tensor]:
        while True:
            assert self.weight.grad is not None
            yield self.weight.grad

    def step(self) -> None:
        """Move the parameter by its present gradient."""
        with torch.no_grad():
            self.weight.copy_(next(self.places))


def adam(
    lr: float = 1e-3,
    beta1: float = 0.5,
    beta2: float = 0.999,
    **options: Any,
) -> Callable[[nn.Module], Following]:
    """A function model -> Adam on its only parameter; options: see adam_path."""

    def path(start, gradients):
        return adam_path(start, gradients, lr, beta1, beta2, **options)

    return lambda model: Following(model, path)


def rmsprop(lr: float) -> Callable[[nn.Module], Following]:
    """A function model -> RMSprop on its only parameter, with torch's defaults."""
    return lambda model: Following(
        model, lambda start, gradients: rmsprop_path(start, gradients, lr)
    )


def sgd(lr: float, momentum: float = 0.0) -> Callable[[nn.Module], Following]:
    """A function model -> gradient descent on its only parameter."""

    def path(start, gradients):
        return sgd_path(start, gradients, lr, momentum)

    return lambda model: Following(model, path)
