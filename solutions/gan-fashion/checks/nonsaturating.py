"""Part 2: the non-saturating game, in one function or in two."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from autograder.judging import Misconception, Probe, logit_mistakes
from autograder.judging.exercise import Inputs
from autograder.judging.logit_mistakes import (
    FAKE_HALF,
    GENERATOR,
    REAL_HALF,
    fake_half,
    real_half,
)
from autograder.judging.misconceptions import (
    AS_PROBABILITY,
    BCE_OF_LOGITS,
    FIXED_BATCH,
    NO_GRADIENT,
    NO_MEAN,
    ONE_OF_TWO,
    OVERWRITTEN,
    SMOOTHED,
    SUMMED,
    UNSTABLE,
    for_one_shape,
    labels_of_fixed_batches,
)
from autograder.judging.probes import KEPT, together, uniform
from autograder.oracles.logit_losses import sigmoid, softplus

from .games import Flaw, exercise, in_form, losses_probe
from .observers import games

GOODFELLOW = "Goodfellow et al. 2014, Generative Adversarial Nets, equation 1 and section 3"
COLUMN, ROW = "logits of shape (N, 1)", "logits of shape (N,)"
SURE, TRUSTING = "a discriminator sure of fakes", "a discriminator sure of the opposite"
NOISE = "what the generator gets"
VALUES = (COLUMN, ROW)


def _loss(
    g,
    d,
    x_real,
    *,
    device,
    form="both",
    real=real_half,
    fake=fake_half,
    d_loss=torch.add,
    d_factor=1,
    g_loss=real_half,
    noise=torch.randn,
    cut=False,
    detached=False,
    swapped=False,
    after=None,
):
    """loss_nonsaturating or one half of it; each option can be one flaw.

    real, fake: logits of real images, or of fakes, (N,) or (N, 1) -> the terms of the
    discriminator's loss. d_loss: both terms -> scalar, which d_factor multiplies. g_loss: logits of
    fakes -> scalar. noise: (N, dim_z, device=...) -> what the generator gets. cut: whether the
    fakes are detached in the generator's loss, detached: in the discriminator's. swapped: whether
    it returns (g_loss, d_loss). after: called with x_real and d in the end.
    """
    images = g(noise(len(x_real), g.dim_z, device=device))

    def d_half():
        fakes = images.detach() if detached else images
        return d_factor * d_loss(real(d(x_real)), fake(d(fakes)))

    losses = in_form(form, d_half, lambda: g_loss(d(images.detach() if cut else images)), swapped)
    if after:
        after(x_real, d)
    return losses


IN_WORDS = {
    "d": "mean softplus(-D(x)) + mean softplus(D(G(z))), z standard normal",
    "g": "mean softplus(-D(G(z))), z standard normal",
    "both": "(mean softplus(-D(x)) + mean softplus(D(G(z))), mean softplus(-D(G(z))))",
}


def weights(g: torch.Generator) -> Tensor:
    """784 weights that give the probes' images logits of ordinary size."""
    return torch.randn(784, generator=g, dtype=torch.float64) * 0.12


def game(n: int, flat: bool, **more: object) -> Callable[[torch.Generator], Inputs]:
    """A draw of n real images, of n fakes and of the discriminator's weights.

    The logits of both are pulled apart and away from zero, where wrong formulas agree with the
    right one; no two images have one logit, so that a mean is seen to be taken last.
    """

    def draw(g):
        w = weights(g)

        def images(logits):
            x = uniform(-1, 1, n, 1, 28, 28)(g)
            gap = logits[:, None] - x.flatten(1) @ w[:, None]
            return x + (gap * w / w.square().sum()).reshape(x.shape)

        real, fakes = torch.linspace(-1.2, 3.5, n).double(), torch.linspace(-2.6, 1.1, n).double()
        return {
            "x": images(real),
            "weight": w,
            "fakes": images(fakes),
            "flat": flat,
            "bend": None,
            **more,
        }

    return draw


def _sure(fake):
    """Logits of +-10,000 through a discriminator that looks at one pixel."""
    x = torch.zeros(4, 1, 28, 28, dtype=torch.float64)
    x[:, 0, 0, 0] = torch.tensor([1e4, -1e4, 30.0, -120.0])
    fakes = torch.zeros(4, 1, 28, 28, dtype=torch.float64)
    fakes[:, 0, 0, 0] = fake
    weight = torch.zeros(784, dtype=torch.float64)
    weight[0] = 1
    return together(x=x, weight=weight, fakes=fakes, flat=False, bend=None)


