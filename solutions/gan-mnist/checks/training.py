"""Part 4: the optimiser and one step of the game."""

import torch

from autograder.judging import Exercise, Misconception, Probe
from autograder.judging.misconceptions import NO_GRAPH, WRONG_ADAM
from autograder.judging.observers import optimiser
from autograder.judging.probes import ADAM_TOLERANCE, optimiser_inputs, uniform
from autograder.oracles import optimisers

from . import oracles
from .observers import gan_steps

GOODFELLOW = "Goodfellow et al. 2014, Generative Adversarial Nets"


get_optimizer = Exercise(
    id="gan-mnist.get_optimizer",
    truth="Adam with lr 1e-3 and betas (0.5, 0.999)",
    source="Kingma and Ba 2015, algorithm 1; Radford et al. 2016 (beta1 = 0.5)",
    points=2,
    probes=(Probe("38 steps under known gradients", optimiser_inputs, optimiser),),
    oracle=optimisers.adam(),
    tolerance=ADAM_TOLERANCE,
    misconceptions=WRONG_ADAM,
)


def _linear_gan_step(
    D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1
):
    """The exact step on the linear toys, written into their parameters."""
    w, theta, d_loss, g_loss = oracles.linear_gan_step(
        D.weight.detach(),
        G.scale.detach(),
        real.flatten(1),
        noise(len(real)),
        D_solver.param_groups[0]["lr"],
        G_solver.param_groups[0]["lr"],
        k,
    )
    with torch.no_grad():
        D.weight.copy_(w)
        G.scale.copy_(theta)
    return d_loss, g_loss


def _flawed_gan_step(
    detach=True,
    detach_g=False,
    clear_d="before",
    clear_g="before",
    rows=None,
    order="D then G",
    ignore_k=False,
    repeat_g=False,
    swap_losses=False,
    swap_logits=False,
    steps=True,
    wrong_solver=False,
    told=lambda d_losses: d_losses[-1],
):
    """The loop as students write it, with one flaw."""

    def update_d(D, G, solver, loss, real, noise):
        if clear_d == "before":
            solver.zero_grad()
        fake = G(noise(rows or len(real)))
        pair = D(real), D(fake.detach() if detach else fake)
        value = loss(*(pair[::-1] if swap_logits else pair))
        value.backward()
        if clear_d == "before the step":
            solver.zero_grad()
        if steps:
            solver.step()
        if clear_d == "after":
            solver.zero_grad()
        return value

    def backward_g(D, G, solver, loss, real, noise):
        if clear_g == "before":
            solver.zero_grad()
        fake = G(noise(rows or len(real)))
        value = loss(D(fake.detach() if detach_g else fake))
        value.backward()
        return value

    def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
        about_d = (D, G, D_solver, discriminator_loss, real, noise)
        about_g = (D, G, G_solver, generator_loss, real, noise)
        moves_g = D_solver if wrong_solver else G_solver
        if order == "G first":
            g_loss = backward_g(*about_g)
            G_solver.step()
        if order == "both at once":
            g_loss = backward_g(*about_g)
        if clear_d == "once":
            D_solver.zero_grad()
        d_losses = []
        for _ in range(1 if ignore_k else k):
            d_losses.append(update_d(*about_d).detach())
            if repeat_g:
                g_loss = backward_g(*about_g)
                G_solver.step()
        if order == "both at once":
            G_solver.step()
        if order == "D then G" and not repeat_g:
            g_loss = backward_g(*about_g)
            if steps:
                moves_g.step()
        d_loss = told(d_losses)
        return (g_loss, d_loss) if swap_losses else (d_loss, g_loss)

    return gan_step


def _refused_by_autograd(complaint):
    """The error of torch when a graph is used after it was freed or its parameters moved."""

    def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
        raise RuntimeError(complaint)

    return gan_step


def _gan_step_probe(name, k, *sizes):
    def draw(g):
        def batch(n):
            return uniform(-0.4, 1, n, 1, 28, 28)(g), uniform(-1, 0.5, n, 784)(g)

        return {
            "w": uniform(-0.06, 0.1, 784)(g),
            "theta": torch.tensor(0.7, dtype=torch.float64),
            "lr_d": 0.02,
            "lr_g": 0.03,
            "k": k,
            "batches": [batch(rows) for rows in sizes],
        }

    return Probe(name, draw, gan_steps)


