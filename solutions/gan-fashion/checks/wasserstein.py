"""Part 4: the Wasserstein game with gradient penalty."""

import torch

from autograder.judging import Probe
from autograder.judging.logit_mistakes import fake_half, real_half
from autograder.judging.misconceptions import NO_MEAN, ONE_OF_TWO, SUMMED, for_one_shape
from autograder.judging.probes import KEPT, together, uniform

from . import oracles
from .games import Flaw, exercise, in_form, losses_probe
from .nonsaturating import (
    NOISE,
    SURE,
    TRUSTING,
    cut,
    game,
    no_gradient,
    other_flaws,
    sure_probe,
    swapped,
)
from .observers import games
from .slopes import GULRAJANI, LENGTHS, NO_SLOPE, REFUSALS, norms, slopes_at

LAMBDA = oracles.WEIGHT

STEEP = "a linear critic of slope 2.6, scores (N, 1)"
FLAT = "a linear critic of slope 0.3, scores (N,)"
ROW = "a linear critic of slope 2.6, scores (N,)"  # of STEEP, in another shape alone
BENT, MIXES = "a critic with two slopes", "where the slopes are taken"
VALUES = (STEEP, FLAT, BENT)
COLUMNS = (STEEP, BENT, SURE, TRUSTING, KEPT, NOISE)


def _critic(n, norm, flat, **more):
    """A linear game whose weights have the given norm."""
    draw_game = game(n, flat, **more)

    def draw(g):
        drawn = draw_game(g)
        # Moved after the game, so that scores differ from it as little as they can.
        w = drawn["weight"]
        return drawn | {"weight": w * norm / w.norm()}

    return draw


def _bent(n):
    """Every other real image is on the other side of the bend, and so are its mixes."""
    draw_game = _critic(n, 1.8, False, bend=0.25)

    def draw(g):
        drawn = draw_game(g)
        first = drawn["fakes"].flatten()[0]
        drawn["fakes"][:, 0, 0, 0] = first
        shift = torch.tensor([0.6, -0.6]).double().repeat(n)[:n]
        drawn["x"][:, 0, 0, 0] = first + shift
        return drawn

    return draw


def _far_images(g):
    """Real images (N, 1, 28, 28) of which no pixel is near the fake's -0.5."""
    return uniform(0.2, 1, 4, 1, 28, 28)(g)


def _of_d(probe):
    return lambda form: None if form == "g" else probe


PROBES = (
    losses_probe(STEEP, _critic(5, 2.6, False), games.losses),
    losses_probe(FLAT, _critic(6, 0.3, True), games.losses),
    losses_probe(ROW, _critic(6, 2.6, True), games.losses),
    losses_probe(BENT, _bent(6), games.losses),
    sure_probe(SURE, -1e4),
    sure_probe(TRUSTING, 1e4),
    lambda form: Probe(NOISE, together(images=128), games.noise),
    lambda form: Probe(KEPT, game(3, False), games.unchanged),
    _of_d(Probe(MIXES, together(x=_far_images, calls=20), games.mixes)),
)


def _penalty(lengths):
    return lambda slopes: LAMBDA * ((lengths(slopes) - 1) ** 2).mean()


_right = _penalty(norms)


def _one_for_each(images, draw=torch.rand):
    return draw(len(images), 1, 1, 1, device=images.device)


def _loss(
    g,
    d,
    x_real,
    *,
    device,
    form="both",
    real=lambda r: -r.mean(),
    fake=lambda f: f.mean(),
    d_loss=torch.add,
    d_factor=1,
    g_loss=lambda f: -f.mean(),
    penalty=_right,
    share=_one_for_each,
    mix=lambda part, x, images: part * x + (1 - part) * images,
    noise=torch.randn,
    cut=False,
    detached=False,
    swapped=False,
    after=None,
):
    """loss_wasserstein_gp or one half of it; each option can be one flaw.

    penalty: slopes of D at the mixes (N, 1, 28, 28) -> scalar. share: real images -> their share of
    the mixes. mix: of the share, real images and fakes. The others: as in nonsaturating.py, of
    scores; d_loss and d_factor leave the penalty alone.
    """
    images = g(noise(len(x_real), g.dim_z, device=device))

    def d_half():
        part = share(x_real)
        slopes = slopes_at(d, mix(part, x_real, images))
        scores = d(x_real), d(images.detach() if detached else images)
        return d_factor * d_loss(real(scores[0]), fake(scores[1])) + penalty(slopes)

    losses = in_form(form, d_half, lambda: g_loss(d(images.detach() if cut else images)), swapped)
    if after:
        after(x_real, d)
    return losses


