"""Part 6: from noise back to data by DDPM: one step, and all of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.distributions import Normal

from autograder.judging import Exercise, Misconception, Part, Probe
from autograder.judging.distribution import Distribution, likeness
from autograder.judging.misconceptions import OVERWRITTEN, only_for
from autograder.judging.probes import together

from . import draws
from . import step_mistakes as mistakes
from .observers import samplers, steps
from .oracles import sampling as oracles
from .step_mistakes import FINAL, MIXED, NOISY, SECOND, SQUARE, TWICE

HO = "Ho et al. 2020, Denoising Diffusion Probabilistic Models"


def _step_probe(name, indices, *shape):
    def draw(g):
        x_t, eps, noise = draws.batch(g, len(indices), *shape).values()
        t = draws.times(*indices)
        return {"x_t": x_t, "eps": eps, "t": t, "noise": noise, **draws.schedule(6)(g)}

    return Probe(name, draw, steps.step)


# Probes of rows, and of images.
ROWS, IMAGES = (NOISY[0], SQUARE[0], SECOND, MIXED, TWICE), (SQUARE[1], FINAL)
_AGAIN = replace(_step_probe(TWICE, (3, 5, 2, 4), 2), observe=steps.repeated_step)

ddpm_step = Exercise(
    id="diffusion-mnist.ddpm_step",
    truth="(x_t - beta_t / sqrt(1 - A_t) eps) / sqrt(alpha_t) + sqrt(beta_t) noise; no noise at 0",
    source=f"{HO}, algorithm 2 with sigma_t^2 = beta_t",
    points=4,
    probes=(
        _step_probe(NOISY[0], (5, 2, 3, 4, 2, 5, 3), 3),
        _step_probe(SQUARE[0], (4, 5, 3, 2, 5), 5),
        _step_probe(SQUARE[1], (3, 2, 5, 4, 2, 3), 1, 6, 6),
        _step_probe(SECOND, (1,) * 6, 3),
        _step_probe(FINAL, (0,) * 5, 1, 3, 3),
        replace(_step_probe(MIXED, (4, 0, 1, 5, 2, 0, 3), 2), observe=steps.mixed_step),
        _AGAIN,
    ),
    oracle=oracles.ddpm_step,
    parts=(
        Part(
            "the mean",
            (steps.MEAN,),
            ("x_t", "eps", "t", "betas", "alpha_bars"),
            oracles.step_mean,
            mistakes.OF_MEAN,
            on=(*NOISY, FINAL),
        ),
        Part(
            "the noise",
            (steps.NOISE,),
            ("t", "noise", "betas", "alpha_bars"),
            lambda t, noise, betas, alpha_bars: oracles.step_noise(t, noise, betas),
            mistakes.OF_NOISE,
            on=(*NOISY, FINAL),
        ),
    ),
    misconceptions=(
        Misconception(*mistakes.NOISED_ANEW, (mistakes.anew,), on=NOISY),
        Misconception(*mistakes.OFF_BY_ONE, (mistakes.earlier,), on=NOISY),
        Misconception(*mistakes.OWN_NOISE, (mistakes.own_noise,), on=(TWICE,)),
        Misconception(*OVERWRITTEN, (mistakes.overwriting(oracles.ddpm_step),), on=(TWICE,)),
        Misconception(
            "eps and noise swapped",
            "eps is the predicted noise, which is taken out; noise is new, and added.",
            (mistakes.swapped,),
            on=NOISY,
        ),
        Misconception(
            "alpha_bars multiplied up again",
            "alpha_bars are products already: alpha_bars[t] is all that is needed.",
            (mistakes.multiplied_again(oracles.ddpm_step),),
            on=NOISY,
            transform=mistakes.multiplied_again,
        ),
        Misconception(*mistakes.NUMBER, mistakes.NOT_A_NUMBER),
        Misconception(*mistakes.WRONG_AXIS, (mistakes.unshaped(oracles.ddpm_step, 2),), on=SQUARE),
        Misconception(
            *mistakes.ONE_FOR_ALL,
            tuple(mistakes.first_for_all(oracles.ddpm_step, 2, pick) for pick in mistakes.ONE_TIME),
            on=(NOISY[0], *SQUARE),
        ),
        *mistakes.BY_PLACE,
        only_for(ROWS, IMAGES, "(N, d)"),
        only_for(IMAGES, ROWS, "(N, 1, 28, 28)"),
    ),
)


# All steps.


def _ddpm_sample(
    *, step=oracles.ddpm_step, order=lambda T: range(T - 1, -1, -1), told=lambda t, T: t,
    like="(N,)", start=torch.randn, draw=torch.randn, once=False, seed=None, graph=False,
    mode=None, end=lambda x: x, asked="in each step",
):  # fmt: skip
    """ddpm_sample as students write it, with at most one flaw.

    step: of DDPM. order: the indices of the steps. told: the time that the network is told. like:
    its shape. start, draw: how the start and the noise are drawn. once: the noise is drawn once.
    seed: set inside. graph: the result is still connected. mode: of the network afterwards. end:
    what becomes of the result. asked: how often the network is.
    """

    def ddpm_sample(model, shape, betas, alpha_bars):
        if seed is not None:
            torch.manual_seed(seed)
        T, N = len(betas), shape[0]
        shapes = {"(N,)": (N,), "(N, 1)": (N, 1), "(1,)": (1,), "()": ()}
        x, noise, eps = start(shape, dtype=betas.dtype), None, None
        for k in order(T):
            t = torch.full((N,), k)
            times = torch.as_tensor(told(k, T)).expand(shapes[like])
            if eps is None or asked != "once":
                with torch.set_grad_enabled(graph):
                    eps = model(x, times)
                    if asked == "twice":
                        eps = model(x, times)
            noise = draw(shape, dtype=betas.dtype) if noise is None or not once else noise
            x = step(x, eps, t, noise, betas, alpha_bars)
        if mode is not None:
            model.train(mode)
        return end(x)

    return ddpm_sample


class _Retimed(nn.Module):
    """A network that is told other times. change: of (t, T)."""

    def __init__(self, model: nn.Module, change: Callable, T: int) -> None:
        super().__init__()
        self._model, self._change, self._T = [model], change, T
        self.training = model.training

    def train(self, mode: bool = True) -> "_Retimed":
        self.training = mode
        self._model[0].train(mode)
        return self

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        return self._model[0](x, self._change(t, self._T))


def _later(formula):
    """The sampler that tells the network the text's time, t + 1, whatever else is wrong in it."""

    def ddpm_sample(model, shape, betas, alpha_bars):
        retimed = _Retimed(model, lambda t, T: t + 1, len(betas))
        return formula(retimed, shape, betas, alpha_bars)

    return ddpm_sample


