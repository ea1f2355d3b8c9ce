"""Part 3: the projection discriminator and the conditional game."""

from itertools import combinations

import torch

from autograder.judging import Exercise, Misconception, Probe
from autograder.judging.probes import together, uniform
from autograder.oracles import logit_losses

from . import oracles
from .games import Flaw, exercise, in_form, watched
from .nonsaturating import GOODFELLOW, NOISE, loss_flaws, noise_flaws, swapped
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

VALUES = ("scores that depend on labels", "a last batch of 3")
LABELS = "which labels each network gets"


def _draw(labels):
    def draw(g):
        x = uniform(-1, 1, len(labels), 1, 28, 28)(g)
        return {**conditional.labelled_inputs(g), "x": x, "y": labels}

    return draw


PROBES = (
    lambda form: Probe(
        VALUES[0], _draw((2, 2, 5, 0, 9, 4)), watched(conditional.labelled_losses, form)
    ),
    lambda form: Probe(VALUES[1], _draw((7, 1, 7)), watched(conditional.labelled_losses, form)),
    lambda form: Probe(NOISE, together(images=128), conditional.labelled_noise),
    lambda form: Probe(LABELS, together(images=90, calls=10), conditional.labels),
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
    d_loss=logit_losses.discriminator_loss,
    g_loss=logit_losses.generator_loss,
    labels=_uniform,
    drawn_twice=False,
    untold=(),
    noise=torch.randn,
    cut=False,
    swapped=False,
):
    """conditional_loss_nonsaturating or one half of it; each option can be one flaw.

    d_loss, g_loss, noise, cut, swapped: as in nonsaturating.py. labels: those of the real images
    (N,) -> those of the fakes (N,). drawn_twice: whether D gets other labels for the fakes than
    the generator. untold: those of GENERATOR, OF_REAL and OF_FAKES that get no labels.
    """

    def told(who, y):
        return () if who in untold else (y,)

    y_fake = labels(y_real)
    fake = g(noise(len(x_real), g.dim_z, device=device), *told(GENERATOR, y_fake))
    about = told(OF_FAKES, labels(y_real) if drawn_twice else y_fake)
    return in_form(
        form,
        lambda: d_loss(d(x_real, *told(OF_REAL, y_real)).flatten(), d(fake, *about).flatten()),
        lambda: g_loss(d(fake.detach() if cut else fake, *about).flatten()),
        swapped,
    )


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
    *noise_flaws(),
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
    )


conditional_loss_nonsaturating = _form("both", 11)
conditional_loss_nonsaturating_d = _form("d", 6)
conditional_loss_nonsaturating_g = _form("g", 5)
