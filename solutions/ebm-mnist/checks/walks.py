"""Part 3: walking downhill in energy."""

import functools
import math

import torch
from torch import Tensor, nn
from torch.distributions import Normal

from autograder.judging import Alias, Exercise, Misconception, Probe, Remark
from autograder.judging.distribution import Distribution, likeness
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
TWICE = "one step twice"
STEP_PROBES = ("points in the plane", "a batch of images")


def _quadratic_step(energy, x, step_size, noise):
    return oracles.quadratic_langevin_step(
        x, energy.center.detach(), energy.stiffness.item(), step_size, noise
    )


def _flawed_quadratic_step(
    sign=1.0, share=1.0, batch_mean=False, noise_scale=None, graph=False, noise_first=False,
    change=lambda push: push, trace=lambda energy: None,
):  # fmt: skip
    """The step with another factor before the gradient or the noise, or with one other flaw.

    noise_first: the gradient is that of the noisy point. change: of the gradient. trace: what
    is left on the energy.
    """

    def langevin_step(energy, x, step_size, noise):
        here = x + noise if noise_first else x
        push = change(energy.stiffness.item() * (here - energy.center.detach()))
        push = sign * share * (push / len(x) if batch_mean else push)
        scale = 1.0 if noise_scale is None else noise_scale(step_size)
        trace(energy)
        moved = x - step_size * push + scale * noise
        if graph and not moved.requires_grad:
            moved.requires_grad_()
        return moved * 1.0 if graph else moved.detach()

    return langevin_step


def _pollute(energy):
    before = energy.stiffness.grad
    energy.stiffness.grad = torch.ones_like(energy.stiffness) + (0 if before is None else before)


def _polluting(step):
    """The step by energy.backward()."""

    def langevin_step(energy, x, step_size, noise):
        _pollute(energy)
        return step(energy, x, step_size, noise)

    return langevin_step


def _half_a_step(step):
    """Half of the way that a step goes beside its noise."""

    def langevin_step(energy, x, step_size, noise):
        still = step(energy, energy.center.detach().expand_as(x), step_size, noise)
        noisy = still - energy.center.detach()
        return x + noisy + 0.5 * (step(energy, x, step_size, noise) - x - noisy)

    return langevin_step


def _own_noise(scale):
    """The step with noise that it draws, beside whatever is given."""

    def langevin_step(energy, x, step_size, noise):
        own = scale(step_size) * torch.randn_like(noise)
        return _quadratic_step(energy, x, step_size, own)

    return langevin_step


def _refused_by_autograd(complaint):
    def refused(*given, **more):
        raise RuntimeError(complaint)

    return refused


def _erased(*formulas):
    return Misconception(
        "gradients of the parameters erased",
        "zero_grad() also takes away what was there before: ask for the gradient of x alone, with"
        " torch.autograd.grad(..., x).",
        formulas,
    )


