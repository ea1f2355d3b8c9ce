"""Part 3: walking downhill in energy."""

import functools
import math

import torch
from scipy import stats
from torch import Tensor

from autograder.judging import Exercise, Misconception, Probe, Remark
from autograder.judging.distribution import Distribution
from autograder.judging.probes import together, uniform

from . import oracles
from .observers import walks

REMARKS = (
    Remark(
        walks.STILL_REQUIRES_GRADIENT,
        "The result still requires a gradient: detach() it, or later steps are recorded for"
        " nothing.",
    ),
    Remark(
        walks.INPUT_CHANGED,
        "It changes the images that it is given; a caller may still need them.",
    ),
)
STEP_PROBES = ("points in the plane", "a batch of images")


def _quadratic_step(energy, x, step_size, noise):
    return oracles.quadratic_langevin_step(
        x, energy.center.detach(), energy.stiffness.item(), step_size, noise
    )


def _flawed_quadratic_step(sign=1.0, share=1.0, batch_mean=False, noise_scale=None, graph=False):
    """The step with another factor before the gradient or the noise."""

    def langevin_step(energy, x, step_size, noise):
        push = energy.stiffness.item() * (x - energy.center.detach())
        push = sign * share * (push / len(x) if batch_mean else push)
        scale = 1.0 if noise_scale is None else noise_scale(step_size)
        moved = x - step_size * push + scale * noise
        if graph and not moved.requires_grad:
            moved.requires_grad_()
        return moved * 1.0 if graph else moved.detach()

    return langevin_step


def _polluting_step(energy, x, step_size, noise):
    energy.stiffness.grad += 1.0
    return _quadratic_step(energy, x, step_size, noise)


def _refused_by_autograd(complaint):
    def refused(*given, **more):
        raise RuntimeError(complaint)

    return refused


def _step_probe(name, shape, stiffness, step_size):
    draw = together(
        x=uniform(-1.5, 2, *shape),
        center=uniform(0.2, 0.8, *shape[1:]),
        stiffness=stiffness,
        step_size=step_size,
        noises=uniform(-0.3, 0.4, 2, *shape),
    )
    return Probe(name, draw, walks.langevin_steps)


langevin_step = Exercise(
    id="ebm-mnist.langevin_step",
    truth="x - step_size grad E(x) + noise; on E = |x|^2 / 2 it is (1 - step_size) x + noise",
    source="Welling and Teh 2011, equation 4; closed form on quadratic energies",
    points=7,
    on_gpu=False,  # it gets tensors on the CPU
    probes=(
        _step_probe(STEP_PROBES[0], (6, 2), 1.7, 0.3),
        _step_probe(STEP_PROBES[1], (5, 1, 3, 3), 0.8, 0.15),
    ),
    oracle=_quadratic_step,
    remarks=REMARKS,
    misconceptions=(
        Misconception(
            "wrong sign",
            "This climbs: samples go to low energy, so the gradient of E is subtracted.",
            (_flawed_quadratic_step(sign=-1.0),),
        ),
        Misconception(
            "gradient of the mean",
            "Each point walks on its own energy: the gradient of the mean over the batch is N times"
            " too small. Use energy(x).sum().",
            (_flawed_quadratic_step(batch_mean=True),),
        ),
        Misconception(
            "graph kept alive",
            "The result is still attached to the step that made it, so memory grows with every"
            " step and training would run back through all of them: detach() it.",
            (_flawed_quadratic_step(graph=True),),
        ),
        Misconception(
            "no noise",
            "Without noise every chain ends in a valley and stays there: add the given noise.",
            (_flawed_quadratic_step(noise_scale=lambda step_size: 0.0),),
        ),
        Misconception(
            "the noise scaled again",
            "The noise is added as it is given; its deviation has been chosen already.",
            (
                _flawed_quadratic_step(noise_scale=lambda step_size: step_size),
                _flawed_quadratic_step(noise_scale=lambda step_size: step_size**0.5),
                _flawed_quadratic_step(noise_scale=lambda step_size: (2 * step_size) ** 0.5),
                _flawed_quadratic_step(noise_scale=lambda step_size: -step_size),
            ),
        ),
        Misconception(
            "the step halved",
            "Some texts write half a step; here the gradient is multiplied by step_size itself.",
            (_flawed_quadratic_step(share=0.5),),
        ),
        Misconception(
            "gradients left on the parameters",
            "energy.backward() also adds gradients to the network's parameters, and the next"
            " training step finds them there: torch.autograd.grad(..., x) asks for x alone.",
            (_polluting_step,),
        ),
        Misconception(
            "no gradient of x",
            "Gradients with respect to x are needed: x must require them, and the energy must not"
            " be computed under torch.no_grad().",
            (
                _refused_by_autograd("does not require grad"),
                _refused_by_autograd("appears to not have been used in the graph"),
            ),
        ),
    ),
)