def _wrong_penalty(name, sentence, *penalties):
    """A mistake in the penalty; the usual ones are also found beside one in the critic's loss."""
    options = [{"penalty": each} for each in penalties]
    beside = {"d": options[0]} if name in BESIDE else None
    return Flaw(name, sentence, d=options, beside=beside, on=VALUES)


BESIDE = (
    *("norm per pixel", "gradient of a batch mean", "the penalty's graph cut"),
    *("the wrong weight of the penalty", "no penalty"),
)


def _wrong_share(name, sentence, *shares):
    return Flaw(name, sentence, d=[{"share": each} for each in shares], on=(MIXES,))


def _refused(message):
    """What torch.autograd.grad says to what it cannot differentiate."""

    def penalty(slopes):
        raise RuntimeError(message)

    return penalty


def _minus_mean_of(values):
    return lambda scores: -values(scores).mean()


def _mean_of(values):
    return lambda scores: values(scores).mean()


def _wrong_scores(name, sentence, *values):
    """Means of something else than the scores: each of `values` takes scores (N,) or (N, 1)."""
    return Flaw(
        name,
        sentence,
        d=[{"real": _minus_mean_of(each), "fake": _mean_of(each)} for each in values],
        g=[{"g_loss": _minus_mean_of(each)} for each in values],
        on=VALUES,
    )