def _connected(formula):
    """The sampler whose result is connected with the network, whatever else is wrong in it."""

    def ddpm_sample(model, *given):
        with torch.enable_grad():
            return formula(model, *given) + 0 * next(model.parameters())

    return ddpm_sample


def _centred(width):
    """Uniform draws around 0."""
    return lambda shape, dtype: width * (torch.rand(shape, dtype=dtype) - 0.5)


def _shared(shape, dtype):
    """One noise for all images."""
    return torch.randn(1, *shape[1:], dtype=dtype).expand(shape)


def _nothing(shape, dtype):
    return torch.zeros(shape, dtype=dtype)


_UNIFORM = (torch.rand, _centred(2), _centred(12**0.5))
# Each judgement looks at up to a dozen samples: a right answer fails once in a million times.
STANDARD_NORMAL = Distribution(Normal(0.0, 1.0), false_alarm=5e-8)


@dataclass(frozen=True)
class Nothing(Distribution):
    """Zeros but for rounding. What wrong formulas add instead may be random."""

    law: object = None

    def __str__(self):
        return "nothing"

    def accepts(self, sample: Tensor) -> bool:
        """Whether nothing is added."""
        return bool(sample.abs().max() <= 1e-3)

    def difference(self, sample: Tensor) -> str:
        """What is told of a sample that is not accepted."""
        return "not zero"

    def alike(self, sample: Tensor, other: Tensor) -> bool:
        """Whether both may come from one distribution."""
        return likeness(sample, other) > 1e-6


@dataclass(frozen=True)
class AlikeInAllRows(Distribution):
    """The same numbers in each row; or standard normal noise, where that is drawn as it should."""

    law: object = None

    def __str__(self):
        return "the same in all rows"

    def accepts(self, sample: Tensor) -> bool:
        """Whether the rows are equal, but for rounding, and there is noise."""
        alike = sample.abs().max() > 1e-3 and (sample - sample[:1]).abs().max() < 1e-4
        return bool(alike) or STANDARD_NORMAL.accepts(sample)


def _drawn(T):
    """What is drawn in T steps: the start, and the noise of each step but the last."""
    return (samplers.START, *(samplers.noise_of(t) for t in range(1, T)))


