"""Part 4: the loss of a noise network."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor
from torch.distributions import Normal, Uniform
from torch.nn import functional as F

from autograder.judging import Exercise, Misconception, Probe
from autograder.judging.distribution import FALSE_ALARM, Distribution
from autograder.judging.misconceptions import (
    NO_MEAN,
    OVERWRITTEN,
    SUMMED,
    by_size,
    only_for,
    scaled,
    transformed,
    under_no_grad,
)
from autograder.judging.probes import KEPT, together, uniform

from . import forward
from .at_times import STEPS, alpha_bars, times
from .observers import losses
from .oracles import loss as oracles
from .oracles.forward import q_sample
from .oracles.schedule import linear_schedule

ROWS, IMAGES = "times and noise that are given, rows (N, d)", "given ones, images (N, 1, 28, 28)"
GIVEN = ROWS, IMAGES
DRAWN, OFTEN = "2,000 images, times and noise drawn", "images and calls"
TIMES, NOISE = "times that are given alone", "noise that is given alone"
# Mistakes in x_t, and what they are called where x_t alone is asked for.
OF_X_T = (
    "both roots missing",
    "the root of alpha_bar missing",
    "the root of 1 - alpha_bar missing",
    "1 minus the root",
    "image and noise swapped",
    "the image as large as before",
    "the noise subtracted",
    "alpha for alpha_bar",
    "a time for each column",
)


def _network(**more):
    """The network's two numbers, beside other draws."""
    return together(gain=uniform(0.4, 0.7), slope=uniform(0.5, 0.9), **more)


def _given(*shape, by_name):
    return _network(
        x0=uniform(-1.5, 1, *shape),
        alpha_bars=alpha_bars,
        t=times(shape[0]),
        noise=uniform(-1.5, 2, *shape),
        by_name=by_name,
    )


def _images(rows, **more):
    return _network(x0=uniform(-1.5, 1, rows, 3), alpha_bars=alpha_bars, **more)


def _in_1000_steps(g):
    """A steep schedule would not do for code that has a number of steps of its own."""
    return _given(50, 3, by_name=True)(g) | {"alpha_bars": linear_schedule(1000)[1]}


def _laws(inputs):
    return {
        losses.TIMES: Distribution(Uniform(0.0, float(STEPS)), FALSE_ALARM / 2),
        losses.NOISE: Distribution(Normal(0.0, 1.0), FALSE_ALARM / 2),
    }


def _uniform_times(x0, bars):
    return torch.randint(len(bars), (len(x0),))


def _times_from(low: int, high: int) -> Callable[[Tensor, Tensor], Tensor]:
    """high: added to T."""
    return lambda x0, bars: torch.randint(low, len(bars) + high, (len(x0),))


@dataclass(frozen=True)
class OneTime(Distribution):
    """The same time in all images, whichever it is."""

    law: object = None

    def __str__(self):
        return "one time"

    def accepts(self, sample: Tensor) -> bool:
        return bool((sample.floor() == sample.floor()[0]).all())

    def difference(self, sample: Tensor) -> str:
        return "not one time"


def _squared(found, noise):
    return (found - noise).square().mean()


def _loss(
    *,
    draw_times: Callable[[Tensor, Tensor], Tensor] = _uniform_times,
    make: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor] = q_sample,
    call: Callable[..., Tensor] = lambda model, x_t, t, x0, noise, steps: model(x_t, t),
    target: Callable[..., Tensor] = lambda noise, x0, x_t: noise,
    distance: Callable[[Tensor, Tensor], Tensor] = _squared,
) -> Callable:
    """A loss as students write it, with one flaw."""

    def loss(model, x0, alpha_bars, t=None, noise=None):
        if t is None:
            t = draw_times(x0, alpha_bars)
        if noise is None:
            noise = torch.randn_like(x0)
        x_t = make(x0, t, alpha_bars, noise)
        found = call(model, x_t, t, x0, noise, len(alpha_bars))
        return distance(found, target(noise, x0, x_t))

    return loss


def _wrong(name, sentence, *formulas, on=GIVEN):
    return Misconception(name, sentence, formulas, on=on)


