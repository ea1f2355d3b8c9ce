"""What goes wrong in one step of DDPM: of the mean, of the noise, and of both together."""

from collections.abc import Callable

import torch
from torch import Tensor

from autograder.judging import Misconception

from .oracles import sampling as oracles
from .oracles.sampling import rows

SECOND, FINAL, TWICE = "the last step but one", "the last step", "one step twice"
MIXED = "rows at several times, the last step among them"
SQUARE = ("as many points as numbers in each", "as many images as pixels in a row")
MIDDLE = ("several steps in the middle", *SQUARE)
NOISY = (*MIDDLE, SECOND)

BEFORE_FIRST = (
    "alpha_bar before the first step",
    "Before the first step nothing is noise: alpha_bar is 1 there, not alpha_bars[0] again.",
)
OWN_NOISE = (
    "noise of its own",
    "The noise is given: draw none, or the same noise does not give the same step.",
)
CLAMPED = (
    "the predicted x0 clamped",
    "Much public code cuts the predicted x0 to [-1, 1], which is another sampler; here it is left"
    " as it is.",
)


OFF_BY_ONE = (
    "a step too early",
    "t counts from 0: the step back from x_t uses betas[t] and alpha_bars[t].",
)


def _posterior(x0, x_t, t, betas, alpha_bars, before=oracles.alpha_bar_at, swapped=False):
    """The mean of x_{t-1} given x0 and x_t. before: what alpha_bar is taken for at t-1."""
    b, A, before = rows(betas, t, x_t), rows(alpha_bars, t, x_t), before(alpha_bars, t - 1, x_t)
    of_x0, of_x_t = before.sqrt() * b / (1 - A), (1 - b).sqrt() * (1 - before) / (1 - A)
    of_x0, of_x_t = (of_x_t, of_x0) if swapped else (of_x0, of_x_t)
    return of_x0 * x0 + of_x_t * x_t


def _x0(x_t, eps, t, alpha_bars):
    A = rows(alpha_bars, t, x_t)
    return (x_t - (1 - A).sqrt() * eps) / A.sqrt()


def never_before(alpha_bars: Tensor, t: Tensor, like: Tensor) -> Tensor:
    """alpha_bar with alpha_bars[0] before the first step, too."""
    return rows(alpha_bars, t.clamp(min=0), like)


def _mean(coefficient=None, scale=None, sign=-1.0, shift=(0, 0)):
    """The mean with another factor before eps, another divisor, sign or index of (beta, alpha_bar).

    coefficient, scale: of beta_t and alpha_bar_t.
    """

    def mean(x_t, eps, t, betas, alpha_bars):
        b, A = rows(betas, t + shift[0], x_t), rows(alpha_bars, t + shift[1], x_t)
        by = coefficient(b, A) if coefficient else b / (1 - A).sqrt()
        over = scale(b, A) if scale else (1 - b).sqrt()
        return (x_t + sign * by * eps) / over

    return mean


def _through_x0(change=lambda x0: x0, **more):
    """The mean by way of the predicted x0."""
    return lambda x_t, eps, t, betas, alpha_bars: _posterior(
        change(_x0(x_t, eps, t, alpha_bars)), x_t, t, betas, alpha_bars, **more
    )


def _outside_bracket(x_t, eps, t, betas, alpha_bars):
    b, A = rows(betas, t, x_t), rows(alpha_bars, t, x_t)
    return x_t / (1 - b).sqrt() - b / (1 - A).sqrt() * eps


def _ddim_mean(x_t, eps, t, betas, alpha_bars):
    return oracles.ddim_mean(x_t, eps, t, t - 1, alpha_bars)


def _wrong(name, sentence, *formulas):
    return Misconception(name, sentence, formulas)