def _sample_probe(name, T, training, *shape):
    laws = {**dict.fromkeys(_drawn(T), STANDARD_NORMAL), samplers.LAST: Nothing()}
    draw = together(shape=shape, mean=0.7, variance=0.3, training=training)
    return Probe(
        name,
        lambda g: draw(g) | draws.schedule(T)(g),
        samplers.ancestral,
        laws=lambda inputs: laws,
    )


PICTURES, POINTS = "images, a network that is being trained", "points in the plane"


def _steps_of(known):
    """Formulas of one step, known as a mistake in it, as those of all steps."""
    return Misconception(
        known.name,
        known.sentence,
        tuple(_ddpm_sample(step=formula) for formula in known.formulas),
    )


# What is named otherwise here, or is right: noise has no sign.
_OF_ONE_STEP = (
    mistakes.CLAMPED[0],
    "the new noise subtracted",
    "the noise inside the bracket",
    "the deviation of the forward process",
)


def _formulas(known, name):
    """The formulas of the mistake of this name."""
    return next(each.formulas for each in known if each.name == name)


def _step_mistakes():
    """The mistakes of ddpm_step, which show in all steps as well."""
    for known in mistakes.OF_MEAN:
        if known.name in _OF_ONE_STEP:
            continue
        whole = tuple(map(mistakes.with_noise, known.formulas))
        yield _steps_of(replace(known, formulas=whole))
    for known in mistakes.OF_NOISE:
        if known.name in _OF_ONE_STEP:
            continue
        yield _steps_of(replace(known, formulas=tuple(map(mistakes.with_mean, known.formulas))))
    for known in mistakes.BY_PLACE[:3]:
        yield _steps_of(replace(known, on=(), fails_on=()))


def _ddim(x_t, eps, t, noise, betas, alpha_bars):
    return oracles.ddim_mean(x_t, eps, t, t - 1, alpha_bars)


def _without_noise_at_1(x_t, eps, t, noise, betas, alpha_bars):
    return oracles.ddpm_step(x_t, eps, t, noise * bool(t[0] > 1), betas, alpha_bars)


def _by_index(x_t, eps, t, noise, betas, alpha_bars):
    """A step that takes the index -1 for the last."""
    noise = noise * bool(t[0] > 0)
    return oracles.ddpm_step(x_t, eps, t % len(betas), noise, betas, alpha_bars)


def _named(name, sentence, *formulas):
    return Misconception(name, sentence, formulas)