def sure_probe(name: str, fake: float) -> Callable[[str], Probe]:
    """Real images with logits from -10,000 to 10,000, and a fake with this logit."""
    return losses_probe(name, _sure(fake), games.losses)


PROBES = (
    losses_probe(COLUMN, game(5, False), games.losses),
    losses_probe(ROW, game(6, True), games.losses),
    sure_probe(SURE, -1e4),
    sure_probe(TRUSTING, 1e4),
    lambda form: Probe(NOISE, together(images=128), games.noise),
    lambda form: Probe(KEPT, game(3, False), games.unchanged),
)


def logit_flaws(values: Sequence[str]) -> tuple[Flaw, ...]:
    """The mistakes in terms of logits, as those of a game."""
    halves = ({known.name: known for known in half} for half in (REAL_HALF, FAKE_HALF, GENERATOR))
    of_real, of_fake, of_g = halves
    names = (name for name in dict.fromkeys((*of_real, *of_fake)) if name != NO_GRADIENT[0])
    return tuple(
        _logit_flaw(values, of_real.get(name), of_fake.get(name), of_g.get(name)) for name in names
    )


BESIDE = ("both halves labelled real", SMOOTHED[0], AS_PROBABILITY[0])


def _logit_flaw(values, in_real, in_fake, in_g):
    either = in_real or in_fake
    reals, fakes, gs = (known.formulas if known else () for known in (in_real, in_fake, in_g))
    both = () if either.name in ONE_OF_TWO else zip(reals, fakes, strict=False)
    d = [
        *({"real": r, "fake": f} for r, f in both),
        *({"real": r} for r in reals),
        *({"fake": f} for f in fakes),
    ]
    g = [{"g_loss": formula} for formula in gs]
    if either.name == AS_PROBABILITY[0]:
        g.append({"g_loss": lambda f: softplus(f - 1).mean()})
    # Beside a mistake in the half of the real images, one in the half of the fakes: the usual ones,
    # as each of them is tried with all others.
    beside = {"d": {"fake": fakes[0]}} if either.name in BESIDE else None
    return Flaw(either.name, either.sentence, d=d, g=g, beside=beside, on=tuple(values))


def loss_flaws(values: Sequence[str]) -> tuple[Flaw, ...]:
    """The mistakes that the non-saturating game and its conditional form share."""
    on = tuple(values)
    return (
        Flaw(
            "G trained to look fake",
            "The generator wants its images to be taken for real: its loss is small where D(G(z))"
            " is large, as -logsigmoid(D(G(z))).",
            g=({"g_loss": fake_half}, {"g_loss": lambda f: -real_half(f)}),
            on=on,
        ),
        Flaw(
            "the saturating generator loss",
            "This is log(1 - D(G(z))), whose gradient vanishes while D is sure: use -log D(G(z)).",
            g={"g_loss": lambda f: -fake_half(f)},
            on=on,
        ),
        Flaw(
            "labels swapped",
            "Real images have the label 1, fakes 0: the loss is small where D(x) is large and"
            " D(G(z)) is small.",
            d={"real": fake_half, "fake": real_half},
            on=on,
        ),
        *logit_flaws(values),
        Flaw(
            *BCE_OF_LOGITS,
            # Logits that happen to be probabilities are not refused.
            d=(dict.fromkeys(HALVES, logit_mistakes.refused), {"real": logit_mistakes.refused}),
            g={"g_loss": logit_mistakes.refused},
            on=on,
        ),
        averaged(values),
        negated(values),
        Flaw(
            *SUMMED,
            d=[{name: _times_batch(half) for name, half in HALVES.items()}],
            g={"g_loss": _times_batch(real_half)},
            on=on,
        ),
        Flaw(
            *NO_MEAN,
            d={"real": lambda r: softplus(-r), "fake": softplus},
            g={"g_loss": lambda f: softplus(-f)},
            on=on,
        ),
        Flaw(
            *FIXED_BATCH,
            d=[{"real": _labelled_with(labels)} for labels in labels_of_fixed_batches()],
            g=[{"g_loss": _labelled_with(labels)} for labels in labels_of_fixed_batches()],
            on=on,
        ),
        cut(values),
        no_gradient(values),
    )


HALVES = {"real": real_half, "fake": fake_half}


def _times_batch(term):
    return lambda scores: len(scores) * term(scores)


def _labelled_with(labels):
    return lambda logits: logit_mistakes.labelled(logits, labels.to(logits.dtype))


