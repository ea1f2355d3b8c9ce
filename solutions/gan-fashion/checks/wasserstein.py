"""Part 4: the Wasserstein game with gradient penalty."""

import torch

from autograder.judging import Probe
from autograder.judging.probes import together, uniform

from . import oracles
from .games import Flaw, exercise, in_form, watched
from .nonsaturating import NOISE, cut, game, noise_flaws, sp, swapped
from .observers import games
from .slopes import GULRAJANI, LENGTHS, norms, slopes_at

LAMBDA = oracles.WEIGHT

STEEP, FLAT = "a linear critic of slope 2.6", "a linear critic of slope 0.3"
BENT, MIXES = "a critic with two slopes", "where the slopes are taken"
VALUES = (STEEP, FLAT, BENT)


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
        first = drawn["image"].flatten()[0]
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
    lambda form: Probe(STEEP, _critic(5, 2.6, False), watched(games.losses, form)),
    lambda form: Probe(FLAT, _critic(4, 0.3, True), watched(games.losses, form)),
    lambda form: Probe(BENT, _bent(6), watched(games.losses, form)),
    lambda form: Probe(NOISE, together(images=128), games.noise),
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
    d_loss=lambda r, f: f.mean() - r.mean(),
    g_loss=lambda f: -f.mean(),
    penalty=_right,
    share=_one_for_each,
    noise=torch.randn,
    cut=False,
    swapped=False,
):
    """loss_wasserstein_gp or one half of it; each option can be one flaw.

    d_loss, g_loss, noise, cut, swapped: as in nonsaturating.py, of scores. penalty: slopes of D
    at the mixes (N, 1, 28, 28) -> scalar. share: real images -> their share of the mixes.
    """
    fake = g(noise(len(x_real), g.dim_z, device=device))

    def d_half():
        part = share(x_real)
        slopes = slopes_at(d, part * x_real + (1 - part) * fake)
        return d_loss(d(x_real).flatten(), d(fake).flatten()) + penalty(slopes)

    def g_half():
        return g_loss(d(fake.detach() if cut else fake).flatten())

    return in_form(form, d_half, g_half, swapped)


def _wrong_penalty(name, sentence, *penalties):
    return Flaw(name, sentence, d=[{"penalty": each} for each in penalties], on=VALUES)


def _wrong_share(name, sentence, *shares):
    return Flaw(name, sentence, d=[{"share": each} for each in shares], on=(MIXES,))


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
    Flaw(
        "WGAN with -logsigmoid",
        "A critic's score is not a logit: the losses are plain means of D, without a logsigmoid.",
        d=(
            {"d_loss": lambda r, f: sp(-r) + sp(f)},
            {"d_loss": lambda r, f: sp(-r) + f.mean()},
        ),
        g=({"g_loss": lambda f: sp(-f)}, {"g_loss": lambda f: -sp(f)}),
        on=VALUES,
    ),
    Flaw(
        "real and fake swapped",
        "The critic scores real images high and fakes low: mean D(fake) - mean D(real), to be"
        " minimised.",
        d={"d_loss": lambda r, f: r.mean() - f.mean()},
        on=VALUES,
    ),
    Flaw(
        "G trained to look fake",
        "The generator wants a high score for its images: its loss is -mean D(fake).",
        g={"g_loss": lambda f: f.mean()},
        on=VALUES,
    ),
    cut(VALUES),
    Flaw(
        "summed over the batch",
        "The losses are means over the batch; a sum makes the learning rate depend on its size.",
        d={
            "d_loss": lambda r, f: f.sum() - r.sum(),
            "penalty": lambda slopes: len(slopes) * _right(slopes),
        },
        g={"g_loss": lambda f: -f.sum()},
        on=VALUES,
    ),
    swapped(VALUES),
    _wrong_share(
        "alpha per pixel",
        "A mix is on the line between a real image and a fake: one alpha for each image, of shape"
        " (N, 1, 1, 1), not one for each pixel.",
        torch.rand_like,
    ),
    _wrong_share(
        "alpha outside [0, 1]",
        "The mixes are between real and fake: alpha is uniform on [0, 1], from torch.rand.",
        lambda images: _one_for_each(images, torch.randn),
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
    *noise_flaws(),
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
    )


loss_wasserstein_gp = _form("both", 10)
loss_wasserstein_gp_d = _form("d", 8)
loss_wasserstein_gp_g = _form("g", 2)
