"""One parameter tensor under a known sequence of gradients.

Source: Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization", algorithm 1.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn


def adam_trajectory(
    start: Tensor,
    gradients: Tensor,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float = 1e-8,
    decay: float = 0.0,
) -> list[Tensor]:
    """Parameters after each of T Adam steps. start (d,), gradients (T, d) -> list of (d,).

    decay: decoupled weight decay, as in AdamW (Loshchilov and Hutter 2019, algorithm 2).
    """
    x, first, second, path = start.clone(), 0.0, 0.0, []
    for step, gradient in enumerate(gradients, start=1):
        first = beta1 * first + (1 - beta1) * gradient
        second = beta2 * second + (1 - beta2) * gradient**2
        unbiased = second / (1 - beta2**step)
        x = x * (1 - lr * decay) - lr * first / (1 - beta1**step) / (unbiased.sqrt() + eps)
        path.append(x)
    return path


def rmsprop_trajectory(
    start: Tensor, gradients: Tensor, lr: float, alpha: float = 0.99, eps: float = 1e-8
) -> list[Tensor]:
    """Parameters after each of T steps of RMSprop (Hinton 2012, lecture 6e)."""
    x, second, path = start.clone(), 0.0, []
    for gradient in gradients:
        second = alpha * second + (1 - alpha) * gradient**2
        x = x - lr * gradient / (second.sqrt() + eps)
        path.append(x)
    return path


def sgd_trajectory(start: Tensor, gradients: Tensor, lr: float) -> list[Tensor]:
    """Parameters after each of T steps of plain gradient descent."""
    return list(start - lr * gradients.cumsum(0))


class Following:
    """An optimiser in closed form: where `trajectory` leads from the gradients so far."""

    def __init__(
        self, model: nn.Module, trajectory: Callable[[Tensor, Tensor], list[Tensor]]
    ) -> None:
        (self.weight,) = model.parameters()
        self.trajectory, self.start = trajectory, self.weight.detach().clone()
        self.gradients: list[Tensor] = []

    def step(self) -> None:
        """Move the parameter by its present gradient."""
        assert self.weight.grad is not None
        self.gradients.append(self.weight.grad)
        with torch.no_grad():
            self.weight.copy_(self.trajectory(self.start, torch.stack(self.gradients))[-1])


def adam(
    lr: float = 1e-3, beta1: float = 0.5, beta2: float = 0.999, decay: float = 0.0
) -> Callable[[nn.Module], Following]:
    """A function model -> Adam on its only parameter; see adam_trajectory."""

    def trajectory(start, gradients):
        return adam_trajectory(start, gradients, lr, beta1, beta2, decay=decay)

    return lambda model: Following(model, trajectory)


def rmsprop(lr: float) -> Callable[[nn.Module], Following]:
    """A function model -> RMSprop on its only parameter, with torch's defaults."""

    def trajectory(start, gradients):
        return rmsprop_trajectory(start, gradients, lr)

    return lambda model: Following(model, trajectory)


def sgd(lr: float) -> Callable[[nn.Module], Following]:
    """A function model -> plain gradient descent on its only parameter."""

    def trajectory(start, gradients):
        return sgd_trajectory(start, gradients, lr)

    return lambda model: Following(model, trajectory)