def _drawing(
    times: Callable[[Tensor, Tensor], Tensor] | None = None,
    noise: Callable[[Tensor], Tensor] | None = None,
) -> Callable[[Callable], Callable]:
    """A transform: any loss, with times or noise that are None drawn in this way."""
    draw_times, draw_noise = times, noise

    def transform(loss):
        def drawing(model, x0, alpha_bars, t=None, noise=None):
            if t is None and draw_times:
                t = draw_times(x0, alpha_bars)
            if noise is None and draw_noise:
                noise = draw_noise(x0)
            return loss(model, x0, alpha_bars, t, noise)

        return drawing

    return transform


def _wrong_draw(name, sentence, *ways, on=(DRAWN,), laws=None, of=()):
    """ways: of _drawing; the first is recognised beside any mistake, and made in each of `of`."""
    formulas = tuple(way(oracles.ddpm_loss) for way in ways)
    formulas += tuple(ways[0](loss) for loss in of)
    return Misconception(name, sentence, formulas, on, laws or {}, transform=ways[0])


def _target_twice(model, x0, bars, t=None, noise=None):
    """Fresh noise as target, where it is drawn."""
    if noise is not None:
        return oracles.ddpm_loss(model, x0, bars, t, noise)
    return _loss(target=lambda noise, *_: torch.randn_like(noise))(model, x0, bars, t)


def _in_x_t(known):
    """A mistake in x_t, made within the loss."""
    formulas = tuple(_loss(make=formula) for formula in known.formulas)
    return Misconception(known.name, known.sentence, formulas, on=GIVEN)


def _other_input(choose):
    return _loss(call=lambda model, x_t, t, x0, noise, steps: model(choose(x_t, x0, noise), t))


def _other_time(change):
    return _loss(call=lambda model, x_t, t, x0, noise, steps: model(x_t, change(t, steps)))


def _ignoring(**none):
    """The right loss, which draws although it is given something."""
    return lambda model, x0, bars, t=None, noise=None: oracles.ddpm_loss(
        model, x0, bars, **({"t": t, "noise": noise} | none)
    )


def _a_step_off(shift):
    """Times that count from 1."""

    def make(x0, t, bars, noise):
        return q_sample(x0, t - 1, bars, noise)

    return _loss(draw_times=_times_from(1, 1), make=make)


def _velocity(model, x0, bars, t=None, noise=None):
    t = _uniform_times(x0, bars) if t is None else t
    noise = torch.randn_like(x0) if noise is None else noise
    # Turned by a quarter: x_t of (noise, -x0).
    found = model(q_sample(x0, t, bars, noise), t)
    return _squared(found, q_sample(noise, t, bars, -x0))


def _shared(*shape):
    return lambda x0: torch.randn(
        [1 if place in shape else size for place, size in enumerate(x0.shape)]
    ).expand_as(x0)


def _seeded(model, x0, bars, t=None, noise=None):
    torch.manual_seed(0)
    return oracles.ddpm_loss(model, x0, bars, t, noise)


def _outside(model, x0, bars, t=None, noise=None):
    if t is None:
        raise IndexError  # which time is drawn, and so torch's sentence, is chance
    return oracles.ddpm_loss(model, x0, bars, t, noise)


def _over_pixels(loss):
    """The sum over the pixels of an image instead of their mean."""

    def summed(model, x0, *rest, **more):
        return x0[0].numel() * loss(model, x0, *rest, **more)

    return summed


_by_name = {known.name: known for known in forward.q_sample.misconceptions}
_of_x_t = [_by_name[name] for name in OF_X_T]
IN_X_T = tuple(map(_in_x_t, _of_x_t))
# Where x_t is wrong, noise that is drawn is not seen as it is: its mistakes are known beside these.
WRONG_X_T = tuple(_loss(make=make) for known in _of_x_t[:-1] for make in known.formulas)

