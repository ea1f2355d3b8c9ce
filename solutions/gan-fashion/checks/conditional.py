"""Part 3: the projection discriminator and the conditional game."""

from itertools import combinations

import torch

from autograder.judging import Exercise, Misconception, Probe
from autograder.judging.logit_mistakes import fake_half, real_half
from autograder.judging.misconceptions import for_one_shape
from autograder.judging.probes import KEPT, together, uniform

from . import oracles
from .games import Flaw, exercise, in_form, losses_probe
from .nonsaturating import (
    GOODFELLOW,
    NOISE,
    SURE,
    TRUSTING,
    loss_flaws,
    other_flaws,
    swapped,
    unstable,
)
from .observers import conditional, parts

MIYATO = "Miyato and Koyama 2018, cGANs with Projection Discriminator, section 3"


class _Projection(torch.nn.Module):
    """Features and further parameters, put together by a formula of (phi, y, *parameters)."""

    def __init__(self, features, formula, shapes):
        super().__init__()
        self.features, self.formula = features, formula
        self.further = torch.nn.ParameterList(
            torch.zeros(shape, dtype=features.W.dtype) for shape in shapes
        )

    def forward(self, x, y):
        return self.formula(self.features(x), y, *self.further)


def _discriminator(formula, shapes=lambda F, K: ((K, F), (K,))):
    """What ProjectionDiscriminator(features, F, K) would be."""
    return lambda features, F, K=10: _Projection(features, formula, shapes(F, K))


def _all(phi, A, b):
    return phi @ A.T + b


def _picked(table, y):
    return table.gather(1, y[:, None])[:, 0]


ProjectionDiscriminator = Exercise(
    id="gan-fashion.ProjectionDiscriminator",
    truth="the logit y^T (A phi(x) + b), with K F + K parameters beyond those of phi",
    source=MIYATO,
    points=12,
    probes=(
        Probe(
            "7 images with 5 different labels",
            together(
                W=uniform(-0.06, 0.08, 784, 6),
                A=uniform(-1.2, 1.5, 10, 6),
                b=uniform(-2, 1, 10),
                x=uniform(-1, 1, 7, 1, 28, 28),
                y=(3, 0, 9, 3, 7, 1, 0),
            ),
            parts.projection,
        ),
    ),
    oracle=_discriminator(lambda phi, y, A, b: oracles.projection_logits(phi, y, A, b)),
    misconceptions=(
        Misconception(
            "the logits of all classes",
            "Return one number for each image, that of its own label: pick entry y of the row.",
            (_discriminator(lambda phi, y, A, b: _all(phi, A, b)),),
        ),
        Misconception(
            "a table of all images and all labels",
            "logits[:, y] picks for every image the labels of all images, an (N, N) table: use"
            " gather, logits[torch.arange(N), y], or a product with the one-hot labels.",
            (_discriminator(lambda phi, y, A, b: _all(phi, A, b)[:, y]),),
        ),
        Misconception(
            "labels dropped",
            "The logit must depend on y: here, every label gives the same number.",
            (
                _discriminator(lambda phi, y, A, b: _all(phi, A, b).mean(1)),
                _discriminator(lambda phi, y, A, b: _all(phi, A, b).sum(1)),
                _discriminator(
                    lambda phi, y, a, b: phi @ a.flatten() + b, lambda F, K: ((1, F), (1,))
                ),
            ),
        ),
        Misconception(
            "no bias for the classes",
            "b has one number for each class: without it no class can be more or less likely to be"
            " real as a whole.",
            (_discriminator(lambda phi, y, A: _picked(phi @ A.T, y), lambda F, K: ((K, F),)),),
        ),
        Misconception(
            "one bias for all classes",
            "b is chosen by the label, as A is: it has K entries.",
            (
                _discriminator(
                    lambda phi, y, A, b: _picked(phi @ A.T, y) + b, lambda F, K: ((K, F), (1,))
                ),
                _discriminator(
                    lambda phi, y, A, a, b: _picked(phi @ A.T, y) + phi @ a.flatten() + b,
                    lambda F, K: ((K, F), (1, F), (1,)),
                ),
            ),
        ),
        Misconception(
            "the label beside the features",
            "One linear layer on [phi; y] adds a number for each class, and all classes share one"
            " judge: A has a row for each class.",
            (
                _discriminator(
                    lambda phi, y, a, e, b: phi @ a.flatten() + e.flatten()[y] + b,
                    lambda F, K: ((1, F), (1, K), (1,)),
                ),
                _discriminator(
                    lambda phi, y, a, b: phi @ a[0, : phi.shape[1]] + a[0, phi.shape[1] :][y] + b,
                    lambda F, K: ((1, F + K), (1,)),
                ),
            ),
        ),
        Misconception(
            "a class probability",
            "The logit says how real the image is as one of class y. A softmax over the classes"
            " makes it a classifier of classes, and a sigmoid a probability.",
            (
                _discriminator(lambda phi, y, A, b: _picked(_all(phi, A, b).softmax(1), y)),
                _discriminator(lambda phi, y, A, b: _picked(_all(phi, A, b).log_softmax(1), y)),
                _discriminator(lambda phi, y, A, b: _picked(_all(phi, A, b), y).sigmoid()),
            ),
        ),
    ),
)