gan_step = Exercise(
    id="gan-mnist.gan_step",
    truth="the exact parameters of a linear D and G after two SGD steps of both",
    source=f"{GOODFELLOW}, algorithm 1",
    points=7,
    probes=(
        _gan_step_probe("two steps on linear networks, k = 1", 1, 6, 4),
        _gan_step_probe(
            "two steps on linear networks, k = 3; the last batch is one image", 3, 5, 1
        ),
    ),
    oracle=_linear_gan_step,
    misconceptions=(
        Misconception(
            "missing detach",
            "The discriminator's loss also sends gradients into the generator: detach the fakes"
            " while D learns.",
            (
                _flawed_gan_step(detach=False),
                _flawed_gan_step(detach=False, clear_g="never"),
                _refused_by_autograd("Trying to backward through the graph a second time"),
            ),
        ),
        Misconception(
            "the generator never moves",
            "G learns through D: its own update needs fresh fakes that are not detached (nor made"
            " under no_grad), a backward and a step.",
            (_flawed_gan_step(detach_g=True),),
        ),
        Misconception(
            "the generator updated first",
            "D moves first (k times), then G learns from the D that has just moved.",
            (_flawed_gan_step(order="G first"),),
        ),
        Misconception(
            "both updated from the old discriminator",
            "G's loss is computed before D has moved; recompute D(G(z)) after D's update.",
            (
                _flawed_gan_step(order="both at once"),
                _refused_by_autograd("modified by an inplace operation"),
            ),
        ),
        Misconception(
            "stale gradients not zeroed",
            "backward() adds to what is there: clear the gradients of a network before its own"
            " update.",
            (
                _flawed_gan_step(clear_d="never"),
                _flawed_gan_step(clear_d="after"),
                _flawed_gan_step(clear_d="once"),
                _flawed_gan_step(clear_g="never"),
                _flawed_gan_step(clear_d="never", clear_g="never"),
            ),
        ),
        Misconception(
            "gradients cleared before the step",
            "zero_grad() between backward() and step() leaves nothing to step along: clear before"
            " backward().",
            (_flawed_gan_step(clear_d="before the step"),),
        ),
        Misconception(
            "a batch size baked in",
            "The last batch is shorter: ask noise() for len(real) rows.",
            tuple(_flawed_gan_step(rows=rows) for rows in (128, 100, 64, 256, 32)),
        ),
        Misconception(
            "real and fake swapped",
            "discriminator_loss takes the logits of real images first, those of fakes second.",
            (_flawed_gan_step(swap_logits=True),),
        ),
        Misconception(*NO_GRAPH, (_refused_by_autograd("does not require grad"),)),
        Misconception(
            "no step",
            "backward() only computes gradients: each solver has to step, before they are cleared.",
            (_flawed_gan_step(steps=False),),
        ),
        Misconception(
            "the generator's loss moves the discriminator",
            "After the generator's loss, G_solver steps; D_solver would teach D to be fooled.",
            (_flawed_gan_step(wrong_solver=True),),
        ),
        Misconception(
            "k ignored",
            "The discriminator moves k times for each step of the generator.",
            (_flawed_gan_step(ignore_k=True),),
        ),
        Misconception(
            "the generator moves k times too",
            "Only the discriminator is updated k times; G's single update comes after the loop.",
            (_flawed_gan_step(repeat_g=True),),
        ),
        Misconception(
            "not the loss of the last update",
            "Return the loss of D's last update: not that of the first, nor the sum or mean.",
            (
                _flawed_gan_step(told=sum),
                _flawed_gan_step(told=lambda d_losses: d_losses[0]),
                _flawed_gan_step(told=lambda d_losses: sum(d_losses) / len(d_losses)),
            ),
        ),
        Misconception(
            "losses returned in the wrong order",
            "Return (d_loss, g_loss), the discriminator's first.",
            (_flawed_gan_step(swap_losses=True),),
        ),
    ),
)