def _walk(
    *, uphill=1, clamp=0.03, end=1.0, batch_mean=False, noise=0.005, fixed_noise=False,
    accumulates=False, through_parameters=False, graph=False, mode=None, frozen_parameters=False,
    copies=True,
):  # fmt: skip
    """generate_samples as students write it, with at most one flaw.

    uphill: -1 walks towards low f. clamp: of the gradient. end: of the range of a pixel.
    batch_mean: the gradient of the mean over the batch. noise: deviation of each step's noise.
    fixed_noise: drawn once. accumulates: gradients of earlier steps are kept.
    through_parameters: backward() through the network. graph: the result keeps every step.
    mode: the network's training mode afterwards; None: the one before. copies: of the pictures.
    """

    def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
        x = (inp_imgs.requires_grad_() if graph else inp_imgs.detach()).clone()
        drawn, push, pictures = None, 0, []
        for _ in range(steps):
            if drawn is None or not fixed_noise:
                drawn = torch.randn(x.shape)
            x += noise * drawn
            x.clamp_(-end, end)
            here = x.detach().requires_grad_()
            f = model(here).mean() if batch_mean else model(here).sum()
            if through_parameters:
                f.backward()
            else:
                (here.grad,) = torch.autograd.grad(f, here)
            push = (here.grad + push if accumulates else here.grad).clamp(-clamp, clamp)
            x += uphill * step_size * push
            x.clamp_(-end, end)
            if return_img_per_step:
                pictures.append(x.clone() if copies else x)
        if mode is not None:
            model.train(mode)
        if frozen_parameters:
            model.requires_grad_(False)
        return torch.stack(pictures) if return_img_per_step else x

    return generate_samples


# Ten samples are looked at in one judgement, so a right answer fails once in a million times.
WALK_FALSE_ALARM = 1e-7


class WaysOfPixels(Distribution):
    """Distribution of the ways of many pixels, which may all be equal where there is no noise."""

    def alike(self, sample: Tensor, other: Tensor) -> bool:
        """Samples of one law look different at the rate false_alarm."""
        # Ways without noise agree in float32 and float64 up to this rounding.
        sample, other = (ways.round(decimals=5) for ways in (sample, other))
        test = stats.ks_2samp(sample.flatten(), other.flatten(), method="asymp")
        return bool(test.pvalue > self.false_alarm)


@functools.cache
def way_law(slope: float, steps: int, step_size: float) -> WaysOfPixels:
    """The law of a pixel's way where f has this slope, far from the ends of the range."""
    way, deviation = oracles.linear_way(slope, steps, step_size), oracles.way_deviation(steps)
    return WaysOfPixels(stats.norm(way, deviation), false_alarm=WALK_FALSE_ALARM)


def _walk_probe(name, steps, step_size, training):
    draw = together(**walks.linear_images(32), steps=steps, step_size=step_size, training=training)
    laws = {walks.way_of(slope): way_law(slope, steps, step_size) for slope, _ in walks.GROUPS}
    return Probe(name, draw, walks.walk, laws=lambda inputs: laws)


