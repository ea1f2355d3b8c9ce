"""Observers of one step of the game."""

from collections.abc import Callable

import torch

from autograder.judging.exercise import Inputs, Observations
from autograder.oracles import logit_losses
from helpers.toys import LinearCritic, LinearGenerator


def gan_steps(call: Callable, inputs: Inputs) -> Observations:
    """Two consecutive GAN steps on D(x) = w.x and G(z) = theta z with SGD.

    inputs: "w" (784,), "theta" (), "lr_d", "lr_g", "k", and "batches", a list of
    (real (N, 1, 28, 28), noise (N, 784)) of different N. The second step shows what the
    first one left behind: stale gradients, or a batch size taken for granted.
    """
    critic, generator = LinearCritic(inputs["w"]), LinearGenerator(inputs["theta"])
    d_solver = torch.optim.SGD(critic.parameters(), lr=inputs["lr_d"])
    g_solver = torch.optim.SGD(generator.parameters(), lr=inputs["lr_g"])
    sources, rows, seen = [], set(), {}
    # Which loss a gradient comes from, the last time one reaches the generator.
    passing = {"loss": None}

    def traced(loss):
        def traced_loss(*logits):
            value = loss(*logits)
            if value.requires_grad:
                value.register_hook(lambda _: passing.update(loss=loss))
            return value

        return traced_loss

    # At the parameter, not at the call: there are many ways to call a network.
    generator.scale.register_hook(lambda _: sources.append(passing["loss"]))
    d_solver.register_step_pre_hook(lambda *_: passing.update(loss=None))
    for number, (real, noise) in enumerate(inputs["batches"], start=1):

        def draw(n, noise=noise):
            rows.add(n == len(noise))
            return noise.repeat(-(-n // len(noise)), 1)[:n].clone()

        losses = call(
            critic, generator, d_solver, g_solver,
            traced(logit_losses.discriminator_loss), traced(logit_losses.generator_loss),
            real.clone(), draw, inputs["k"],
        )  # fmt: skip
        seen[f"discriminator's weights after step {number}"] = critic.weight.detach().clone()
        seen[f"generator's weight after step {number}"] = generator.scale.detach().clone()
        pair = losses if isinstance(losses, (tuple, list)) and len(losses) == 2 else (None,) * 2
        for which, loss in zip("dg", pair, strict=True):
            seen[f"{which}_loss returned by step {number}"] = loss
    seen["noise has as many rows as the batch"] = rows == {True}
    seen["the discriminator's loss sends the generator no gradient"] = (
        logit_losses.discriminator_loss not in sources
    )
    return seen