def _step_probe(name, shape, stiffness, step_size):
    draw = together(
        x=uniform(-1.5, 2, *shape),
        center=uniform(0.2, 0.8, *shape[1:]),
        stiffness=stiffness,
        step_size=step_size,
        noises=uniform(-0.3, 0.4, 3, *shape),
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
        Probe(TWICE, _step_probe(TWICE, (4, 2), 1.3, 0.2).draw, walks.repeated_step),
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
            transform=_half_a_step,
        ),
        Misconception(
            "noise of its own",
            "The noise is given: draw none, or the same noise does not give the same step.",
            (
                _own_noise(lambda step_size: 1.0),
                _own_noise(lambda step_size: (2 * step_size) ** 0.5),
            ),
            on=(TWICE,),
        ),
        Misconception(
            "gradients left on the parameters",
            "energy.backward() also adds gradients to the network's parameters, and the next"
            " training step finds them there: torch.autograd.grad(..., x) asks for x alone.",
            (_flawed_quadratic_step(trace=_pollute),),
            transform=_polluting,
        ),
        _erased(_flawed_quadratic_step(trace=lambda energy: energy.zero_grad())),
        Misconception(
            "parameters left frozen",
            "The parameters no longer require gradients afterwards: switch them on again, or use"
            " torch.autograd.grad(..., x), which leaves them alone.",
            (_flawed_quadratic_step(trace=lambda energy: energy.requires_grad_(False)),),
        ),
        Misconception(
            "the gradient of the noisy point",
            "The gradient is taken at x, before the noise is added.",
            (_flawed_quadratic_step(noise_first=True),),
        ),
        Misconception(
            "only the sign of the gradient",
            "Where the energy is steep the step is long: multiply the gradient itself.",
            (_flawed_quadratic_step(change=torch.sign),),
        ),
        Misconception(
            "one gradient for the whole batch",
            "Each point goes down the gradient of its own energy, not their mean or sum.",
            (
                _flawed_quadratic_step(change=torch.mean),
                _flawed_quadratic_step(change=torch.sum),
                _flawed_quadratic_step(change=lambda push: push.mean(0)),
                _flawed_quadratic_step(change=lambda push: push.sum(0)),
            ),
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
    *, uphill=1, clamp=0.03, low=-1.0, end=1.0, clamped="in every step", cut="each entry",
    batch_mean=False, noise=0.005, draw=torch.randn, noisy="every step", stale=False,
    accumulates=False, share=1.0, more=0, sizes=(None, None), backward=False, erased=False,
    graph=None, of_pictures=True, mode=None, frozen=False, careless_with="every call", copies=True,
    first=False, late=None,
):  # fmt: skip
    """generate_samples as students write it, with at most one flaw.

    uphill: -1 walks towards low f. clamp: of the gradient. low, end: of the range of a pixel.
    clamped: when pixels are. cut: what is clamped to +-0.03. batch_mean: the gradient of the mean
    over the batch. noise: factor of each step's draw(shape). noisy: the step with noise; "fixed"
    is drawn once. stale: one gradient for all steps. accumulates: gradients of earlier steps are
    kept. share: of the step. more: steps. sizes: (steps, step_size) instead of the arguments.
    backward: through the network. erased: its gradients. graph: what is kept, all "steps" or
    the "parameters". of_pictures: it is kept by the pictures as well.
    mode: the network's training mode afterwards; None: the one before. frozen: its parameters.
    careless_with: the calls after which it is not restored. copies: of the pictures. first: the
    start is a picture, too. late: pictures are taken so early in the step.
    """

    def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
        steps, step_size = sizes[0] or steps + more, sizes[1] or step_size
        x = inp_imgs.detach().clone().requires_grad_(graph == "steps")
        drawn, push, gradient, pictures = None, 0, None, [x] if first else []
        noisy_steps = {"first step": {0}, "last step": {steps - 1}}.get(noisy, range(steps))
        for step in range(steps):
            if late == "before the noise":
                pictures.append(x)
            if drawn is None or noisy != "fixed":
                drawn = draw(x.shape, dtype=x.dtype)
            if step in noisy_steps and clamped != "before the noise":
                x = x + noise * drawn
            if clamped == "in every step":
                x = x.clamp(low, end)
            if late == "before the move":
                pictures.append(x)
            if gradient is None or not stale:
                gradient = _gradient(model, x, batch_mean, backward)
            push = _cut(gradient + push if accumulates else gradient, clamp, cut, step_size)
            x = x + uphill * share * step_size * push
            if clamped in ("in every step", "before the noise"):
                x = x.clamp(low, end)
            if clamped == "before the noise":
                x = x + noise * drawn
            if graph == "parameters":
                x = x + 0 * sum(parameter.sum() for parameter in model.parameters())
            if late is None:
                pictures.append(x if of_pictures else x.detach())
        if clamped.startswith("at the end"):
            x = x.clamp(low, end)
        if clamped == "at the end, as the pictures":
            pictures = [picture.clamp(low, end) for picture in pictures]
        if erased:
            model.zero_grad()
        if return_img_per_step or careless_with == "every call":
            model.train(model.training if mode is None else mode)
            model.requires_grad_(not frozen)
        pictures = pictures if copies else [x] * len(pictures)
        return torch.stack(pictures) if return_img_per_step else x

    return generate_samples


def _gradient(model, x, batch_mean, backward):
    here = x.detach().requires_grad_()
    f = model(here).mean() if batch_mean else model(here).sum()
    if backward:
        f.backward()
        return here.grad
    return torch.autograd.grad(f, here)[0]


