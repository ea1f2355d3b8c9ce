"""Part 3: data for which the best answer is known."""

from collections.abc import Callable

import torch
from torch import Tensor

from autograder.judging import Exercise, Misconception, Probe, Tolerance
from autograder.judging.misconceptions import negated
from autograder.judging.probes import KEPT, together, uniform

from .at_times import STEPS, alpha_bars, for_each_column, of_times, times
from .observers import at_times as observers
from .oracles import exact as oracles
from .oracles.schedule import at

NEAR = "three Gaussians in the plane", "five in five dimensions", "two on a line"
FAR = "points far from all of them"
UNDERFLOW = (
    "Far out every exp(-distance^2 / ...) is 0, and 0 / 0 is not a number; an epsilon only hides"
    " it: torch.softmax of the exponents subtracts the largest first."
)


def _weights(count: int) -> Callable:
    """Positive weights that add up to 1, and differ."""

    def draw(g):
        weights = torch.linspace(1, 4, count).double() * uniform(0.8, 1.2, count)(g)
        return weights / weights.sum()

    return draw


def _deviation(g):
    return uniform(0.3, 0.6)(g).item()


def _mixture_draw(rows, dim, count, places=(-2.0, 1.6), t=None):
    return together(
        x=uniform(*places, rows, dim),
        t=t or times(rows),
        means=uniform(-1.5, 1.8, count, dim),
        weights=_weights(count),
        sigma=_deviation,
        alpha_bars=alpha_bars,
    )


def _late(rows):
    """The last two times: far from narrow Gaussians rounding in float32 would move the score."""
    return lambda g: torch.randint(STEPS - 2, STEPS, (rows,), generator=g).double()


def _mixture(
    *,
    scale: Callable[[Tensor], Tensor | float] = torch.sqrt,
    variance: Callable[[Tensor, float], Tensor | float] = lambda a, s: a * s**2 + 1 - a,
    exponent: Callable[[Tensor, Tensor, Tensor], Tensor] = lambda w, d, v: w.log() - d / (2 * v),
    share: Callable[[Tensor], Tensor] = lambda logits: torch.softmax(logits, 1),
    result: Callable[[Tensor, Tensor], Tensor] = lambda towards, v: towards / v,
) -> Callable:
    """The score with one formula in it changed.

    scale: of the means. variance: of a component. exponent: of the weights (K,), the squared
    distances (N, K) and the variance. share: of each component, from the exponents. result: of the
    mean way to the components (N, d) and the variance.
    """

    def formula(x, t, means, weights, sigma, alpha_bars):
        left = at(alpha_bars, t, x)
        v = variance(left, sigma)
        towards = (torch.as_tensor(scale(left)) * torch.ones_like(left))[:, None] * means
        towards = towards - x[:, None]
        logits = exponent(weights, (towards**2).sum(-1), v)
        return result((share(logits)[:, :, None] * towards).sum(1), v)

    return formula


def _unshaped(x, t, means, weights, sigma, alpha_bars):
    left = alpha_bars[t]
    towards = left.sqrt() * means - x[:, None]
    v = left * sigma**2 + 1 - left
    logits = weights.log() - (towards**2).sum(-1) / (2 * v)
    return (torch.softmax(logits, 1)[:, :, None] * towards).sum(1) / v


def _by_exp(epsilon=0.0):
    """A softmax that is none, in float32 as the student's; epsilon: added below the fraction."""

    def share(logits):
        densities = logits.float().exp()
        return (densities / (densities.sum(1, keepdim=True) + epsilon)).to(logits)

    return share


# With an epsilon it is also wrong, by little, for points that are not so far out.
_unstable = tuple(map(_by_exp, (0.0, 1e-20, 1e-16, 1e-12, 1e-10, 1e-9, 1e-8, 1e-6)))


def _wrong(name, sentence, *formulas):
    return Misconception(name, sentence, formulas, on=NEAR)