COLUMN = "logits of shape (N, 1) that depend on labels"
ROW = "logits of shape (N,) that depend on labels, a last batch of 3"
VALUES = (COLUMN, ROW)
LABELS = "which labels each network gets"


SHADES = torch.tensor([1.3, -0.6, 0.5, 2.1, -1.4, 0.8], dtype=torch.float64)


def _draw(labels, flat=False, gain=1.4):
    def draw(g):
        x = uniform(-1, 1, len(labels), 1, 28, 28)(g)
        known = conditional.labelled_inputs(g) | {"gain": torch.tensor(gain).double()}
        return {**known, "x": x, "y": labels, "shades": SHADES[: len(labels)], "flat": flat}

    return draw


def _labelled_probe(name, *about):
    return losses_probe(name, _draw(*about), conditional.labelled_losses)


# A fake's logit is -0.72 times the gain and its shade; those of real images have both signs.
PROBES = (
    _labelled_probe(COLUMN, (2, 2, 5, 0, 9, 4)),
    _labelled_probe(ROW, (7, 1, 7), True),
    _labelled_probe(SURE, (2, 2, 5, 0, 9, 4), False, 1.4e4),
    _labelled_probe(TRUSTING, (7, 1, 7, 0, 3), False, -1.4e4),
    lambda form: Probe(NOISE, together(images=128), conditional.labelled_noise),
    lambda form: Probe(LABELS, together(images=90, calls=10), conditional.labels),
    lambda form: Probe(KEPT, _draw((6, 0, 6)), conditional.labelled_unchanged),
)


GENERATOR, OF_REAL, OF_FAKES = "the generator", "D about real images", "D about fakes"


def _uniform(y_real):
    return torch.randint(10, y_real.shape, device=y_real.device)


def _loss(
    g,
    d,
    x_real,
    y_real,
    *,
    device,
    form="both",
    real=real_half,
    fake=fake_half,
    d_loss=torch.add,
    d_factor=1,
    g_loss=real_half,
    labels=_uniform,
    drawn_twice=False,
    untold=(),
    noise=torch.randn,
    cut=False,
    detached=False,
    swapped=False,
    after=None,
):
    """conditional_loss_nonsaturating or one half of it; each option can be one flaw.

    labels: those of the real images (N,) -> those of the fakes (N,). drawn_twice: whether D gets
    other labels for the fakes than the generator. untold: those of GENERATOR, OF_REAL and OF_FAKES
    that get no labels. The others: as in nonsaturating.py.
    """

    def told(who, y):
        return () if who in untold else (y,)

    y_fake = labels(y_real)
    images = g(noise(len(x_real), g.dim_z, device=device), *told(GENERATOR, y_fake))
    about = told(OF_FAKES, labels(y_real) if drawn_twice else y_fake)

    def d_half():
        fakes = images.detach() if detached else images
        of_real, of_fakes = d(x_real, *told(OF_REAL, y_real)), d(fakes, *about)
        return d_factor * d_loss(real(of_real), fake(of_fakes))

    losses = in_form(
        form, d_half, lambda: g_loss(d(images.detach() if cut else images, *about)), swapped
    )
    if after:
        after(x_real, d)
    return losses


FLAWS = (
    Flaw(
        "labels dropped",
        "Both networks need the labels: g(z, y) and d(x, y), for real images and for fakes."
        " Otherwise nothing ties an image to its class.",
        # The labels that D gets for real images do not show in the generator's loss.
        d={"untold": (OF_REAL,)},
        whole=[
            {"untold": who}
            for count in (1, 2, 3)
            for who in combinations((GENERATOR, OF_FAKES, OF_REAL), count)
            if who != (OF_REAL,)
        ],
        on=VALUES,
    ),
    Flaw(
        "a fake judged with another label",
        "The discriminator needs the same labels as the generator; drawn twice, they punish the"
        " generator for doing what it was asked.",
        whole={"drawn_twice": True},
        on=(LABELS,),
    ),
    Flaw(
        "labels of fakes that are not those of the data",
        "Draw the labels of the fakes uniformly from all ten classes, 0 to 9, or take those of the"
        " real batch.",
        whole={"labels": torch.zeros_like},
        on=(LABELS,),
    ),
    *loss_flaws(VALUES),
    swapped(VALUES),
    unstable(VALUES),
    *other_flaws(),
)
IN_WORDS = {
    "d": "mean softplus(-D(x, y)) + mean softplus(D(G(z, y'), y'))",
    "g": "mean softplus(-D(G(z, y'), y'))",
    "both": "the non-saturating losses of D(x, y) and D(G(z, y'), y'), y' uniform or as y",
}


def _form(form, points):
    return exercise(
        "conditional_loss_nonsaturating",
        form,
        truth_in_words=IN_WORDS,
        source=f"Mirza and Osindero 2014, equation 2; {GOODFELLOW}",
        points=points,
        probes=PROBES,
        loss=_loss,
        flaws=FLAWS,
        places=for_one_shape((ROW,), (COLUMN, SURE, TRUSTING, KEPT, NOISE, LABELS)),
    )


conditional_loss_nonsaturating = _form("both", 11)
conditional_loss_nonsaturating_d = _form("d", 6)
conditional_loss_nonsaturating_g = _form("g", 5)