ddpm_loss = Exercise(
    id="diffusion-mnist.ddpm_loss",
    truth="mean of (noise - model(x_t, t))^2; t uniform over 0..T-1, noise standard normal",
    source="Ho et al. 2020, Denoising Diffusion Probabilistic Models, equation 14, algorithm 1",
    points=5,
    probes=(
        Probe(ROWS, _given(7, 3, by_name=False), losses.given),
        Probe(IMAGES, _given(28, 1, 28, 28, by_name=True), losses.given),
        # Of one pixel, so that no two numbers depend on one time.
        Probe(DRAWN, _given(2000, 1, by_name=True), losses.drawn, _laws, losses.drawn_at_a_glance),
        Probe(OFTEN, _images(40), losses.often),
        Probe(TIMES, _given(8, 3, by_name=True), losses.times_given),
        Probe(NOISE, _in_1000_steps, losses.noise_given),
        Probe(KEPT, _given(5, 3, by_name=False), losses.kept),
    ),
    oracle=oracles.ddpm_loss,
    misconceptions=(
        *IN_X_T,
        _wrong(
            "the network is given the clean image",
            "The network is called with the noisy image x_t: in the clean one there is no noise to"
            " find.",
            _other_input(lambda x_t, x0, noise: x0),
        ),
        _wrong(
            "the network is given the noise",
            "The network is called with the noisy image x_t; the noise is what it has to find.",
            _other_input(lambda x_t, x0, noise: noise),
        ),
        _wrong(
            "the image to be found",
            "Here the network predicts the noise, not the clean image nor x_t.",
            _loss(target=lambda noise, x0, x_t: x0),
            _loss(target=lambda noise, x0, x_t: x_t),
            _loss(target=lambda noise, x0, x_t: x_t - noise),
            _loss(target=lambda noise, x0, x_t: x_t - x0),
            _loss(target=lambda noise, x0, x_t: noise - x0),
            _loss(target=lambda noise, x0, x_t: x0 - noise),
            _velocity,
        ),
        _wrong(
            "the noise's sign",
            "The network is to give the noise itself: noise - model(x_t, t), then the square.",
            _loss(target=lambda noise, x0, x_t: -noise),
        ),
        _wrong(
            "times counted from 1",
            "Times are places in alpha_bars, from 0 to T - 1: draw them so, take alpha_bars[t], and"
            " tell the network t.",
            _a_step_off(1),
            _loss(make=lambda x0, t, bars, noise: q_sample(x0, t - 1, bars, noise)),
            _other_time(lambda t, steps: t + 1),
            _other_time(lambda t, steps: t - 1),
        ),
        _wrong(
            "another time for the network",
            "The network is told the time of x_t, the place in alpha_bars, as it is: in sampling it"
            " will be told the same.",
            _other_time(lambda t, steps: t / steps),
            _other_time(lambda t, steps: t / (steps - 1)),
            _other_time(lambda t, steps: (t + 1) / steps),
            _other_time(lambda t, steps: steps - t),
            _other_time(lambda t, steps: steps - 1 - t),
            _other_time(lambda t, steps: torch.zeros_like(t)),
            _other_time(lambda t, steps: t.double() * 1000 / steps),
        ),
        _wrong(
            "absolute error",
            "The error is squared: with another distance the best answer is not the mean of the"
            " noise.",
            _loss(distance=F.l1_loss),
            _loss(distance=F.smooth_l1_loss),
            _loss(distance=partial(F.huber_loss, delta=0.1)),
        ),
        _wrong(
            "a norm, not squared",
            "The mean of the squares is asked for: no root, of all or of each image.",
            _loss(distance=lambda found, noise: _squared(found, noise).sqrt()),
            _loss(distance=lambda found, noise: (found - noise).norm()),
            _loss(distance=lambda found, noise: (found - noise).flatten(1).norm(dim=1).mean()),
            _loss(distance=lambda found, noise: (found - noise).norm(dim=-1).mean()),
            _loss(distance=lambda found, noise: (found - noise).norm(dim=1).mean()),
            _loss(
                distance=lambda found, noise: (
                    (found - noise).flatten(1).square().mean(1).sqrt().mean()
                )
            ),
        ),
        _wrong(
            "not squared",
            "The mean of the differences is 0 where they cancel: square them first.",
            _loss(distance=lambda found, noise: (found - noise).mean()),
            _loss(distance=lambda found, noise: (noise - found).mean()),
            _loss(distance=lambda found, noise: (noise - found).mean() ** 2),
        ),
        transformed(*SUMMED, by_size(1, of=1), oracles.ddpm_loss, on=GIVEN),
        transformed(
            "summed over the pixels",
            "A mean over the pixels is asked for as well: the sum makes the loss 784 times as"
            " large, and the learning rate of the notebook too large.",
            _over_pixels,
            oracles.ddpm_loss,
            on=GIVEN,
        ),
        transformed(
            "summed over everything",
            "The loss is a mean over batch and pixels; a sum makes the learning rate depend on"
            " both.",
            by_size(1, of=1, elements=True),
            oracles.ddpm_loss,
            on=GIVEN,
        ),
        _wrong(
            *NO_MEAN,
            _loss(distance=lambda found, noise: (found - noise).square()),
            _loss(distance=lambda found, noise: (found - noise).square().flatten(1).mean(1)),
            _loss(distance=lambda found, noise: (found - noise).square().flatten(1).sum(1)),
        ),
        transformed(
            "halved",
            "The mean of the squares is asked for, with no half in front.",
            scaled(0.5),
            oracles.ddpm_loss,
            on=GIVEN,
        ),
        under_no_grad(oracles.ddpm_loss, on=GIVEN),
        _wrong_draw(
            "uniform noise",
            "The noise comes from a uniform distribution (torch.rand, rand_like); take a standard"
            " normal one (randn, randn_like).",
            _drawing(noise=torch.rand_like),
            _drawing(noise=lambda x0: 2 * torch.rand_like(x0) - 1),
            _drawing(noise=lambda x0: torch.rand_like(x0) - 0.5),
            _drawing(noise=lambda x0: 3**0.5 * (2 * torch.rand_like(x0) - 1)),
            of=WRONG_X_T,
        ),
        _wrong_draw(
            "noise of another deviation",
            "The noise itself has the deviation 1: the schedule says how much of it is added.",
            *(_drawing(noise=lambda x0, by=by: by * torch.randn_like(x0)) for by in (0.1, 0.5, 2)),
            of=WRONG_X_T,
        ),
        _wrong_draw(
            "the last time never drawn",
            "torch.randint leaves its upper end out: torch.randint(0, T, ...) gives 0 to T - 1.",
            _drawing(times=_times_from(0, -1)),
            of=WRONG_X_T,
        ),
        _wrong_draw(
            "the first time never drawn",
            "Time is an index: the first step has the time 0, and it needs a network, too.",
            _drawing(times=_times_from(1, 0)),
            _drawing(times=lambda x0, bars: _uniform_times(x0, bars).clamp(min=1)),
            of=WRONG_X_T,
        ),
        _wrong_draw(
            "both ends never drawn",
            "Every time from 0 to T - 1 is drawn, each as often as the others.",
            _drawing(times=_times_from(1, -1)),
            of=WRONG_X_T,
        ),
        _wrong(
            "the noise drawn twice",
            "The network has to find the very noise that is in x_t: draw it once, and use it for"
            " both.",
            _target_twice,
            on=(DRAWN,),
        ),
        _wrong(
            "the noise drawn again",
            "The noise that is given is in x_t, and it is what the network has to find: draw no"
            " other.",
            _loss(target=lambda noise, x0, x_t: torch.randn_like(noise)),
            on=(NOISE,),
        ),
        _wrong_draw(
            "one time for the whole batch",
            "Each row has a time of its own, t[n] for the row n.",
            _drawing(times=lambda x0, bars: torch.randint(len(bars), (1,)).expand(len(x0))),
            _drawing(times=lambda x0, bars: torch.randint(len(bars), (1,))),
            on=(OFTEN,),
            laws={losses.TIMES: OneTime()},
        ),
        _wrong(
            "one noise for several pixels",
            "Each pixel of each image needs its own noise: randn_like(x0), and no seed inside.",
            *(
                _drawing(noise=_shared(*axes))(oracles.ddpm_loss)
                for axes in ((0,), (1, 2, 3), (0, 1, 2, 3))
            ),
            _seeded,
            on=(OFTEN,),
        ),
        _wrong(
            "the given times not used",
            "Times that are given are used: draw t only where it is None.",
            _ignoring(t=None),
            on=(TIMES,),
        ),
        _wrong(
            "the given noise not used",
            "Noise that is given is used: draw noise only where it is None.",
            _ignoring(noise=None),
            on=(NOISE,),
        ),
        _wrong(
            "times outside the schedule",
            "A time that is drawn is no place in alpha_bars: there are T = len(alpha_bars) of them,"
            " whatever T is, and they are counted from 0.",
            _outside,
            on=(DRAWN, OFTEN),
        ),
        only_for((ROWS,), (IMAGES,), "(N, d)"),
        only_for((IMAGES,), (ROWS, DRAWN, OFTEN, TIMES, NOISE), "(N, 1, 28, 28)"),
        Misconception(
            *OVERWRITTEN,
            (lambda model, x0, *rest, **more: x0.add_(1).mean(),),
            on=(KEPT,),
        ),
    ),
)