mixture_score = Exercise(
    id="diffusion-mnist.mixture_score",
    truth="sum of r_k (sqrt(alpha_bar) mu_k - x) / v, v = alpha_bar sigma^2 + 1 - alpha_bar, r the"
    " responsibilities",
    source="Song and Ermon 2019, Generative Modeling by Estimating Gradients, section 3",
    points=4,
    probes=(
        Probe(NEAR[0], _mixture_draw(6, 2, 3), observers.value),
        Probe(NEAR[1], _mixture_draw(5, 5, 5), observers.value),
        Probe(NEAR[2], _mixture_draw(7, 1, 2), observers.value),
        Probe(FAR, _mixture_draw(6, 2, 3, (13.0, 16.0), _late(6)), observers.value),
        Probe(KEPT, _mixture_draw(4, 2, 3), observers.unchanged),
    ),
    oracle=oracles.mixture_score,
    misconceptions=(
        _wrong(
            "an unweighted mean",
            "A component counts by its responsibility for x: near one of them, the others hardly"
            " matter.",
            _mixture(share=lambda logits: torch.full_like(logits, 1 / logits.shape[1])),
            _mixture(exponent=lambda w, d, v: w.log() + 0 * d),
        ),
        _wrong(
            "the weights left out",
            "A component that is more frequent is responsible for more of the points: its weight is"
            " a factor of its density.",
            _mixture(exponent=lambda w, d, v: -d / (2 * v)),
        ),
        _wrong(
            "the weights without their logarithm",
            "In the exponent of the softmax the weight is log w.",
            _mixture(exponent=lambda w, d, v: w - d / (2 * v)),
        ),
        _wrong(
            "sigma not diffused",
            "The image's variance shrinks by alpha_bar, and 1 - alpha_bar of noise comes on top:"
            " alpha_bar sigma^2 + 1 - alpha_bar.",
            _mixture(variance=lambda a, s: s**2 + 0 * a),
            _mixture(variance=lambda a, s: a * s**2),
            _mixture(variance=lambda a, s: s**2 + 1 - a),
            _mixture(variance=lambda a, s: 1 - a),
        ),
        _wrong(
            "sigma as a variance",
            "sigma is a deviation: its square is the variance.",
            _mixture(variance=lambda a, s: a * s + 1 - a),
        ),
        _wrong(
            "the means not shrunk",
            "The means shrink with the image, by the root of alpha_bar.",
            _mixture(scale=lambda a: 1.0),
        ),
        _wrong(
            "the means shrunk by alpha_bar",
            "The means are places, not variances: the root of alpha_bar.",
            _mixture(scale=lambda a: a),
        ),
        _wrong(
            "the half missing in the exponent",
            "The exponent of a Gaussian is -distance^2 / (2 variance).",
            _mixture(exponent=lambda w, d, v: w.log() - d / v),
        ),
        _wrong(
            "a softmax over the points",
            "The responsibilities of the components add up to 1 for each point.",
            _mixture(share=lambda logits: torch.softmax(logits, 0)),
        ),
        _wrong(
            "not divided by the variance",
            "The score of a Gaussian is (mean - x) / variance.",
            _mixture(result=lambda towards, v: towards),
            _mixture(result=lambda towards, v: towards / v.sqrt()),
        ),
        negated(
            oracles.mixture_score,
            "The score points to where the density grows: towards the means.",
            name="the sign",
            on=NEAR,
        ),
        for_each_column(_unshaped, on=NEAR),
        Misconception(
            "unstable far out",
            UNDERFLOW,
            tuple(_mixture(share=share) for share in _unstable),
            on=NEAR,
        ),
        *of_times(
            oracles.mixture_score, ("x", "t", "means", "weights", "sigma", "alpha_bars"), NEAR
        ),
    ),
)

SETS = "rows (N, d)", "as many rows as data", "images (N, 1, 28, 28)"
FAR_DATA = "points far from all data"


def _rows_draw(rows, dim, count, places=(-1.5, 1.3), t=None):
    return together(
        x_t=uniform(*places, rows, dim),
        t=t or times(rows),
        data=uniform(-1.5, 1.3, count, dim),
        alpha_bars=alpha_bars,
    )


def _alike_images(count):
    """Images that differ little, so that none of them takes all."""

    def draw(g):
        return uniform(-1, 1, 1, 28, 28)(g) + uniform(-0.08, 0.08, count, 1, 28, 28)(g)

    return draw


def _images_draw(rows, count):
    return together(
        x_t=uniform(-1.5, 1.5, rows, 1, 28, 28),
        t=times(rows),
        data=_alike_images(count),
        alpha_bars=alpha_bars,
    )


def _squares(rows, scaled):
    """Squared distances (N, M) of rows (N, D) to points (N, M, D)."""
    return ((rows[:, None] - scaled) ** 2).sum(-1)


def _denoiser(
    *,
    scale: Callable[[Tensor], Tensor | float] = torch.sqrt,
    distance: Callable[[Tensor, Tensor], Tensor] = _squares,
    twice_variance: Callable[[Tensor], Tensor | float] = lambda a: 2 * (1 - a),
    share: Callable[[Tensor], Tensor] = lambda logits: torch.softmax(logits, 1),
    result: Callable[[Tensor, Tensor, Tensor], Tensor] = lambda mean, x, a: mean,
) -> Callable:
    """The denoiser with one formula in it changed.

    scale: of the data. distance: of rows (N, D) to the scaled data (N, M, D). share: of each
    datum, from the exponents (N, M). result: of the mean (N, D), the rows and alpha_bar.
    """

    def formula(x_t, t, data, alpha_bars):
        rows, points = x_t.flatten(1), data.flatten(1)
        left = at(alpha_bars, t, rows)
        factor = torch.as_tensor(scale(left)) * torch.ones_like(left)
        logits = -distance(rows, factor[:, None] * points) / twice_variance(left)
        return result(share(logits) @ points, rows, left).reshape(x_t.shape)

    return formula


