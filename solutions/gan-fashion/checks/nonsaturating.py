"""Part 2: the non-saturating game, in one function or in two."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from autograder.judging import Probe
from autograder.judging.exercise import Inputs
from autograder.judging.probes import together, uniform
from autograder.oracles import logit_losses

from .games import Flaw, exercise, in_form, watched
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
    d_loss=logit_losses.discriminator_loss,
    g_loss=logit_losses.generator_loss,
    noise=torch.randn,
    cut=False,
    swapped=False,
):
    """loss_nonsaturating or one half of it; each option can be one flaw.

    d_loss: logits of real images (N,) and of fakes (N,) -> scalar. g_loss: logits of fakes (N,)
    -> scalar. noise: (N, dim_z, device=...) -> what the generator gets. cut: whether the fakes
    are detached in the generator's loss. swapped: whether it returns (g_loss, d_loss).
    """
    fake = g(noise(len(x_real), g.dim_z, device=device))
    return in_form(
        form,
        lambda: d_loss(d(x_real).flatten(), d(fake).flatten()),
        lambda: g_loss(d(fake.detach() if cut else fake).flatten()),
        swapped,
    )


IN_WORDS = {
    "d": "mean softplus(-D(x)) + mean softplus(D(G(z))), z standard normal",
    "g": "mean softplus(-D(G(z))), z standard normal",
    "both": "(mean softplus(-D(x)) + mean softplus(D(G(z))), mean softplus(-D(G(z))))",
}


def weights(g: torch.Generator) -> Tensor:
    """784 weights that give the probes' images logits of ordinary size."""
    return torch.randn(784, generator=g, dtype=torch.float64) * 0.12


def game(n: int, flat: bool, **more: object) -> Callable[[torch.Generator], Inputs]:
    """A draw of real images, the one fake and the discriminator's weights.

    The reals are pulled towards positive logits and the fake towards a negative one, as
    nothing but the truth would have it at zero.
    """

    def draw(g):
        x, w = uniform(-1, 1, n, 1, 28, 28)(g), weights(g)
        pull = torch.linspace(-1.2, 3.5, n).double()[:, None]
        x = x + ((pull - x.flatten(1) @ w[:, None]) * w / w.square().sum()).reshape(x.shape)
        image = uniform(-1, 1, 1, 28, 28)(g)
        target = uniform(-1.6, -0.6, 1)(g)
        image = image + ((target - image.flatten() @ w) * w / w.square().sum()).reshape(image.shape)
        return {"x": x, "weight": w, "image": image, "flat": flat, "bend": None, **more}

    return draw


def _sure(fake):
    """Logits of +-10,000 through a discriminator that looks at one pixel."""
    x = torch.zeros(4, 1, 28, 28, dtype=torch.float64)
    x[:, 0, 0, 0] = torch.tensor([1e4, -1e4, 30.0, -120.0])
    image = torch.zeros(1, 28, 28, dtype=torch.float64)
    image[0, 0, 0] = fake
    weight = torch.zeros(784, dtype=torch.float64)
    weight[0] = 1
    return together(x=x, weight=weight, image=image, flat=False, bend=None)


def _sure_probe(name, fake):
    return lambda form: Probe(name, _sure(fake), watched(games.losses, form))


PROBES = (
    lambda form: Probe(COLUMN, game(5, False), watched(games.losses, form)),
    lambda form: Probe(ROW, game(4, True), watched(games.losses, form)),
    _sure_probe(SURE, -1e4),
    _sure_probe(TRUSTING, 1e4),
    lambda form: Probe(NOISE, together(images=128), games.noise),
)

log, sigmoid = torch.log, torch.sigmoid


def sp(h: Tensor) -> Tensor:
    return logit_losses.softplus(h).mean()


def one_minus(values: Sequence[str]) -> Flaw:
    """1 - D instead of -D; log(1 - D) itself is nan wherever D is larger than 1."""
    return Flaw(
        "logsigmoid(1 - D) for logsigmoid(-D)",
        "1 - sigmoid(h) is sigmoid(-h); with logits, log(1 - D) is logsigmoid(-h), not"
        " logsigmoid(1 - h).",
        d={"d_loss": lambda r, f: sp(-r) + sp(f - 1)},
        on=values,
    )