class _Negated(nn.Module):
    """-f, with the parameters and the mode of f."""

    def __init__(self, f: nn.Module) -> None:
        super().__init__()
        self.f = f
        self.training = f.training

    def train(self, mode: bool = True) -> "_Negated":
        self.training = mode
        self.f.train(mode)
        return self

    def forward(self, x: Tensor) -> Tensor:
        return -self.f(x)


def _of_the_energy(formula):
    """The formula with E where f is asked for, beside whatever else is wrong in it."""
    return lambda model, *given, **more: formula(_Negated(model), *given, **more)


def _in_one_row(formula):
    """The formula with all pictures behind each other."""

    def generate_samples(model, inp_imgs, *given, **more):
        found = formula(model, inp_imgs, *given, **more)
        return found.flatten(0, 1) if found.dim() > inp_imgs.dim() else found

    return generate_samples


def _centred(width):
    """Uniform draws around 0."""
    return lambda shape, dtype: width * (torch.rand(shape, dtype=dtype) - 0.5)


def _cut(push, clamp, cut, step_size):
    if cut == "the norm":
        return push * min(1.0, clamp / push.norm().item())
    if cut == "the norm of each image":
        norm = push.flatten(1).norm(dim=1).reshape(-1, *[1] * (push.dim() - 1))
        return push * (clamp / norm).clamp(max=1)
    if cut == "the whole step":
        return (step_size * push).clamp(-clamp, clamp) / step_size
    return push.clamp(-clamp, clamp)


# Fifteen samples are looked at in one judgement: a right answer fails once in a million times.
WALK_FALSE_ALARM = 5e-8


class WaysOfPixels(Distribution):
    """Distribution of the ways of many pixels, which may all be equal where there is no noise."""

    def alike(self, sample: Tensor, other: Tensor) -> bool:
        """Samples of one law look different at the rate false_alarm."""
        # Ways without noise agree in float32 and float64 up to this rounding.
        sample, other = (ways.round(decimals=5).flatten() for ways in (sample, other))
        gap = (sample.var() / len(sample) + other.var() / len(other)).sqrt()
        if abs(sample.mean() - other.mean()) > 10 * gap + 2e-5:
            return False  # known at once
        return likeness(sample, other) > self.false_alarm


@functools.cache
def way_law(slope: float, steps: int, step_size: float) -> WaysOfPixels:
    """The law of a pixel's way where f has this slope, far from the ends of the range."""
    way, deviation = oracles.linear_way(slope, steps, step_size), oracles.way_deviation(steps)
    return WaysOfPixels(Normal(way, deviation), false_alarm=WALK_FALSE_ALARM)


# Enough for all but the form of the noise: 2,000 pixels of a kind.
FEW = 16
# 3,000 pixels of deviation 0.01 have a mean of deviation 0.0002.
NEAR = 2e-3


class MeanNear(Distribution):
    """Distribution of which only the mean is looked at."""

    def accepts(self, sample: Tensor) -> bool:
        """Whether the mean of the sample is that of the law."""
        return bool(abs(sample.mean() - self.law.mean) < NEAR)

    def alike(self, sample: Tensor, other: Tensor) -> bool:
        """Whether both samples have nearly the same mean."""
        return bool(abs(sample.mean() - other.mean()) < NEAR)


def _walk_probe(name, steps, step_size, training, images):
    draw = together(
        **walks.linear_images(images), steps=steps, step_size=step_size, training=training
    )
    laws = {walks.way_of(slope): way_law(slope, steps, step_size) for slope, _ in walks.GROUPS}
    return Probe(name, draw, walks.walk, laws=lambda inputs: laws)


def _curved_probe(name, steps, step_size):
    draw = together(**walks.curved_images(FEW), steps=steps, step_size=step_size)
    laws = {
        walks.pixels_of(group): MeanNear(
            Normal(oracles.curved_pixel(*landscape, steps, step_size), 0.01)
        )
        for group, *landscape in walks.CURVED
    }
    return Probe(name, draw, walks.curved_walk, laws=lambda inputs: laws)