ddpm_sample = Exercise(
    id="diffusion-mnist.ddpm_sample",
    truth="T calls, at t = T-1 ... 0; the start and the noise of each step but the last: N(0, I)",
    source=f"{HO}, algorithm 2; Kolmogorov-Smirnov tests, false alarm 1e-6 in all",
    points=3,
    probes=(
        _sample_probe(PICTURES, 6, True, 28, 1, 16, 16),
        _sample_probe(POINTS, 5, False, 4000, 2),
    ),
    oracle=oracles.ddpm_sample,
    misconceptions=(
        Misconception(
            "times counted from 1",
            "The network was trained with the index t = 0 ... T-1, and the text's step t has the"
            " index t - 1: in each step it gets the index that the step has.",
            (_ddpm_sample(told=lambda t, T: t + 1),),
            transform=_later,
        ),
        _named(
            "the times on another scale",
            "The network gets the times as in training: whole numbers T-1, T-2, ..., 0, not divided"
            " by T, nor running the other way.",
            _ddpm_sample(told=lambda t, T: t / T),
            _ddpm_sample(told=lambda t, T: t / (T - 1)),
            _ddpm_sample(told=lambda t, T: (t + 1) / T),
            _ddpm_sample(told=lambda t, T: T - 1 - t),
            _ddpm_sample(told=lambda t, T: T - t),
            _ddpm_sample(told=lambda t, T: 0),
            _ddpm_sample(told=lambda t, T: T - 1),
            _ddpm_sample(told=lambda t, T: t - 1),
            _ddpm_sample(told=lambda t, T: 1000 * t / T),
            _ddpm_sample(told=lambda t, T: 1000 * t // T),
        ),
        _named(
            "times of another shape",
            "The network gets a time for each image, (N,), as in training.",
            *(_ddpm_sample(like=like) for like in ("()", "(1,)", "(N, 1)")),
        ),
        _named(
            "the loop stops before the last step",
            "There are T steps, the last of them at t = 0: range(T - 1, -1, -1), or"
            " reversed(range(T)).",
            _ddpm_sample(order=lambda T: range(T - 1, 0, -1)),
            _ddpm_sample(order=lambda T: range(T - 2, -1, -1)),
            _ddpm_sample(order=lambda T: range(T - 1, 0, -1), step=_without_noise_at_1),
        ),
        _named(
            "one step too many",
            "There are T steps, and t = 0 is the last: after it range(T - 1, -2, -1) takes the"
            " index -1, which is the noisiest time.",
            _ddpm_sample(order=lambda T: range(T - 1, -2, -1), step=_by_index),
        ),
        _named(
            "the steps in the wrong order",
            "Sampling starts where all is noise, at t = T-1, and ends at t = 0.",
            _ddpm_sample(order=range),
            _ddpm_sample(order=range, told=lambda t, T: T - 1 - t),
        ),
        _named(
            "the network asked once",
            "x changes in every step, and what the network says of it, too: ask it in each step.",
            _ddpm_sample(asked="once"),
        ),
        _named(
            "the network asked twice a step",
            "One call of the network is enough in each step: it is what sampling costs.",
            _ddpm_sample(asked="twice"),
        ),
        _named(
            "uniform noise",
            "The noise is normal, at the start and in each step: torch.randn, torch.randn_like.",
            *(_ddpm_sample(start=start, draw=start) for start in _UNIFORM),
            *(_ddpm_sample(draw=draw) for draw in _UNIFORM),
        ),
        _named(
            "the start is not normal noise",
            "x_T is standard normal: torch.randn(shape).",
            *(_ddpm_sample(start=start) for start in (*_UNIFORM, _nothing)),
            _ddpm_sample(start=lambda shape, dtype: torch.ones(shape, dtype=dtype)),
            _ddpm_sample(start=lambda shape, dtype: 0.5 * torch.randn(shape, dtype=dtype)),
            _ddpm_sample(start=lambda shape, dtype: 2 * torch.randn(shape, dtype=dtype)),
        ),
        Misconception(
            "one noise for all images",
            "Each image needs its own noise: it has the shape of x.",
            (
                _ddpm_sample(draw=_shared),
                _ddpm_sample(start=_shared),
                _ddpm_sample(start=_shared, draw=_shared),
            ),
            laws=dict.fromkeys(_drawn(6), AlikeInAllRows()),
        ),
        _named(
            "the same noise at every step",
            "The noise was drawn once and added again and again: draw new noise in every step.",
            _ddpm_sample(once=True),
        ),
        _named(
            "a seed set inside",
            "Every call gives the same images: set no seed inside.",
            *(_ddpm_sample(seed=seed) for seed in (0, 42)),
        ),
        *_step_mistakes(),
        _named(
            "DDIM for DDPM",
            "These are DDIM's steps, which go without new noise; DDPM's are asked for.",
            _ddpm_sample(step=_ddim),
        ),
        _named(*mistakes.NOISED_ANEW, _ddpm_sample(step=mistakes.anew)),
        _named(
            "too much noise in each step",
            "The new noise is multiplied by sqrt(beta_t), the deviation of one step: not by"
            " sqrt(1 - alpha_bar_t), that of all noise in x_t, nor by sqrt(beta_t / alpha_t), as"
            " inside the bracket.",
            *(
                _ddpm_sample(step=mistakes.with_mean(noise))
                for name in _OF_ONE_STEP[2:]
                for noise in _formulas(mistakes.OF_NOISE, name)
            ),
        ),
        # Where the predicted x0 is the last mean, cutting either is the same.
        _named(
            "clamped",
            "Nothing is cut to [-1, 1], neither the result nor the predicted x0. Much public code"
            " cuts the predicted x0, which is another sampler.",
            *(
                _ddpm_sample(step=mistakes.with_noise(mean))
                for mean in _formulas(mistakes.OF_MEAN, mistakes.CLAMPED[0])
            ),
            _ddpm_sample(end=lambda x: x.clamp(-1, 1)),
            _ddpm_sample(end=lambda x: (x.clamp(-1, 1) + 1) / 2),
        ),
        _named(
            "scaled at the end",
            "The result is returned as it is: in the range of the data, and in its shape.",
            _ddpm_sample(end=lambda x: (x + 1) / 2),
        ),
        Misconception(
            "graph kept alive",
            "The result remembers all calls of the network, and memory grows with every step:"
            " sample under torch.no_grad().",
            (_ddpm_sample(graph=True),),
            transform=_connected,
        ),
        _named(
            "modes not restored",
            "Afterwards the network must be in the mode in which it was, training or evaluation.",
            _ddpm_sample(mode=False),
            _ddpm_sample(mode=True),
        ),
    ),
)