# Of (x_t, eps, t, betas, alpha_bars).
OF_MEAN = (
    _wrong(
        "alpha_bar for alpha",
        "One step back undoes one step: 1 / sqrt(alpha_t) and beta_t belong to this step alone."
        " alpha_bar, the product of all steps so far, is in sqrt(1 - alpha_bar_t) only.",
        _mean(scale=lambda b, A: A.sqrt()),
        _mean(lambda b, A: (1 - A).sqrt()),
    ),
    _wrong(
        "the predicted x0",
        "This goes all the way to the predicted x0; one step back is asked for.",
        lambda x_t, eps, t, betas, alpha_bars: _x0(x_t, eps, t, alpha_bars),
    ),
    _wrong(
        "no root of 1 - alpha_bar",
        "The predicted noise is multiplied by beta_t / sqrt(1 - alpha_bar_t): with the root.",
        _mean(lambda b, A: b / (1 - A)),
        _mean(lambda b, A: b / (1 - A.sqrt())),
        _mean(lambda b, A: b / (1 - A.sqrt()).sqrt()),
    ),
    _wrong(
        "the root of beta before the predicted noise",
        "The predicted noise is multiplied by beta_t / sqrt(1 - alpha_bar_t): beta_t itself, not"
        " its root, which belongs to the new noise.",
        _mean(lambda b, A: (b / (1 - A)).sqrt()),
    ),
    _wrong(
        "1 / sqrt(1 - alpha_bar) missing",
        "The predicted noise has deviation 1, its share in x_t does not: it is multiplied by"
        " beta_t / sqrt(1 - alpha_bar_t).",
        _mean(lambda b, A: b),
        _mean(lambda b, A: torch.ones_like(b)),
    ),
    _wrong(
        "alpha for alpha_bar",
        "Below the predicted noise is the deviation of all noise so far, sqrt(1 - alpha_bar_t), not"
        " that of one step, nor what is left of the image.",
        _mean(lambda b, A: b.sqrt()),
        _mean(lambda b, A: b / (1 - b).sqrt()),
        _mean(lambda b, A: b / A.sqrt()),
    ),
    _wrong(
        "alpha for beta",
        "The predicted noise is multiplied by beta_t = 1 - alpha_t, and the bracket is divided by"
        " sqrt(alpha_t).",
        _mean(lambda b, A: (1 - b) / (1 - A).sqrt()),
        _mean(scale=lambda b, A: b.sqrt()),
    ),
    _wrong(
        "beta missing before the noise",
        "The predicted noise is multiplied by beta_t / sqrt(1 - alpha_bar_t): one step removes only"
        " its own share.",
        _mean(lambda b, A: 1 / (1 - A).sqrt()),
    ),
    _wrong(
        "1 / sqrt(alpha) missing",
        "Each step forwards shrinks the image by sqrt(alpha_t); the step back divides by it.",
        _mean(scale=lambda b, A: torch.ones_like(b)),
    ),
    _wrong(
        "multiplied by sqrt(alpha)",
        "Each step forwards shrinks the image by sqrt(alpha_t): the step back divides by it.",
        _mean(scale=lambda b, A: 1 / (1 - b).sqrt()),
    ),
    _wrong(
        "no root of alpha",
        "The bracket is divided by sqrt(alpha_t), not by alpha_t.",
        _mean(scale=lambda b, A: 1 - b),
    ),
    _wrong(
        "the bracket left out",
        "1 / sqrt(alpha_t) multiplies the whole bracket, the predicted noise included.",
        _outside_bracket,
    ),
    _wrong(
        "the sign of the predicted noise",
        "The predicted noise is taken out of x_t, not added.",
        _mean(sign=1.0),
    ),
    _wrong(
        *OFF_BY_ONE,
        _mean(shift=(-1, -1)),
        _mean(shift=(0, -1)),
        _mean(shift=(-1, 0)),
    ),
    _wrong(
        "the coefficients swapped",
        "In the posterior mean, x0 is multiplied by sqrt(alpha_bar_{t-1}) beta_t /"
        " (1 - alpha_bar_t) and x_t by sqrt(alpha_t) (1 - alpha_bar_{t-1}) / (1 - alpha_bar_t).",
        _through_x0(swapped=True),
    ),
    _wrong(*CLAMPED, _through_x0(lambda x0: x0.clamp(-1, 1))),
    _wrong(
        "DDIM's step",
        "This is the mean of DDIM's step, which goes with no noise at all; DDPM's is asked for.",
        _ddim_mean,
    ),
)


def _noise(scale, start=1):
    """scale(beta, alpha_bar, beta tilde) times the noise, from the index `start` on."""

    def noise(t, noise, betas, alpha_bars):
        b, A = rows(betas, t, noise), rows(alpha_bars, t, noise)
        posterior = (1 - oracles.alpha_bar_at(alpha_bars, t - 1, noise)) / (1 - A) * b
        index = rows(torch.arange(len(betas)), t, noise)
        return scale(b, A, posterior) * noise * (index >= start)

    return noise


def _noise_but_at_the_start(t, noise, betas, alpha_bars):
    index = rows(torch.arange(len(betas)), t, noise)
    return rows(betas, t, noise).sqrt() * noise * (index < len(betas) - 1)


