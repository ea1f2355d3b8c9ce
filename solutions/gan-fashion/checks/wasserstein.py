"""Part 4: the Wasserstein game with gradient penalty."""

import torch

from autograder.judging import Probe
from autograder.judging.probes import together, uniform

from . import oracles
from .games import Flaw, exercise, watched
from .nonsaturating import NOISE, game, noise_flaws, sp, swapped
from .observers import games
from .observers.games import GanLoss
from .slopes import GULRAJANI, LENGTHS, norms

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
    """Every other real image lies on the other side of the bend, and so do its mixes."""
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


def _penalised(penalty, game=lambda r, f: f.mean() - r.mean()):
    return lambda r, f, slopes: game(r, f) + penalty(slopes)


def _penalty(lengths):
    return lambda slopes: LAMBDA * ((lengths(slopes) - 1) ** 2).mean()


_right = _penalty(norms)
TRUTH = GanLoss(
    d_loss=lambda real, fake, slopes: oracles.critic_loss(real, fake, slopes),
    g_loss=lambda real, fake, slopes: oracles.generator_loss(fake),
)


def _d(name, sentence, *penalties):
    return Flaw(name, sentence, d=tuple(_penalised(each) for each in penalties), on=VALUES)


def _mixes(name, sentence, *kinds):
    whole = tuple({"mixes": kind} for kind in kinds)
    return Flaw(name, sentence, whole=whole, halves="d", on=(MIXES,))


FLAWS = (
    *(_d(name, sentence, *map(_penalty, wrong)) for name, sentence, wrong in LENGTHS),
    _d(
        "the penalty's graph cut",
        "The critic learns from the penalty, so its gradient must stay on the graph:"
        " torch.autograd.grad(..., create_graph=True).",
        lambda slopes: _right(slopes.detach()),
    ),
    _d(
        "the penalty of a mean norm",
        "Each norm is compared with 1, then the squares are averaged: mean((norm - 1)^2).",
        lambda slopes: LAMBDA * (norms(slopes).mean() - 1) ** 2,
    ),
    _d(
        "another weight of the penalty",
        "The penalty is multiplied by lambda = 10.",
        *(lambda slopes, k=k: k * _right(slopes) for k in (0.1, 0.05, 0.5, 2, 10)),
    ),
    _d(
        "no penalty",
        "Without the penalty, nothing holds the critic's slope near 1.",
        lambda slopes: 0 * slopes.sum(),
    ),
    _d(
        "the penalty subtracted",
        "The loss is made small, and so must the penalty be: add it.",
        lambda slopes: -_right(slopes),
    ),
    _d(
        "a one-sided penalty",
        "This punishes slopes above 1 only; here slopes below 1 are punished, too.",
        lambda slopes: LAMBDA * ((norms(slopes) - 1).clamp_min(0) ** 2).mean(),
    ),
    Flaw(
        "WGAN with -logsigmoid",
        "A critic's score is no logit: the losses are plain means of D, without any logsigmoid.",
        d=(
            _penalised(_right, lambda r, f: sp(-r) + sp(f)),
            _penalised(_right, lambda r, f: sp(-r) + f.mean()),
        ),
        g=(lambda r, f, _: sp(-f), lambda r, f, _: -sp(f)),
        on=VALUES,
    ),
    Flaw(
        "real and fake swapped",
        "The critic scores real images high and fakes low: mean D(fake) - mean D(real), to be made"
        " small.",
        d=_penalised(_right, lambda r, f: r.mean() - f.mean()),
        on=VALUES,
    ),
    Flaw(
        "G trained to look fake",
        "The generator wants a high score for its images: its loss is -mean D(fake).",
        g=lambda r, f, _: f.mean(),
        on=VALUES,
    ),
    Flaw(
        "no gradient reaches the generator",
        "In the generator's loss the fakes must stay on the graph: no detach() and no no_grad()"
        " there.",
        whole=({"cut": True},),
        halves="g",
        on=VALUES,
    ),
    Flaw(
        "summed over the batch",
        "The losses are means over the batch; a sum makes the learning rate depend on its size.",
        d=lambda r, f, slopes: len(r) * oracles.critic_loss(r, f, slopes),
        g=lambda r, f, _: -f.sum(),
        on=VALUES,
    ),
    swapped(TRUTH, VALUES),
    _mixes(
        "alpha per pixel",
        "A mix lies on the line between a real image and a fake: one alpha for each image, of shape"
        " (N, 1, 1, 1), not one for each pixel.",
        games.PIXEL,
    ),
    _mixes(
        "alpha outside [0, 1]",
        "The mixes lie between real and fake: alpha is uniform on [0, 1], from torch.rand.",
        games.BEYOND,
    ),
    _mixes(
        "the same alpha every time",
        "Draw alpha anew in each call: a fixed one looks at the same place for ever.",
        games.FIXED,
    ),
    _mixes(
        "no mix of real and fake",
        "The slope is taken between real images and fakes, not at the images themselves.",
        games.NOWHERE,
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
        truth=TRUTH,
        flaws=FLAWS,
    )


loss_wasserstein_gp = _form("both", 10)
loss_wasserstein_gp_d = _form("d", 8)
loss_wasserstein_gp_g = _form("g", 2)
