"""Training steps on a linear f, and the optimiser with its schedule."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from autograder.judging.calls import NotAsAsked
from autograder.judging.exercise import Inputs, Observations
from autograder.judging.observers import returned
from helpers.toys import LinearScore

from .. import oracles

LOSS_WITH_GRAPH = "a loss that is returned still requires a gradient"


def ebm_steps(call: Callable, inputs: Inputs) -> Observations:
    """Two training steps on f(x) = w.x with plain gradient descent; w is in two parameters.

    inputs: "w" (d,), "lr", "drift" (how the samples depend on w) and "batches", a list of
    (real, noise, fake), each (N, 1, s, s) with its own N.
    """
    model = SplitScore(inputs["w"])
    solver = torch.optim.SGD(model.parameters(), lr=inputs["lr"])
    seen = {}
    for number, (real, noise, fake) in enumerate(inputs["batches"], start=1):

        def sample(fake=fake):
            # Equal to `fake`, and connected with w: only detach() makes them mere images.
            anchor = model.weight() - model.weight().detach()
            return fake + inputs["drift"] * anchor.reshape(fake.shape[1:])

        losses = call(
            model, solver, sample, oracles.contrastive_divergence_loss, oracles.regularization_loss,
            real.clone(), noise.clone(),
        )  # fmt: skip
        seen[f"weights after step {number}"] = model.weight().detach().clone()
        if not isinstance(losses, (tuple, list)) or len(losses) != 2:
            raise NotAsAsked("two losses are expected: return cd_loss, reg_loss")
        pair = tuple(losses)
        seen[f"cd_loss returned by step {number}"], seen[f"reg_loss returned by step {number}"] = (
            pair
        )
        if any(getattr(loss, "requires_grad", False) is True for loss in pair):
            seen[LOSS_WITH_GRAPH] = True
    return seen


class SplitScore(nn.Module):
    """f(x) = w.x for inputs (N, ...) of K values each, with each half of w in its own parameter."""

    def __init__(self, w: Tensor) -> None:
        super().__init__()
        half = len(w) // 2
        self.left, self.right = nn.Parameter(w[:half].clone()), nn.Parameter(w[half:].clone())

    def weight(self) -> Tensor:
        """w, shape (K,)."""
        return torch.cat([self.left, self.right])

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1) @ self.weight()


def optimiser_and_schedule(call: Callable, inputs: Inputs) -> Observations:
    """How far call(model) moves a parameter under known gradients, the schedule in between.

    inputs: "start" (d,), "gradients" (T, d). The schedule steps after every second update.
    """
    # In float64, in which a step of 1e-4 and a decay of 1e-6 are not lost beside the weights.
    model = LinearScore(inputs["start"].double())
    solver, schedule = _pair(returned(call(model)))
    path = {}
    for number, gradient in enumerate(inputs["gradients"], start=1):
        model.weight.grad = gradient.double()
        solver.step()
        way = model.weight.detach().double() - inputs["start"].double()
        if number <= 6 or number == len(inputs["gradients"]):
            path[f"way travelled after step {number}"] = way
        if number % 2 == 0:
            schedule.step()
    return path


def _pair(result):
    """optimizer, scheduler; each may be in a list of its own, as in Lightning."""
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise NotAsAsked("an optimizer and a scheduler are expected: return optimizer, scheduler")
    return (one[0] if isinstance(one, (tuple, list)) else one for one in result)