# What may stand before the noise.
_SCALES: dict[str, tuple[Callable[[Tensor, Tensor, Tensor], Tensor], ...]] = {
    "right": (lambda b, A, v: b.sqrt(),),
    "beta tilde": (lambda b, A, v: v.sqrt(),),
    "variance": (lambda b, A, v: b, lambda b, A, v: v),
    "bracket": (lambda b, A, v: (b / (1 - b)).sqrt(),),
    "one": (lambda b, A, v: torch.ones_like(b),),
    "forward": (lambda b, A, v: (1 - A).sqrt(), lambda b, A, v: 1 - A),
    "none": (lambda b, A, v: torch.zeros_like(b),),
}
BETA_TILDE = (
    "beta tilde for beta",
    "This is the posterior's variance, (1 - alpha_bar_{t-1}) / (1 - alpha_bar_t) beta_t: a"
    " convention that is as good, but here the step's variance is beta_t itself.",
)


def _noises(key):
    return tuple(map(_noise, _SCALES[key]))


# Of (t, noise, betas, alpha_bars).
OF_NOISE = (
    _wrong(
        "no noise",
        "Without noise every step goes to the mean, and samples lose their spread: add"
        " sqrt(beta_t) noise in all steps but the last.",
        *_noises("none"),
    ),
    _wrong(*BETA_TILDE, *_noises("beta tilde")),
    _wrong(
        "the variance for the deviation",
        "beta_t is the variance of what is added; noise of deviation 1 is multiplied by its root.",
        *_noises("variance"),
    ),
    _wrong(
        "the noise inside the bracket",
        "The new noise is added last of all: 1 / sqrt(alpha_t) does not multiply it.",
        *_noises("bracket"),
    ),
    _wrong(
        "noise of deviation 1",
        "The new noise is multiplied by sqrt(beta_t), the deviation of one step.",
        *_noises("one"),
    ),
    _wrong(
        "the new noise subtracted",
        "The new noise is added, with a plus.",
        _noise(lambda b, A, v: -b.sqrt()),
    ),
    _wrong(
        "no noise where the walk begins",
        "The walk begins at t = T-1 and ends at t = 0: the step without noise is that at t = 0.",
        _noise_but_at_the_start,
    ),
    _wrong(
        "the deviation of the forward process",
        "sqrt(1 - alpha_bar_t) is the deviation of all noise in x_t; a step back adds that of one"
        " step, sqrt(beta_t).",
        *_noises("forward"),
    ),
)


def with_noise(mean: Callable, noise: Callable | None = None) -> Callable:
    """A whole step of a mean and a noise; by default the right noise."""
    noise = noise or _noises("right")[0]

    def ddpm_step(x_t, eps, t, z, betas, alpha_bars):
        return mean(x_t, eps, t, betas, alpha_bars) + noise(t, z, betas, alpha_bars)

    return ddpm_step


def with_mean(noise: Callable) -> Callable:
    """A whole step of the right mean and a noise."""
    return with_noise(oracles.step_mean, noise)


def _at_the_last(scale):
    """The right step but at t = 0, where scale(...) times the noise is added."""
    right, always = _noises("right")[0], _noise(scale, start=0)

    def noise(t, z, betas, alpha_bars):
        index = rows(torch.arange(len(betas)), t, z)
        given = t, z, betas, alpha_bars
        return torch.where(index > 0, right(*given), always(*given))

    return with_mean(noise)


_AT_THE_LAST = tuple(
    _at_the_last(scale)
    for key in ("right", "variance", "bracket", "one", "forward")
    for scale in _SCALES[key][:1]  # the second variance is 0 there
)
NOISE_AT_THE_LAST = (
    "noise at the last step",
    "The last step, at t = 0, goes to the image itself: its mean, without noise.",
)
NO_NOISE_BEFORE = (
    "no noise in the last step but one",
    "Times count from 0, so the step without noise is that at t = 0, and no other: the condition"
    " is t > 0.",
)


def anew(x_t, eps, t, noise, betas, alpha_bars):
    then = oracles.alpha_bar_at(alpha_bars, t - 1, x_t)
    return then.sqrt() * _x0(x_t, eps, t, alpha_bars) + (1 - then).sqrt() * noise


def earlier(x_t, eps, t, noise, betas, alpha_bars):
    """The index off by one in everything but the condition t > 0."""
    index = rows(torch.arange(len(betas)), t, x_t)
    added = (index > 0) * rows(betas, t - 1, x_t).sqrt() * noise
    return _mean(shift=(-1, -1))(x_t, eps, t, betas, alpha_bars) + added