def averaged(values: Sequence[str]) -> Flaw:
    half = {"d_factor": 0.5}
    return Flaw(
        "averaged instead of added",
        "The two halves are added; half of the sum is half of the gradient.",
        d=half,
        beside={"d": half},
        on=tuple(values),
    )


def negated(values: Sequence[str]) -> Flaw:
    minus = {"d_factor": -1}
    return Flaw(
        "negated",
        "This is what the discriminator maximises; a loss is minimised, so it needs a minus.",
        d=minus,
        beside={"d": minus},
        on=tuple(values),
    )


def cut(values: Sequence[str]) -> Flaw:
    return Flaw(
        "no gradient reaches the generator",
        "In the generator's loss the fakes must stay on the graph: no detach(), no no_grad() and no"
        " number in the place of a tensor there.",
        g={"cut": True},
        beside={"g": {"cut": True}},
        on=tuple(values),
    )


def no_gradient(values: Sequence[str]) -> Flaw:
    def cut_off(real, fake):
        return (real + fake).detach()

    return Flaw(
        *NO_GRADIENT,
        d=(
            {"d_loss": cut_off},
            {"d_loss": lambda real, fake: real.detach() + fake},
            {"d_loss": lambda real, fake: real + fake.detach()},
        ),
        beside={"d": {"d_loss": cut_off}},
        on=tuple(values),
    )


def swapped(values: Sequence[str]) -> Flaw:
    return Flaw(
        "losses returned in the wrong order",
        "Return (d_loss, g_loss), the discriminator's first.",
        # Fakes that are cut off in d_loss take no gradient to the generator in the place of g_loss.
        pair=({"swapped": True}, {"swapped": True, "detached": True}),
        on=tuple(values),
    )


def _centred(*shape, device):
    return 2 * torch.rand(*shape, device=device) - 1


def _of_100_columns(n, _, *, device):
    return torch.randn(n, 100, device=device)


def _double(*shape, device):
    return torch.randn(*shape, device=device, dtype=torch.float64)


def _add_one(x_real, d):
    x_real.add_(1)


def _clip(x_real, d):
    with torch.no_grad():
        for parameter in d.parameters():
            parameter.clamp_(-0.01, 0.01)


def other_flaws() -> tuple[Flaw, ...]:
    """What can be wrong beside the numbers: the noise, and what is left behind."""
    return (
        Flaw(
            "uniform noise",
            "The generator's input is standard normal noise: torch.randn, not torch.rand.",
            whole=({"noise": torch.rand}, {"noise": _centred}),
            on=(NOISE,),
        ),
        Flaw(
            "noise of the wrong shape",
            "The noise has one row for each real image, and g.dim_z columns: count the images: the"
            " last batch is shorter.",
            whole={"noise": _of_100_columns},
            on=(NOISE,),
        ),
        Flaw(
            "noise in float64",
            "Networks compute in float32 and refuse float64: torch.randn gives float32 by itself.",
            whole={"noise": _double},
            on=(NOISE,),
        ),
        Flaw(*OVERWRITTEN, whole={"after": _add_one}, on=(KEPT,)),
        Flaw(
            "weights changed by the loss",
            "A loss only computes numbers: clipping weights or stepping belongs to the training"
            " loop, and here the gradient penalty or the optimiser does it.",
            whole={"after": _clip},
            on=(KEPT,),
        ),
    )


def unstable(values: Sequence[str]) -> Flaw:
    """Right for ordinary logits; what is wrong shows on large ones."""
    return Flaw(
        *UNSTABLE,
        whole={
            "real": lambda r: -sigmoid(r).log().mean(),
            "fake": lambda f: -(1 - sigmoid(f)).log().mean(),
            "g_loss": lambda f: -sigmoid(f).log().mean(),
        },
        on=(*values, NOISE),
    )


FLAWS = (*loss_flaws(VALUES), swapped(VALUES), unstable(VALUES), *other_flaws())
PLACES: tuple[Misconception, ...] = for_one_shape((ROW,), (COLUMN, SURE, TRUSTING, KEPT, NOISE))


def _form(form, points):
    return exercise(
        "loss_nonsaturating",
        form,
        truth_in_words=IN_WORDS,
        source=GOODFELLOW,
        points=points,
        probes=PROBES,
        loss=_loss,
        flaws=FLAWS,
        places=PLACES,
    )


loss_nonsaturating = _form("both", 12)
loss_nonsaturating_d = _form("d", 6)
loss_nonsaturating_g = _form("g", 6)