FLAWS = (
    *(_wrong_penalty(name, sentence, *map(_penalty, wrong)) for name, sentence, wrong in LENGTHS),
    _wrong_penalty(
        "the penalty's graph cut",
        "The critic learns from the penalty, so its gradient must stay on the graph:"
        " torch.autograd.grad(..., create_graph=True).",
        lambda slopes: _right(slopes.detach()),
    ),
    _wrong_penalty(
        "the penalty of a mean norm",
        "Each norm is compared with 1, then the squares are averaged: mean((norm - 1)^2).",
        lambda slopes: LAMBDA * (norms(slopes).mean() - 1) ** 2,
    ),
    _wrong_penalty(
        "the wrong weight of the penalty",
        "The penalty is multiplied by lambda = 10.",
        *(lambda slopes, k=k: k * _right(slopes) for k in (0.1, 0.05, 0.5, 2, 10)),
    ),
    _wrong_penalty(
        "no penalty",
        "Without the penalty, nothing holds the critic's slope near 1.",
        lambda slopes: 0,
    ),
    _wrong_penalty(
        "the penalty subtracted",
        "The loss is minimised, and so is the penalty: add it.",
        lambda slopes: -_right(slopes),
    ),
    _wrong_penalty(
        "a one-sided penalty",
        "This punishes slopes above 1 only; here slopes below 1 are punished, too.",
        lambda slopes: LAMBDA * ((norms(slopes) - 1).clamp_min(0) ** 2).mean(),
    ),
    _wrong_penalty(
        "a penalty towards slope 0",
        "The slope is pulled towards 1: subtract 1 from the norm before you square it.",
        lambda slopes: LAMBDA * (norms(slopes) ** 2).mean(),
        lambda slopes: LAMBDA / 2 * (norms(slopes) ** 2).mean(),
    ),
    _wrong_penalty(
        "a penalty that is not squared",
        "The distance of the norm from 1 is squared, then averaged.",
        lambda slopes: LAMBDA * (norms(slopes) - 1).mean(),
        lambda slopes: LAMBDA * (norms(slopes) - 1).abs().mean(),
    ),
    _wrong_penalty(
        "the penalty summed over the batch",
        "The penalty is a mean over the images, as the other two terms are.",
        lambda slopes: len(slopes) * _right(slopes),
    ),
    Flaw(
        *NO_SLOPE,
        d=[{"penalty": _refused(message)} for message in REFUSALS],
        on=VALUES,
    ),
    Flaw(
        "WGAN with -logsigmoid",
        "A critic's score is not a logit: the losses are plain means of D, without a logsigmoid.",
        d=({"real": real_half, "fake": fake_half}, {"real": real_half}, {"fake": fake_half}),
        g=({"g_loss": real_half}, {"g_loss": lambda f: -fake_half(f)}),
        on=VALUES,
    ),
    Flaw(
        "real and fake swapped",
        "The critic scores real images high and fakes low: mean D(fake) - mean D(real), to be"
        " minimised.",
        d={"d_factor": -1},
        beside={"d": {"d_factor": -1}},
        on=VALUES,
    ),
    Flaw(
        ONE_OF_TWO[0],
        "mean D(fake) - mean D(real): the two have opposite signs.",
        d=({"real": lambda r: r.mean()}, {"fake": lambda f: -f.mean()}),
        on=VALUES,
    ),
    Flaw(
        ONE_OF_TWO[1],
        "The critic learns from real and fake images: one of the two means is missing.",
        d=({"real": lambda r: 0 * r.sum()}, {"fake": lambda f: 0 * f.sum()}),
        on=VALUES,
    ),
    _wrong_scores(
        "a sigmoid applied first",
        "A critic's score is no logit: average it as it is.",
        torch.sigmoid,
    ),
    _wrong_scores(
        "squares of scores",
        "The losses are means of scores; the square belongs to the penalty.",
        torch.square,
    ),
    _wrong_scores(
        "absolute values of scores",
        "The losses are means of scores, whatever their signs.",
        torch.abs,
    ),
    Flaw(
        "G trained to look fake",
        "The generator wants a high score for its images: its loss is -mean D(fake).",
        g={"g_loss": lambda f: f.mean()},
        on=VALUES,
    ),
    cut(VALUES),
    no_gradient(VALUES),
    Flaw(
        *SUMMED,
        d=(
            {
                "real": lambda r: -r.sum(),
                "fake": lambda f: f.sum(),
                "penalty": lambda slopes: len(slopes) * _right(slopes),
            },
            {"real": lambda r: -r.sum(), "fake": lambda f: f.sum()},
        ),
        g={"g_loss": lambda f: -f.sum()},
        on=VALUES,
    ),
    Flaw(
        *NO_MEAN,
        d={"real": lambda r: -r, "fake": lambda f: f},
        g={"g_loss": lambda f: -f},
        on=VALUES,
    ),
    swapped(VALUES),
    _wrong_share(
        "alpha per pixel",
        "A mix is on the line between a real image and a fake: one alpha for each image, of shape"
        " (N, 1, 1, 1), not one for each pixel.",
        torch.rand_like,
    ),
    Flaw(
        "shares that do not add up to 1",
        "A mix is alpha times the one image and 1 - alpha times the other.",
        d=(
            {"mix": lambda part, x, images: part * x + part * images},
            {"mix": lambda part, x, images: x + part * images},
            {"mix": lambda part, x, images: part * x + images},
            {"mix": lambda part, x, images: part * x + (part - 1) * images},
            {"mix": lambda part, x, images: (part - 1) * x + part * images},
        ),
        on=(MIXES,),
    ),
    _wrong_share(
        "alpha outside [0, 1]",
        "The mixes are between real and fake: alpha is uniform on [0, 1], from torch.rand.",
        lambda images: _one_for_each(images, torch.randn),
    ),
    _wrong_share(
        "alpha not uniform",
        "Every place between a real image and a fake counts alike: alpha is uniform on all of"
        " [0, 1], as torch.rand draws it.",
        lambda images: _one_for_each(images) / 2,
    ),
    _wrong_share(
        "the same alpha every time",
        "Draw a new alpha in each call: a fixed one always looks at the same place.",
        lambda images: 0.5,
    ),
    _wrong_share(
        "no mix of real and fake",
        "The slope is taken between real images and fakes, not at the images themselves.",
        lambda images: 1,
    ),
    Flaw(
        "alpha of a shape that does not fit",
        "alpha has one number for each image: give it the shape (N, 1, 1, 1), which broadcasts over"
        " channel, rows and columns.",
        d=({"share": lambda x: torch.rand(len(x))}, {"share": lambda x: torch.rand(len(x), 1)}),
        on=VALUES,
    ),
    *other_flaws(),
)
IN_WORDS = {
    "d": "mean D(fake) - mean D(real) + 10 mean (|slope of D at a mix| - 1)^2",
    "g": "-mean D(fake)",
    "both": "(mean D(fake) - mean D(real) + 10 mean (|slope| - 1)^2, -mean D(fake))",
}


def _form(form, points):
    return exercise(
        "loss_wasserstein_gp",
        form,
        truth_in_words=IN_WORDS,
        source=GULRAJANI,
        points=points,
        probes=PROBES,
        loss=_loss,
        flaws=FLAWS,
        places=for_one_shape((ROW, FLAT), COLUMNS if form == "g" else (*COLUMNS, MIXES)),
    )


loss_wasserstein_gp = _form("both", 10)
loss_wasserstein_gp_d = _form("d", 8)
loss_wasserstein_gp_g = _form("g", 2)