def _pictures_probe(name, steps, step_size):
    draw = together(**walks.linear_images(32), steps=steps, step_size=step_size)
    slope, _ = walks.GROUPS[0]
    pictures = ((walks.FIRST, 1), (walks.LAST, steps))
    laws = {picture: way_law(slope, step, step_size) for picture, step in pictures}
    return Probe(name, draw, walks.pictures, laws=lambda inputs: laws)


WALKS = (
    "a network that is being trained",
    "a network that is being evaluated",
    "all pictures of a walk",
)

generate_samples = Exercise(
    id="ebm-mnist.generate_samples",
    truth="on a linear f each pixel moves step_size clamp(slope, +-0.03) a step, up to noise 0.005",
    source="Du and Mordatch 2019, algorithm 1; Kolmogorov-Smirnov tests, false alarm 1e-6 in all",
    points=9,
    probes=(
        _walk_probe(WALKS[0], 2, 10, True),
        _walk_probe(WALKS[1], 3, 5, False),
        _pictures_probe(WALKS[2], 3, 5),
    ),
    oracle=_walk(),
    remarks=REMARKS,
    misconceptions=(
        Misconception(
            "wrong sign",
            "f = -E: the images must climb f, that is, go down in energy. Check the sign in front"
            " of the gradient, and of model(x).",
            (_walk(uphill=-1),),
        ),
        Misconception(
            "gradient of the mean",
            "Each image walks on its own: with the mean over the batch its gradient is divided by"
            " the size of the batch. Use the sum.",
            (_walk(batch_mean=True), _walk(batch_mean=True, uphill=-1)),
        ),
        Misconception(
            "no clamp",
            "Two clamps keep the walk tame: the gradient is cut to +-0.03, and after each step the"
            " pixels to [-1, 1]. Are both there, and in effect? x.clamp(...) returns a new tensor,"
            " x.clamp_(...) changes this one.",
            (
                _walk(clamp=math.inf),
                _walk(end=math.inf),
                _walk(clamp=math.inf, end=math.inf),
            ),
        ),
        Misconception(
            "no noise",
            "Without noise this is only climbing: every step adds a little normal noise.",
            (_walk(noise=0.0),),
        ),
        Misconception(
            "the same noise at every step",
            "The noise was drawn once and added again and again, so it always pushes in the same"
            " direction: draw new noise in every step.",
            (_walk(fixed_noise=True),),
        ),
        Misconception(
            "gradients of the images accumulate",
            "backward() adds to x.grad: set it to zero (or None) in every step.",
            (_walk(accumulates=True),),
        ),
        Misconception(
            "gradients left on the parameters",
            "backward() also adds gradients to the network's parameters, and the next training step"
            " finds them there: switch them off while sampling, or use torch.autograd.grad.",
            (
                _walk(through_parameters=True),
                _walk(through_parameters=True, graph=True),
            ),
        ),
        Misconception(
            "modes not restored",
            "Afterwards the network must be as it was before: in training or evaluation mode, and"
            " its parameters requiring gradients.",
            (
                _walk(mode=False),
                _walk(mode=True),
                _walk(frozen_parameters=True),
                _walk(mode=False, frozen_parameters=True),
                _walk(mode=True, frozen_parameters=True),
            ),
        ),
        Misconception(
            "one picture again and again",
            "All pictures of the walk are the last one: what was put into the list is changed in"
            " place by the next step. Append a copy: clone().",
            (_walk(copies=False),),
        ),
        Misconception(
            "the sampler under no_grad",
            "The sampler needs gradients with respect to the images: no torch.no_grad() around it,"
            " and x must require them.",
            (
                _refused_by_autograd("does not require grad"),
                _refused_by_autograd("appears to not have been used in the graph"),
            ),
        ),
    ),
)
