"""Part 8: straight lines from noise to data, and the network that follows them."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor
from torch.distributions import Normal, Uniform

from autograder.judging import Exercise, Misconception, Probe
from autograder.judging.distribution import Distribution, fits
from autograder.judging.misconceptions import (
    SUMMED,
    by_size,
    doubled,
    halved,
    no_mean,
    only_for,
    overwritten,
    transformed,
    under_no_grad,
)
from autograder.judging.probes import KEPT, kept_probe, together, uniform

from . import step_mistakes as mistakes
from .observers import flows, samplers
from .oracles import flow as oracles

LIPMAN = "Lipman et al. 2023, Flow Matching for Generative Modeling"
POINTS, SQUARE = "points in the plane", "as many points as numbers in each"
IMAGES = "as many images as pixels in a row"
ENDS = "times 0 and 1"
PATHS = (POINTS, SQUARE, IMAGES)
REVERSED = (
    "time runs the other way",
    "Some texts and programs have the data at time 0: a convention that is as good. Here noise is"
    " at time 0 and data at time 1.",
)
SIGMA_MIN = (
    "sigma_min above 0",
    "This is the path with a sigma_min, which leaves a little noise at the data. Here lines are"
    " straight from x0 to x1: sigma_min is 0.",
)
# So small that it makes no difference.
SMALL = (1e-5, 1e-4, 1e-3)
LARGE = (0.01, 0.1)


def _ends(*shape):
    return {"x0": uniform(-2, 1.5, *shape), "x1": uniform(-1, 2, *shape)}


def _wrong(name, sentence, *formulas, on=()):
    return Misconception(name, sentence, formulas, on=on)


def _mixed(change: Callable[[Tensor], tuple[Tensor, Tensor]]) -> Callable:
    """a x0 + b x1 with (a, b) = change(t)."""

    def interpolate(x0, x1, t):
        a, b = change(t.reshape(-1, *[1] * (x1.dim() - 1)))
        return a * x0 + b * x1

    return interpolate


def _along_the_rows(x0, x1, t):
    along = t[:, None].expand(-1, x1.shape[-1])
    return (1 - along) * x0 + along * x1


# What is taken for the time of all rows.
_ONE_TIME = (lambda t: t[:1], lambda t: t.mean(), lambda t: t.max())

interpolate = Exercise(
    id="diffusion-mnist.interpolate",
    truth="(1 - t) x0 + t x1, each row at its own time",
    source=f"{LIPMAN}, equation 22 with sigma_min = 0; Liu et al. 2023, equation 1",
    points=1,
    probes=(
        Probe(POINTS, together(**_ends(7, 2), t=uniform(0.1, 0.95, 7)), flows.path),
        Probe(SQUARE, together(**_ends(5, 5), t=uniform(0.1, 0.95, 5)), flows.path),
        Probe(IMAGES, together(**_ends(6, 1, 6, 6), t=uniform(0.1, 0.95, 6)), flows.path),
        Probe(ENDS, together(**_ends(4, 3), t=torch.tensor([0.0, 1.0, 0.0, 1.0])), flows.path),
        kept_probe(**_ends(4, 3), t=uniform(0.1, 0.95, 4)),
    ),
    oracle=oracles.interpolate,
    also_right=tuple(partial(oracles.interpolate, sigma_min=small) for small in SMALL),
    misconceptions=(
        _wrong(*REVERSED, _mixed(lambda t: (t, 1 - t)), on=PATHS),
        _wrong(
            "roots before noise and data",
            "The line is straight: 1 - t and t themselves, which add up to 1. The roots belong to"
            " the diffusion of part 1.",
            _mixed(lambda t: ((1 - t).sqrt(), t.sqrt())),
            _mixed(lambda t: ((1 - t**2).sqrt(), t)),
            _mixed(lambda t: (1 - t, t.sqrt())),
            _mixed(lambda t: ((math.pi / 2 * t).cos(), (math.pi / 2 * t).sin())),
            on=PATHS,
        ),
        _wrong(
            "one of the two factors missing",
            "Noise fades as the data comes: (1 - t) x0 + t x1.",
            _mixed(lambda t: (torch.ones_like(t), t)),
            _mixed(lambda t: (1 - t, torch.ones_like(t))),
            _mixed(lambda t: (t, t)),
            on=PATHS,
        ),
        _wrong(
            "the sign of the line",
            "From x0 the line goes towards x1: x0 + t (x1 - x0).",
            _mixed(lambda t: (1 + t, -t)),
            _mixed(lambda t: (t, t - 1)),
            _mixed(lambda t: (1 - t, -t)),
            on=PATHS,
        ),
        _wrong(
            "a line from the data to the noise",
            "x0 + t (x1 - x0) starts at the noise; x1 + t (x1 - x0) is beyond the data.",
            _mixed(lambda t: (-t, 1 + t)),
            on=PATHS,
        ),
        _wrong(
            *mistakes.ONE_FOR_ALL,
            *(mistakes.first_for_all(oracles.interpolate, 2, pick) for pick in _ONE_TIME),
            on=PATHS,
        ),
        _wrong(
            *mistakes.WRONG_AXIS,
            mistakes.unshaped(oracles.interpolate, 2),
            on=(SQUARE, IMAGES),
        ),
        _wrong(
            "every time for every row",
            "The result has an axis too many: t has as many axes as x1 when it is (N, 1, ..., 1).",
            lambda x0, x1, t: x0 + t[:, None, None] * (x1 - x0),
            lambda x0, x1, t: x0 + t[:, None, None, None] * (x1 - x0),
            on=(POINTS,),
        ),
        _wrong(
            "times along an axis of the image",
            "t is (N,): t[:, None] is (N, 1), which fits points, but lines up with the rows of an"
            " image. Reshape it to (N, 1, 1, 1), or to as many axes as x1 has.",
            _along_the_rows,
            on=(IMAGES,),
        ),
        only_for((POINTS, SQUARE, ENDS, KEPT), (IMAGES,), "(N, d)"),
        only_for((IMAGES,), (POINTS, SQUARE, ENDS, KEPT), "(N, 1, 28, 28)"),
        _wrong(
            *SIGMA_MIN,
            *(partial(oracles.interpolate, sigma_min=large) for large in LARGE),
            on=PATHS,
        ),
        overwritten,
    ),
)

VELOCITIES = ("points", "images")

target_velocity = Exercise(
    id="diffusion-mnist.target_velocity",
    truth="x1 - x0",
    source=f"{LIPMAN}, equation 23 with sigma_min = 0; Liu et al. 2023, equation 1",
    points=1,
    probes=(
        Probe(VELOCITIES[0], together(**_ends(7, 2)), flows.path),
        Probe(VELOCITIES[1], together(**_ends(3, 1, 4, 4)), flows.path),
        kept_probe(**_ends(4, 3)),
    ),
    oracle=oracles.target_velocity,
    also_right=tuple(partial(oracles.target_velocity, sigma_min=small) for small in SMALL),
    misconceptions=(
        _wrong(*REVERSED, lambda x0, x1: x0 - x1, on=VELOCITIES),
        _wrong(
            "one of the two ends alone",
            "The velocity is the derivative of (1 - t) x0 + t x1 in t: both ends move it.",
            lambda x0, x1: x1,
            lambda x0, x1: x0,
            lambda x0, x1: -x0,
            on=VELOCITIES,
        ),
        _wrong(
            "a sum for the difference",
            "The derivative of (1 - t) x0 is -x0.",
            lambda x0, x1: x0 + x1,
            on=VELOCITIES,
        ),
        _wrong(
            "a unit vector",
            "The velocity keeps its length: x1 is reached after a time of 1.",
            lambda x0, x1: (x1 - x0) / (x1 - x0).norm(),
            lambda x0, x1: torch.nn.functional.normalize(x1 - x0),
            lambda x0, x1: torch.nn.functional.normalize((x1 - x0).flatten(1)).view_as(x1),
            lambda x0, x1: (x1 - x0).sign(),
            on=VELOCITIES,
        ),
        _wrong(
            "a size instead of a vector",
            "The velocity has a direction in every pixel: the difference itself.",
            lambda x0, x1: (x1 - x0).abs(),
            lambda x0, x1: (x1 - x0) ** 2,
            on=VELOCITIES,
        ),
        _wrong(
            *SIGMA_MIN,
            *(partial(oracles.target_velocity, sigma_min=large) for large in LARGE),
            on=VELOCITIES,
        ),
        doubled(oracles.target_velocity, "The way from x0 to x1 is gone once.", on=VELOCITIES),
        halved(
            oracles.target_velocity,
            "The whole way from x0 to x1 is gone in a time of 1.",
            on=VELOCITIES,
        ),
        overwritten,
    ),
)

# The loss.

GIVEN = ("times and noise given", *PATHS[1:])
DRAWN, TWICE = "times and noise drawn", "the same times and noise twice"


class Spread(Distribution):
    """Values of this law, which may be spread more evenly than independent draws."""

    def accepts(self, sample: Tensor) -> bool:
        """Whether their distribution function is near that of the law."""
        return fits(sample, self.law, self.false_alarm)


UNIFORM_TIME = Spread(Uniform(0.0, 1.0), false_alarm=2e-7)
STANDARD_NORMAL = Distribution(Normal(0.0, 1.0), false_alarm=2e-7)


_RIGHT_LOSS = oracles.flow_matching_loss


def _loss(
    *, path=oracles.interpolate, told=lambda t, along: t, target=lambda x0, x1, t: x1 - x0,
    fed=lambda x_t, x0, x1: x_t, size=torch.square, times=torch.rand, noise=torch.randn,
    again=False, seed=None, reduce=torch.mean,
):  # fmt: skip
    """flow_matching_loss with at most one flaw.

    told: the time that the network gets. target: of the velocity. fed: what the network gets. size:
    of the error. times, noise: how they are drawn. again: the noise is drawn anew for the target.
    """

    def flow_matching_loss(model, x1, t=None, x0=None):
        if seed is not None:
            torch.manual_seed(seed)
        t = times(len(x1), dtype=x1.dtype) if t is None else t
        given = x0 is not None
        x0 = x0 if given else noise(x1.shape, dtype=x1.dtype)
        x_t = path(x0, x1, t)
        if again and not given:
            x0 = noise(x1.shape, dtype=x1.dtype)
        along = t.reshape(-1, *[1] * (x1.dim() - 1))
        velocity = target(x0, x1, along)
        return reduce(size(model(fed(x_t, x0, x1), told(t, along)) - velocity))

    return flow_matching_loss


def _centred(width):
    return lambda shape, dtype: width * (torch.rand(shape, dtype=dtype) - 0.5)


def _squared_norm(error):
    return error.flatten(1).square().sum(1)


def _minus(x0, x1, t):
    return x0 - x1


def _huber(error):
    return torch.nn.functional.smooth_l1_loss(error, torch.zeros_like(error), reduction="none")


def _first_time(pick):
    """The loss with one time for all images, drawn or given."""

    def flow_matching_loss(model, x1, t=None, x0=None):
        t = torch.rand(len(x1), dtype=x1.dtype) if t is None else t
        return _RIGHT_LOSS(model, x1, pick(t).expand(len(t)), x0)

    return flow_matching_loss


def _loss_probe(name, rows, *shape):
    draw = together(weights=uniform(0.5, 1.5, 3), **_ends(rows, *shape), t=uniform(0.1, 0.95, rows))
    return Probe(name, draw, flows.loss)


def _given(name, sentence, *formulas):
    return Misconception(name, sentence, formulas, on=GIVEN)


def _of_draws(name, sentence, *formulas):
    return Misconception(name, sentence, formulas, on=(DRAWN,))


flow_matching_loss = Exercise(
    id="diffusion-mnist.flow_matching_loss",
    truth="mean over batch and pixels of (v(x_t, t) - (x1 - x0))^2; t uniform, x0 normal",
    source=f"{LIPMAN}, equation 23; Kolmogorov-Smirnov tests, false alarm 4e-7 in all",
    points=3,
    probes=(
        _loss_probe(GIVEN[0], 7, 2),
        _loss_probe(GIVEN[1], 5, 5),
        _loss_probe(GIVEN[2], 6, 1, 6, 6),
        replace(_loss_probe(TWICE, 4, 2), observe=flows.repeated_loss),
        Probe(
            DRAWN,
            together(weights=uniform(0.5, 1.5, 3), x1=uniform(-1, 2, 200, 1, 3, 3), calls=8),
            flows.drawn_loss,
            laws=lambda inputs: {flows.TIMES: UNIFORM_TIME, flows.NOISE: STANDARD_NORMAL},
        ),
    ),
    oracle=_RIGHT_LOSS,
    also_right=tuple(partial(_RIGHT_LOSS, sigma_min=small) for small in SMALL),
    misconceptions=(
        _given(
            *REVERSED,
            _loss(path=lambda x0, x1, t: oracles.interpolate(x1, x0, t), target=_minus),
            _loss(path=lambda x0, x1, t: oracles.interpolate(x1, x0, t)),
            _loss(told=lambda t, along: 1 - t),
        ),
        _given(
            "the velocity backwards",
            "Noise is at time 0 and data at time 1: the velocity is x1 - x0.",
            _loss(target=_minus),
        ),
        _given(
            "another target",
            "The network is to say the velocity x1 - x0, neither the data nor the noise, and not"
            " divided by anything: it is the same at all times.",
            _loss(target=lambda x0, x1, t: x1),
            _loss(target=lambda x0, x1, t: x0),
            _loss(target=lambda x0, x1, t: -x0),
            _loss(target=lambda x0, x1, t: (x1 - x0) / (1 - t)),
            _loss(target=lambda x0, x1, t: (x1 - x0) / t),
            _loss(target=lambda x0, x1, t: (x1 - x0) * t),
            _loss(target=lambda x0, x1, t: (x1 - x0) * (1 - t)),
            _loss(target=lambda x0, x1, t: x1 + x0),
            _loss(target=lambda x0, x1, t: x1 - ((1 - t) * x0 + t * x1)),
        ),
        _given(
            "the network is not asked at x_t",
            "The network gets the point on the line at time t, x_t, and neither of its ends.",
            _loss(fed=lambda x_t, x0, x1: x1),
            _loss(fed=lambda x_t, x0, x1: x0),
        ),
        _given(
            "another path",
            "x_t is on the straight line: (1 - t) x0 + t x1.",
            _loss(path=_mixed(lambda t: ((1 - t).sqrt(), t.sqrt()))),
            _loss(path=_mixed(lambda t: ((1 - t**2).sqrt(), t))),
            _loss(path=_mixed(lambda t: (torch.ones_like(t), t))),
        ),
        _given(
            "the time on another scale",
            "The network gets t itself, from 0 to 1.",
            _loss(told=lambda t, along: 1000 * t),
            _loss(told=lambda t, along: 999 * t),
            _loss(told=lambda t, along: (1000 * t).long()),
            _loss(told=lambda t, along: 0 * t),
        ),
        _given(
            "times of another shape",
            "The network gets a time for each image, (N,).",
            _loss(told=lambda t, along: t[:, None]),
            _loss(told=lambda t, along: along),
        ),
        _given(
            *mistakes.ONE_FOR_ALL,
            *(_first_time(pick) for pick in _ONE_TIME),
        ),
        Misconception(
            *mistakes.WRONG_AXIS,
            (_loss(path=mistakes.unshaped(oracles.interpolate, 2)),),
            on=GIVEN[1:],
        ),
        _given(
            "the error not squared",
            "The loss is a mean of squares: its minimiser is the mean velocity.",
            _loss(size=torch.abs),
            _loss(size=_huber),
            _loss(size=lambda error: error.flatten(1).norm(dim=1)),
            _loss(size=lambda error: error),
        ),
        _given(
            "the squared norm of each image",
            "The mean is over the pixels as well: the loss does not grow with the image.",
            _loss(size=_squared_norm),
        ),
        _given(
            "a root of the mean square",
            "The loss is the mean square itself.",
            _loss(reduce=lambda squares: squares.mean().sqrt()),
        ),
        transformed(*SUMMED, by_size(1, of=1, elements=True), _RIGHT_LOSS, on=GIVEN),
        replace(no_mean(_loss(reduce=lambda squares: squares)), on=GIVEN),
        halved(_RIGHT_LOSS, "The mean square is asked for, without a half.", on=GIVEN),
        under_no_grad(_RIGHT_LOSS, on=GIVEN),
        _wrong(
            "t and x0 not used",
            "Times and noise that are given are used; whatever is None is drawn.",
            lambda model, x1, t=None, x0=None: _RIGHT_LOSS(model, x1, None, None),
            lambda model, x1, t=None, x0=None: _RIGHT_LOSS(model, x1, t, None),
            lambda model, x1, t=None, x0=None: _RIGHT_LOSS(model, x1, None, x0),
            on=(TWICE,),
        ),
        _of_draws(
            "one time drawn for the whole batch",
            "Each image gets a time of its own: torch.rand(len(x1)).",
            _loss(times=lambda rows, dtype: torch.rand(1, dtype=dtype).expand(rows)),
        ),
        _of_draws(
            "times not uniform",
            "Here times are uniform on [0, 1]: torch.rand. (Other laws, such as the logit-normal,"
            " put more weight on some times: a convention of later work.)",
            _loss(times=lambda rows, dtype: torch.randn(rows, dtype=dtype).sigmoid()),
            _loss(times=lambda rows, dtype: torch.randn(rows, dtype=dtype)),
            _loss(times=lambda rows, dtype: torch.randn(rows, dtype=dtype).abs()),
            _loss(times=lambda rows, dtype: torch.randint(0, 2, (rows,)).to(dtype)),
            _loss(times=lambda rows, dtype: torch.rand(rows, dtype=dtype) ** 2),
            _loss(times=lambda rows, dtype: torch.rand(rows, dtype=dtype) ** 0.5),
            _loss(times=lambda rows, dtype: torch.linspace(0, 1, rows, dtype=dtype)),
        ),
        _of_draws(
            "uniform noise",
            "The noise is normal: torch.randn_like, not torch.rand_like.",
            *(_loss(noise=draw) for draw in (torch.rand, _centred(2), _centred(12**0.5))),
        ),
        _of_draws(
            "one noise for all images",
            "Each image needs its own noise: it has the shape of x1.",
            _loss(noise=lambda shape, dtype: torch.randn(1, *shape[1:], dtype=dtype).expand(shape)),
        ),
        _wrong(
            "noise drawn twice",
            "The velocity leads from the very noise that is in x_t: draw it once.",
            _loss(again=True),
        ),
        _of_draws(
            "a seed set inside",
            "Every call needs new times and new noise: set no seed inside.",
            *(_loss(seed=seed) for seed in (0, 42)),
        ),
    ),
)

# Euler's method.


def _euler(
    *, at=lambda k, n: k / n, step=lambda n: 1 / n, count=lambda n: n, like="(N,)", sign=1.0,
    graph=False, mode=None, noise=0.0, in_place=False, end=lambda x: x, method="Euler",
):  # fmt: skip
    """euler_sample with at most one flaw.

    at: the time of step k of n. step: its length. count: of steps. like: the shape of the times.
    graph: the result is connected with the network. mode: of the network afterwards. noise: added
    in each step. in_place: the caller's noise is changed. end: what becomes of the result.
    """

    def euler_sample(model, x, steps):
        N, h = len(x), step(steps)
        shapes = {"(N,)": (N,), "(N, 1)": (N, 1), "(1,)": (1,), "()": ()}
        given = x

        def velocity(x, time):
            t = torch.full(shapes[like], float(time), dtype=x.dtype)
            with torch.set_grad_enabled(graph):
                return sign * model(x, t)

        for k in range(count(steps)):
            time = at(k, steps)
            v = velocity(x, time)
            if method == "Heun":
                v = (v + velocity(x + h * v, time + h)) / 2
            elif method == "Runge and Kutta":
                second = velocity(x + h / 2 * v, time + h / 2)
                third = velocity(x + h / 2 * second, time + h / 2)
                v = (v + 2 * second + 2 * third + velocity(x + h * third, time + h)) / 6
            elif method == "midpoint":
                v = velocity(x + h / 2 * v, time + h / 2)
            x = x + h * v + noise * torch.randn_like(x)
        if in_place:
            given.copy_(x.detach())
        if mode is not None:
            model.train(mode)
        return end(x)

    return euler_sample


def _joined(formula):
    """The sampler whose result is connected with the network, whatever else is wrong in it."""

    def euler_sample(model, *given):
        with torch.enable_grad():
            return formula(model, *given) + 0 * next(model.parameters())

    return euler_sample


def _last_velocity(model, x, steps):
    for k in range(steps):
        v = model(x, torch.full((len(x),), k / steps, dtype=x.dtype)).detach()
        x = x + v / steps
    return v


def _euler_probe(name, steps, training, *shape):
    draw = together(
        x=uniform(-1.5, 1.5, *shape), steps=steps, mean=0.6, variance=0.25, training=training
    )
    return Probe(name, draw, samplers.euler)


RUNS = ("four steps, a network that is being trained", "five steps in the plane", "a single step")

euler_sample = Exercise(
    id="diffusion-mnist.euler_sample",
    truth="x + v(x, k / steps) / steps for k = 0 ... steps-1; closed form for Gaussian data",
    source="Liu et al. 2023, Flow Straight and Fast, section 2.1; Euler's method",
    points=2,
    probes=(
        _euler_probe(RUNS[0], 4, True, 5, 1, 4, 4),
        _euler_probe(RUNS[1], 5, False, 7, 2),
        _euler_probe(RUNS[2], 1, True, 6, 3),
    ),
    oracle=oracles.euler_sample,
    misconceptions=(
        _wrong(
            "the network asked at the end",
            "A step uses the velocity at its start: the times are 0, 1/steps, ..., and never 1.",
            _euler(at=lambda k, n: (k + 1) / n),
            _euler(at=lambda k, n: k / max(n - 1, 1)),
            on=RUNS[:2],
        ),
        _wrong(
            "steps of another length",
            "The way from 0 to 1 is cut into `steps` steps: each has the length 1 / steps.",
            _euler(at=lambda k, n: k / (n - 1), step=lambda n: 1 / (n - 1)),
            _euler(step=lambda n: 1 / (n - 1)),
            _euler(step=lambda n: 1 / (n + 1), at=lambda k, n: k / (n + 1)),
            _euler(step=lambda n: 1 / (n + 1)),
            _euler(step=lambda n: 1.0),
            _euler(step=lambda n: 1 / 1000),
            on=RUNS[:2],
        ),
        _wrong(
            "one step too many",
            "There are `steps` steps, at the times 0, 1/steps, ..., 1 - 1/steps.",
            _euler(count=lambda n: n + 1),
            _euler(count=lambda n: n + 1, at=lambda k, n: k / (n + 1)),
            _euler(count=lambda n: n + 1, at=lambda k, n: k / (n + 1), step=lambda n: 1 / (n + 1)),
        ),
        _wrong(
            "one step too few",
            "There are `steps` steps; the last begins at 1 - 1/steps and ends at 1.",
            _euler(count=lambda n: n - 1),
            _euler(count=lambda n: n - 1, step=lambda n: 1 / (n - 1), at=lambda k, n: k / (n - 1)),
            _euler(count=lambda n: n - 1, at=lambda k, n: (k + 1) / n),
            on=RUNS[:2],
        ),
        _wrong(
            *REVERSED,
            _euler(at=lambda k, n: 1 - k / n, sign=-1.0),
            _euler(at=lambda k, n: 1 - k / n),
            _euler(at=lambda k, n: 1 - (k + 1) / n, sign=-1.0),
            _euler(at=lambda k, n: 1 - (k + 1) / n),
            on=RUNS[:2],
        ),
        _wrong(
            "the sign of the velocity",
            "The velocity leads from noise to data: it is added.",
            _euler(sign=-1.0),
            on=RUNS[:2],
        ),
        _wrong(
            "the time on another scale",
            "The network gets the time itself, from 0 to 1: neither the number of the step nor a"
            " thousandfold.",
            _euler(at=lambda k, n: k),
            _euler(at=lambda k, n: 1000 * k / n),
            _euler(at=lambda k, n: 999 * k / n),
            _euler(at=lambda k, n: 0.0),
            on=RUNS[:2],
        ),
        _wrong(
            "times of another shape",
            "The network gets a time for each row, (N,), as in training.",
            *(_euler(like=like) for like in ("()", "(1,)", "(N, 1)")),
        ),
        _wrong(
            "another method than Euler's",
            "One call of the network in each step, at its start: this is a method of higher order,"
            " or one that looks ahead.",
            _euler(method="Heun"),
            _euler(method="midpoint"),
            _euler(method="Runge and Kutta"),
            _euler(at=lambda k, n: (k + 0.5) / n),
        ),
        _wrong(
            "clamped or scaled at the end",
            "The result is returned as it is.",
            _euler(end=lambda x: x.clamp(-1, 1)),
            _euler(end=lambda x: (x + 1) / 2),
            _euler(end=lambda x: ((x + 1) / 2).clamp(0, 1)),
        ),
        _wrong(
            "the velocity instead of x",
            "What is returned is where x has got to.",
            _last_velocity,
            on=RUNS[:2],
        ),
        Misconception(
            "graph kept alive",
            "The result remembers all calls of the network, and memory grows with every step:"
            " sample under torch.no_grad().",
            (_euler(graph=True),),
            transform=_joined,
        ),
        _wrong(
            "modes not restored",
            "Afterwards the network must be in the mode in which it was, training or evaluation.",
            _euler(mode=False),
            _euler(mode=True),
        ),
        _wrong(
            "the caller's noise overwritten",
            "x += ... changes the caller's tensor, who may still need it: compute a new tensor.",
            _euler(in_place=True),
        ),
    ),
)