def loss_flaws(values: Sequence[str]) -> tuple[Flaw, ...]:
    """The mistakes that the non-saturating game and its conditional form share."""
    return (
        one_minus(values),
        Flaw(
            "G trained to look fake",
            "The generator wants its images to be taken for real: its loss is small where D(G(z))"
            " is large, as -logsigmoid(D(G(z))).",
            g=({"g_loss": lambda f: sp(f)}, {"g_loss": lambda f: -sp(-f)}),
            on=values,
        ),
        Flaw(
            "the saturating generator loss",
            "This is log(1 - D(G(z))), whose gradient vanishes while D is sure: use -log D(G(z)).",
            g={"g_loss": lambda f: -sp(f)},
            on=values,
        ),
        Flaw(
            "labels swapped",
            "Real images have the label 1, fakes 0: the loss is small where D(x) is large and"
            " D(G(z)) is small.",
            d={"d_loss": lambda r, f: sp(r) + sp(-f)},
            on=values,
        ),
        Flaw(
            "averaged instead of added",
            "The two halves are added; half of the sum is half of the gradient.",
            d={"d_loss": lambda r, f: (sp(-r) + sp(f)) / 2},
            on=values,
        ),
        Flaw(
            "only one half",
            "The discriminator learns from real images and from fakes.",
            d=({"d_loss": lambda r, f: sp(-r)}, {"d_loss": lambda r, f: sp(f)}),
            on=values,
        ),
        Flaw(
            "negated",
            "This is what the discriminator maximises; a loss is minimised, so it needs a minus.",
            d={"d_loss": lambda r, f: -sp(-r) - sp(f)},
            on=values,
        ),
        Flaw(
            "summed over the batch",
            "The loss is a mean over the batch; a sum makes the learning rate depend on its size.",
            d={"d_loss": lambda r, f: len(r) * (sp(-r) + sp(f))},
            g={"g_loss": lambda f: len(f) * sp(-f)},
            on=values,
        ),
        Flaw(
            "sigmoid applied twice",
            "logsigmoid and binary_cross_entropy_with_logits take logits and apply the sigmoid"
            " themselves.",
            d={"d_loss": lambda r, f: sp(-sigmoid(r)) + sp(sigmoid(f))},
            g={"g_loss": lambda f: sp(-sigmoid(f))},
            on=values,
        ),
        cut(values),
    )


def cut(values: Sequence[str]) -> Flaw:
    return Flaw(
        "no gradient reaches the generator",
        "In the generator's loss the fakes must stay on the graph: no detach() and no no_grad()"
        " there.",
        g={"cut": True},
        on=values,
    )


def swapped(values: Sequence[str]) -> Flaw:
    return Flaw(
        "losses returned in the wrong order",
        "Return (d_loss, g_loss), the discriminator's first.",
        pair={"swapped": True},
        on=values,
    )


def _centred(*shape, device):
    return 2 * torch.rand(*shape, device=device) - 1


def _of_100_columns(n, _, *, device):
    return torch.randn(n, 100, device=device)


def noise_flaws() -> tuple[Flaw, ...]:
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
    )


FLAWS = (
    *loss_flaws(VALUES),
    swapped(VALUES),
    Flaw(
        "unstable for large logits",
        "The formula is right on paper, but log(sigmoid(h)) becomes log(0) when the discriminator"
        " is sure, and an epsilon or a clamp only hides it: use softplus, logsigmoid or"
        " binary_cross_entropy_with_logits.",
        whole={
            "d_loss": lambda r, f: -log(sigmoid(r)).mean() - log(1 - sigmoid(f)).mean(),
            "g_loss": lambda f: -log(sigmoid(f)).mean(),
        },
        on=(*VALUES, NOISE),
    ),
    *noise_flaws(),
)


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
    )


loss_nonsaturating = _form("both", 12)
loss_nonsaturating_d = _form("d", 6)
loss_nonsaturating_g = _form("g", 6)