def _nearest(logits):
    return torch.nn.functional.one_hot(logits.argmax(1), logits.shape[1]).to(logits)


def _unshaped_denoiser(x_t, t, data, alpha_bars):
    rows, points, left = x_t.flatten(1), data.flatten(1), alpha_bars[t]
    distances = _squares(rows, alpha_bars[t].reshape(-1, 1, 1).sqrt() * points)
    return (torch.softmax(-distances / (2 * (1 - left)), 1) @ points).reshape(x_t.shape)


def _wrong_mean(name, sentence, *formulas):
    return Misconception(name, sentence, formulas, on=SETS)


optimal_denoiser = Exercise(
    id="diffusion-mnist.optimal_denoiser",
    truth="sum of w_j x_j, w = softmax over the data of -|x_t - sqrt(alpha_bar) x_j|^2 / (2 (1 -"
    " alpha_bar))",
    source="Karras et al. 2022, Elucidating the Design Space, appendix B.3",
    points=3,
    # A sum of 784 squares has lost some digits, and stands in an exponent.
    tolerance=Tolerance(rtol=1e-3, atol=1e-3),
    probes=(
        Probe(SETS[0], _rows_draw(6, 3, 5), observers.value),
        Probe(SETS[1], _rows_draw(4, 2, 4), observers.value),
        Probe(SETS[2], _images_draw(5, 6), observers.value),
        Probe("one datum", _rows_draw(5, 3, 1), observers.value),
        Probe(FAR_DATA, _rows_draw(6, 2, 4, (12.5, 14.5), _late(6)), observers.value),
        Probe(KEPT, _rows_draw(4, 3, 5), observers.unchanged),
    ),
    oracle=oracles.optimal_denoiser,
    misconceptions=(
        _wrong_mean(
            "a softmax over the batch",
            "The weights of the data add up to 1 for each row of x_t.",
            _denoiser(share=lambda logits: torch.softmax(logits, 0)),
        ),
        _wrong_mean(
            "distances to unscaled data",
            "The image shrank on its way to x_t, which is near sqrt(alpha_bar) times an image.",
            _denoiser(scale=lambda a: 1.0),
        ),
        _wrong_mean(
            "the data scaled by alpha_bar",
            "The image shrinks by the root of alpha_bar.",
            _denoiser(scale=lambda a: a),
        ),
        _wrong_mean(
            "the wrong variance in the exponent",
            "The exponent is -distance^2 / (2 (1 - alpha_bar)): the squared distance over twice the"
            " variance of the noise.",
            _denoiser(twice_variance=lambda a: 1 - a),
            _denoiser(twice_variance=lambda a: 2 * (1 - a).sqrt()),
            _denoiser(twice_variance=lambda a: 2.0),
            _denoiser(twice_variance=lambda a: 1.0),
            _denoiser(twice_variance=lambda a: 2 * a),
            _denoiser(twice_variance=lambda a: 2 * (1 - a) ** 2),
        ),
        _wrong_mean(
            "distances not squared",
            "The exponent of a Gaussian has the squared distance.",
            _denoiser(distance=lambda rows, scaled: _squares(rows, scaled).sqrt()),
        ),
        _wrong_mean(
            "a mean over the pixels",
            "The squared distance is the sum over all pixels; a mean makes all data look alike.",
            _denoiser(
                distance=lambda rows, scaled: _squares(rows, scaled) / rows.shape[1],
            ),
        ),
        _wrong_mean(
            "the nearest datum",
            "The best answer is the mean of all data, each weighted by how probable it is.",
            _denoiser(share=_nearest),
            _denoiser(share=_nearest, scale=lambda a: 1.0),
        ),
        _wrong_mean(
            "the unweighted mean",
            "The nearer x_t is to a datum, the more it counts.",
            _denoiser(share=lambda logits: torch.full_like(logits, 1 / logits.shape[1])),
        ),
        _wrong_mean(
            "the sign of the exponent",
            "Near data count more than far ones: the exponent is negative.",
            _denoiser(share=lambda logits: torch.softmax(-logits, 1)),
        ),
        _wrong_mean(
            "another prediction than x0",
            "The mean of the data themselves is asked for: neither shrunk, nor turned into noise or"
            " a score.",
            _denoiser(result=lambda mean, x, a: a.sqrt() * mean),
            _denoiser(result=lambda mean, x, a: (x - a.sqrt() * mean) / (1 - a).sqrt()),
            _denoiser(result=lambda mean, x, a: (a.sqrt() * mean - x) / (1 - a)),
        ),
        for_each_column(_unshaped_denoiser, on=SETS),
        # Images have so many pixels that they are far from each other.
        Misconception(
            "unstable far out",
            UNDERFLOW,
            tuple(_denoiser(share=share) for share in _unstable),
            on=SETS[:2],
        ),
        *of_times(oracles.optimal_denoiser, ("x_t", "t", "data", "alpha_bars"), SETS),
    ),
)