def _pictures_probe(name, steps, step_size):
    draw = together(**walks.linear_images(FEW), steps=steps, step_size=step_size, training=True)
    slope, _ = walks.GROUPS[0]
    laws = {walks.picture(step): way_law(slope, step, step_size) for step in range(1, steps + 1)}
    return Probe(name, draw, walks.pictures, laws=lambda inputs: laws)


WALKS = (
    "a network that is being trained",
    "a network that is being evaluated",
    "a single step",
    "an f that is curved",
    "all pictures of a walk",
)

STRAIGHT = tuple(name for name in WALKS if name != "an f that is curved")
WITHOUT_PICTURES = WALKS[:-1]


def _with_deviation(noise):
    """Adapt a sampler that is told the deviation of the noise, as its argument `noise`."""

    def adapt(sampler):
        def generate_samples(model, inp_imgs, steps=60, step_size=10, **more):
            return sampler(model, inp_imgs, steps, step_size, noise, **more)

        return generate_samples

    return adapt


generate_samples = Exercise(
    id="ebm-mnist.generate_samples",
    truth="on a linear f each pixel moves step_size clamp(slope, +-0.03) a step, up to noise 0.005",
    source="Du and Mordatch 2019, algorithm 1; Kolmogorov-Smirnov tests, false alarm 1e-6 in all",
    points=9,
    probes=(
        _walk_probe(WALKS[0], 2, 10, True, images=FEW),
        _walk_probe(WALKS[1], 3, 5, False, images=FEW),
        # Many images: normal noise is told from uniform noise of the same deviation.
        _walk_probe(WALKS[2], 1, 10, True, images=100),
        _curved_probe(WALKS[3], 4, 10),
        _pictures_probe(WALKS[4], 3, 5),
    ),
    oracle=_walk(),
    remarks=REMARKS,
    aliases=(
        Alias(
            "generate_samples",
            _with_deviation(0.005),
            "Foster's Generative Deep Learning, which gives the deviation of the noise",
            ("model", "inp_imgs", "steps", "step_size", "noise", "return_img_per_step"),
        ),
    ),
    misconceptions=(
        Misconception(
            "wrong sign",
            "f = -E: the images must climb f, that is, go down in energy. Check the sign in front"
            " of the gradient, and of model(x).",
            (_walk(uphill=-1),),
            transform=_of_the_energy,
        ),
        Misconception(
            "gradient of the mean",
            "Each image walks on its own: with the mean over the batch its gradient is divided by"
            " the size of the batch. Use the sum.",
            (_walk(batch_mean=True), _walk(batch_mean=True, uphill=-1)),
        ),
        Misconception(
            "noise after the clamp",
            "The noise comes first in a step and the clamp last, so that no pixel leaves [-1, 1].",
            (_walk(clamped="before the noise"),),
        ),
        Misconception(
            "no clamp",
            "Two clamps keep the walk tame: the gradient is cut to +-0.03, and after each step the"
            " pixels to [-1, 1]. Are both there, and in effect? x.clamp(...) returns a new tensor,"
            " x.clamp_(...) changes this one.",
            (
                _walk(clamp=math.inf),
                _walk(low=-math.inf, end=math.inf),
                _walk(clamp=math.inf, low=-math.inf, end=math.inf),
            ),
            on=STRAIGHT,  # without a clamp, a walk on a curved f runs away
        ),
        Misconception(
            "another bound of the gradient",
            "The gradient is cut to [-0.03, 0.03], no tighter.",
            tuple(_walk(clamp=clamp) for clamp in (0.01, 0.003, 0.005, 0.02)),
        ),
        Misconception(
            "the pixels in another range",
            "Pixels live in [-1, 1] here, background -1 and ink 1: clamp them to that.",
            (_walk(low=0.0), _walk(low=-0.5, end=0.5), _walk(low=0.0, end=255.0)),
        ),
        Misconception(
            "pictures before the step",
            "A picture shows the images after its step: append it at the end of the loop.",
            (_walk(late="before the noise"), _walk(late="before the move")),
        ),
        Misconception(
            "pixels clamped only at the end",
            "The pixels must be cut to [-1, 1] in every step: a pixel that has left the range is"
            " walked on from there, where f was never trained.",
            (_walk(clamped="at the end"), _walk(clamped="at the end, as the pictures")),
        ),
        Misconception(
            "the whole step clamped",
            "What is cut to +-0.03 is the gradient; it is multiplied by step_size after that.",
            (_walk(cut="the whole step"),),
        ),
        Misconception(
            "the norm clamped",
            "Each entry of the gradient is cut to +-0.03 on its own: a norm of 0.03 over all pixels"
            " leaves next to nothing.",
            (_walk(cut="the norm"), _walk(cut="the norm of each image")),
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
            (_walk(noisy="fixed"),),
        ),
        Misconception(
            "noise in one step only",
            "Noise belongs to each of the steps, not to the first or the last one alone.",
            (_walk(noisy="first step"), _walk(noisy="last step")),
        ),
        Misconception(
            "another deviation of the noise",
            "The noise has the deviation 0.005, which is neither its variance nor 1: 0.005 *"
            " torch.randn_like(x).",
            tuple(
                _walk(noise=noise)
                for noise in (0.005**2, 0.005**0.5, 0.05, 0.01, 0.0005, 0.001, 0.02, 0.1, 1.0)
            ),
            on=STRAIGHT,  # large noise blurs where a walk on a curved f ends
        ),
        Misconception(
            "uniform noise",
            "The noise is normal: torch.randn_like, not torch.rand_like.",
            (
                _walk(draw=torch.rand),
                _walk(draw=_centred(2)),
                _walk(draw=_centred(1)),
                _walk(draw=_centred(12**0.5)),
            ),
        ),
        Misconception(
            "one gradient for all steps",
            "The images move, so their gradient is computed again in every step.",
            (_walk(stale=True),),
        ),
        Misconception(
            "gradients of the images accumulate",
            "backward() adds to x.grad: set it to zero (or None) in every step.",
            (_walk(accumulates=True),),
        ),
        Misconception(
            "the step halved",
            "Some texts write half a step; here the clamped gradient is multiplied by step_size.",
            (_walk(share=0.5),),
        ),
        Misconception(
            "steps or step_size ignored",
            "60 steps of size 10 are only the defaults: use the arguments.",
            (_walk(sizes=(60, 10)), _walk(sizes=(60, None)), _walk(sizes=(None, 10))),
            on=WITHOUT_PICTURES,
        ),
        Misconception(
            "a step too many or too few",
            "There are exactly `steps` steps: for _ in range(steps).",
            (_walk(more=1), _walk(more=-1)),
            on=WITHOUT_PICTURES,
        ),
        Misconception(
            "gradients left on the parameters",
            "backward() also adds gradients to the network's parameters, and the next training step"
            " finds them there: switch them off while sampling, or use torch.autograd.grad.",
            (_walk(backward=True),),
        ),
        _erased(_walk(backward=True, erased=True)),
        Misconception(
            "modes not restored",
            "Afterwards the network must be as it was before, whatever is returned: in training or"
            " evaluation mode, and its parameters requiring gradients.",
            tuple(
                _walk(mode=mode, frozen=frozen, careless_with=calls)
                for mode in (False, True, None)
                for frozen in (False, True)
                for calls in ("every call", "pictures")
                if (mode, frozen) != (None, False)
                # In the probe with pictures the network is being trained.
                and (mode, frozen, calls) != (True, False, "pictures")
            ),
        ),
        Misconception(
            "graph kept alive",
            "The result remembers all steps: detach() the images in each of them, before the"
            " gradient is asked for, and once more before they are returned.",
            tuple(
                _walk(graph=graph, of_pictures=of_pictures)
                for graph in ("steps", "parameters")
                for of_pictures in (True, False)
            ),
        ),
        Misconception(
            "one picture again and again",
            "All pictures of the walk are the last one: what was put into the list is changed in"
            " place by the next step. Append a copy: clone().",
            (_walk(copies=False),),
        ),
        Misconception(
            "cat for stack",
            "torch.cat puts all pictures behind each other, (steps * N, 1, 28, 28); torch.stack"
            " makes an axis for the steps.",
            (_in_one_row(_walk()),),
            transform=_in_one_row,
        ),
        Misconception(
            "the start among the pictures",
            "There is one picture after each step; the images at the start are not among them.",
            (_walk(first=True),),
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
