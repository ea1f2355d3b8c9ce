"""One parameter tensor under a known sequence of gradients.

Source: Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization", algorithm 1.
"""

import torch


def adam_trajectory(start, gradients, lr, beta1, beta2, eps=1e-8, decay=0.0):
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


def sgd_trajectory(start, gradients, lr):
    """Parameters after each of T steps of plain gradient descent."""
    return list(start - lr * gradients.cumsum(0))


class Following:
    """An optimiser in closed form: where `trajectory` leads from the gradients so far."""

    def __init__(self, model, trajectory):
        self.weight, self.trajectory = model.weight, trajectory
        self.start, self.gradients = model.weight.detach().clone(), []

    def step(self):
        self.gradients.append(self.weight.grad)
        with torch.no_grad():
            self.weight.copy_(self.trajectory(self.start, torch.stack(self.gradients))[-1])


def adam(lr=1e-3, beta1=0.5, beta2=0.999, decay=0.0):
    def trajectory(start, gradients):
        return adam_trajectory(start, gradients, lr, beta1, beta2, decay=decay)

    return lambda model: Following(model, trajectory)


def sgd(lr):
    def trajectory(start, gradients):
        return sgd_trajectory(start, gradients, lr)

    return lambda model: Following(model, trajectory)