def swapped(x_t, eps, t, noise, betas, alpha_bars):
    """The predicted noise and the new one, each in the place of the other."""
    return oracles.ddpm_step(x_t, noise, t, eps, betas, alpha_bars)


def multiplied_again(step: Callable) -> Callable:
    """The step with products of alpha_bars, whatever else is wrong in it."""
    return lambda *given: step(*given[:-1], given[-1].cumprod(0))


def own_noise(x_t, eps, t, noise, betas, alpha_bars):
    return oracles.ddpm_step(x_t, eps, t, torch.randn_like(x_t), betas, alpha_bars)


def _decided(decide):
    """The right step but for the noise, which all rows get or none. decide: of t > 0."""

    def noise(t, z, betas, alpha_bars):
        return rows(betas, t, z).sqrt() * z * decide(t > 0)

    return with_mean(noise)


NOISED_ANEW = (
    "x0 noised anew",
    "This forgets x_t: the predicted x0 with all new noise. A step back keeps the noise that is in"
    " x_t but for one step's share.",
)
BEFORE_THE_LAST = Misconception(
    *BEFORE_FIRST, (with_noise(_through_x0(before=never_before)),), on=NOISY, fails_on=(FINAL,)
)
ONE_FOR_ALL = (
    "one time for the whole batch",
    "Each row has its own time: use all of t, not its first entry or its mean.",
)
WRONG_AXIS = (
    "a time for each column",
    "beta_t is (N,), and broadcasting lines it up with the last axis of x_t: reshape it to"
    " (N, 1, ...), so that each row has its own.",
)
NUMBER = (
    "a plain number expected",
    "t is a tensor (N,), a time for each row: `if t > 0`, item() and math.sqrt want a single"
    " number. Index the schedule with it, and decide row by row, with (t > 0) or torch.where.",
)


def complaining(kind: type[Exception], text: str) -> Callable:
    """A formula that raises this exception."""

    def refused(*given, **more):
        raise kind(text)

    return refused


# What torch and Python say of a tensor where a number is expected.
NOT_A_NUMBER = (
    complaining(RuntimeError, "Boolean value of Tensor with more than one value is ambiguous"),
    complaining(RuntimeError, "cannot be converted to Scalar"),
    complaining(ValueError, "only one element tensors can be converted to Python scalars"),
    complaining(TypeError, "only integer tensors of a single element can be converted to an index"),
    complaining(TypeError, "'int' and 'Tensor'"),
    complaining(TypeError, "must be int, not Tensor"),
)


def unshaped(step: Callable, place: int) -> Callable:
    """The step with betas[t] as it is, (N,), which belongs to the last axis then.

    place: of t among the arguments.
    """

    def along_the_last(*given):
        shape = given[0].shape
        if shape[-1] != len(given[place]):
            raise RuntimeError("must match the size of tensor b")
        turned = [each.movedim(-1, 0) if _is_batch(each) else each for each in given]
        return step(*turned).movedim(0, -1)

    return along_the_last


def _is_batch(thing):
    return isinstance(thing, Tensor) and thing.dim() > 1


def first_for_all(step: Callable, place: int, pick: Callable = lambda t: t[:1]) -> Callable:
    """The step with one time for all rows."""

    def alike(*given):
        t = given[place]
        one = pick(t).expand(len(t))
        return step(*given[:place], one, *given[place + 1 :])

    return alike


# What is taken for the time of all rows.
ONE_TIME = (lambda t: t[:1], lambda t: t.double().mean().long(), lambda t: t.max())


def overwriting(oracle: Callable) -> Callable:
    """The right step, which adds to x_t in place."""

    def changing(x_t, *more):
        result = oracle(x_t, *more)
        x_t.add_(1)
        return result

    return changing


# By their place in a chain of steps, whatever else is wrong with them.
BY_PLACE = (
    Misconception(*NOISE_AT_THE_LAST, _AT_THE_LAST, on=NOISY, fails_on=(FINAL,)),
    Misconception(
        *NO_NOISE_BEFORE,
        (with_mean(_noise(_SCALES["right"][0], start=2)),),
        on=(*MIDDLE, FINAL),
        fails_on=(SECOND,),
    ),
    BEFORE_THE_LAST,
    Misconception(
        "noise for all rows or none",
        "Rows at t = 0 get no noise, others do, even within one batch: decide row by row, with"
        " (t > 0) or torch.where.",
        (_decided(torch.all), _decided(torch.any), _decided(lambda noisy: noisy[0])),
        fails_on=(MIXED,),
    ),
)
