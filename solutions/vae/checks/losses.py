"""Part 3: the two halves of the loss, and the loss."""

import math
from functools import partial

import torch

from autograder.judging import Alias, Exercise, Misconception, Part, Probe, observers
from autograder.judging.misconceptions import overwritten
from autograder.judging.probes import KEPT, together, uniform

from . import oracles
from .observers.losses import loss

KINGMA = "Kingma and Welling 2014, Auto-Encoding Variational Bayes"
ROWS, PICTURES, SURE = "rows of pixels", "images of shape (N, 1, 28, 28)", "pixels that are sure"
ONE_IMAGE = "a batch of one image"
SPREADS, WIDE, ONE_NUMBER = "deviations of 1/2 and 3", "codes of seven numbers", "one number"
BOTH_HALVES = "The KL has a factor 1/2: 1/2 sum (mu^2 + sigma^2 - 1 - log sigma^2)."
LOG_SIGMA = (
    "log_var is log sigma^2, which is 2 log sigma: it enters as it is, and sigma^2 is its exp."
)
PLUS = (
    "Mind the sign of the logarithm: mu^2 + sigma^2 - 1 - log sigma^2 vanishes at mu = 0,"
    " sigma = 1 and nowhere else; with a plus it has no minimum."
)
NO_LOG_OF_0 = (
    "Where a pixel is 0 and the decoder says 0, the term is 0, not nan: clamp the logarithm, or use"
    " F.binary_cross_entropy, which does."
)
CUT = (
    "The value is right, but no gradient reaches the arguments: .item(), .detach(), NumPy and"
    " torch.no_grad() cut it off."
)
SWAPPED = "The image is the target and weights log(reconstruction), not the other way round."


def _on(*probes):
    def misconception(name, sentence, *formulas):
        return Misconception(name, sentence, formulas, on=probes)

    return misconception


# Where pixels are sure, gradients differ between ways to clamp the logarithm.
_value = partial(loss, constant=("recon_x", "x", "mu", "log_var"))


def _pixels(*shape):
    return uniform(0.05, 0.95, *shape)


def _reconstruction_probe(name, *shape):
    draw = together(recon_x=_pixels(shape[0], 784), x=_pixels(*shape))
    return Probe(name, draw, partial(loss, constant=("x",)))


def _sure(g):
    """Pixels of exactly 0 and 1 that the decoder got right, among others."""
    x, recon_x = _pixels(2, 784)(g), _pixels(2, 784)(g)
    x[:, :20] = recon_x[:, :20] = 0.0
    x[:, 20:40] = recon_x[:, 20:40] = 1.0
    return {"recon_x": recon_x, "x": x}


def _typed_in(r, x):
    x = x.flatten(1)
    return -(x * r.log() + (1 - x) * (1 - r).log()).sum()


def _swapped(r, x):
    return oracles.reconstruction_loss(x.flatten(1), r)


def _each_pixel(r, x):
    x = x.flatten(1)
    return -(torch.xlogy(x, r) + torch.xlogy(1 - x, 1 - r))


def _squares(r, x):
    return ((r - x.flatten(1)) ** 2).sum()


def _over_the_batch(term):
    return lambda first, *rest: term(first, *rest) / len(first)


def _over_everything(term):
    return lambda first, *rest: term(first, *rest) / first.numel()


def _times(factor):
    return lambda term: lambda *arguments: factor * term(*arguments)


def _scaled(on, name, sentence, oracle, *transforms):
    """A mistake that can be made with any formula of the exercise; the first one composes."""
    formulas = tuple(transform(oracle) for transform in transforms)
    return Misconception(name, sentence, formulas, on=on, transform=transforms[0])


def _with_others(formula):
    """The loss, and other numbers beside it."""
    return lambda *arguments: (formula(*arguments), 0.0, 0.0)


def _not_alone(on, oracle):
    return Misconception(
        "more than the loss returned",
        "The loss alone is asked for, one scalar tensor: no tuple with its halves.",
        (_with_others(oracle),),
        on=on,
        transform=_with_others,
    )


def _raising(kind, words):
    """A formula that fails as code does where two shapes do not go together."""

    def formula(*arguments):
        raise kind(words)

    return formula


def _rows_only(*images):
    return Misconception(
        "rows of pixels only",
        "x may come as images (N, 1, 28, 28), as in the training loop: flatten(1) gives it the"
        " shape of recon_x.",
        (
            _raising(ValueError, "Using a target size"),
            _raising(RuntimeError, "must match the size of tensor"),
        ),
        fails_on=images,
    )


_wrong_rec = _on(ROWS, PICTURES)
ORDINARY = ROWS, PICTURES
SQUARED = "Squared error belongs to Gaussian pixels; these are Bernoulli: binary cross-entropy."

# Mistakes in the term, wherever it is asked for.
RECONSTRUCTION = (
    _wrong_rec("target and prediction swapped", SWAPPED, _swapped),
    _wrong_rec(
        "only the ink",
        "Empty pixels count as well: the term (1 - x) log(1 - r) is missing.",
        lambda r, x: -(x.flatten(1) * r.log()).sum(),
    ),
    _wrong_rec(
        "squared error for cross-entropy", SQUARED, _squares, lambda r, x: _squares(r, x) / 2
    ),
    _wrong_rec(
        "absolute error",
        "Absolute error belongs to Laplacian pixels; these are Bernoulli: binary cross-entropy.",
        lambda r, x: (r - x.flatten(1)).abs().sum(),
    ),
    _wrong_rec(
        "probabilities taken for logits",
        "recon_x has been through the sigmoid: binary_cross_entropy_with_logits applies it again.",
        lambda r, x: oracles.bernoulli_nll(r, x.flatten(1)).sum(),
    ),
    _wrong_rec(
        "grey pixels made black and white",
        "A grey pixel x is ink with probability x and enters as it is: neither rounded nor drawn.",
        lambda r, x: oracles.reconstruction_loss(r, (x > 0.5).to(r.dtype)),
    ),
    _wrong_rec(
        "a softmax over the pixels",
        "F.cross_entropy chooses one of 784 classes; each pixel is a coin of its own:"
        " F.binary_cross_entropy.",
        lambda r, x: -(x.flatten(1) * r.log_softmax(1)).sum(),
    ),
)

reconstruction_loss = Exercise(
    id="vae.reconstruction_loss",
    truth="-sum [x log r + (1 - x) log(1 - r)] over pixels and batch; 784 log 2 at r = 1/2",
    source=f"{KINGMA}, appendix C.1",
    points=5,
    probes=(
        _reconstruction_probe(ROWS, 4, 784),
        _reconstruction_probe(PICTURES, 3, 1, 28, 28),
        _reconstruction_probe(ONE_IMAGE, 1, 1, 28, 28),
        Probe(SURE, _sure, _value),
        Probe(KEPT, _sure, observers.unchanged),
    ),
    oracle=oracles.reconstruction_loss,
    misconceptions=(
        _not_alone(ORDINARY, oracles.reconstruction_loss),
        *RECONSTRUCTION,
        _scaled(
            ORDINARY,
            "a mean over the pixels",
            "log p(x|z) is a sum over all 784 pixels; their mean makes it 784 times too small"
            " beside the KL.",
            oracles.reconstruction_loss,
            _over_everything,
            lambda term: lambda r, x: term(r, x) / r.shape[1],
        ),
        _scaled(
            ORDINARY,
            "averaged over the batch",
            "Here the loss is summed over the batch too, as the KL is; you divided by its size.",
            oracles.reconstruction_loss,
            _over_the_batch,
        ),
        _scaled(
            ORDINARY,
            "negated",
            "This is the log-likelihood; a loss is its negative, and never below zero.",
            oracles.reconstruction_loss,
            _times(-1),
        ),
        _scaled(
            ORDINARY,
            "halved or doubled",
            "There is no factor in front: -log p(x|z) is the sum of the cross-entropies as it is.",
            oracles.reconstruction_loss,
            _times(0.5),
            _times(2),
        ),
        _wrong_rec(
            "not summed",
            "One number is asked for: the sum over all pixels of all images.",
            _each_pixel,
            lambda r, x: _each_pixel(r, x).sum(1),
            lambda r, x: _each_pixel(r, x).mean(1),
        ),
        _wrong_rec("the gradient is cut", CUT, lambda r, x: _each_pixel(r, x).sum().detach()),
        _rows_only(PICTURES, ONE_IMAGE),
        Misconception(
            "0 log 0",
            NO_LOG_OF_0,
            (_typed_in,),
            on=(ROWS, PICTURES, ONE_IMAGE, KEPT),
        ),
        overwritten,
    ),
)


def _spreads(g):
    """mu (4, 3) away from 0, and sigma of 1/2 and 3."""
    sign = torch.tensor([1.0, -1.0, 1.0, -1.0]).double()[:, None]
    half, three = -2 * math.log(2), 2 * math.log(3)
    log_var = torch.tensor([[half, three, half], [three, half, three]]).double().repeat(2, 1)
    return {"mu": uniform(0.5, 2, 4, 3)(g) * sign, "log_var": log_var}


def _wide(g, n=3):
    log_var = uniform(0.5, 2.5, n, 7)(g)
    log_var[:, ::2] *= -1
    return {"mu": uniform(-2, 1, n, 7)(g), "log_var": log_var}


def _codes(*shape):
    return together(mu=uniform(0.5, 2, *shape), log_var=uniform(-2, -0.8, *shape))


def _kl_terms(mu, s):
    return (mu**2 + s.exp() - 1 - s) / 2


def _kl(mu, sigma2, log_sigma2, one=1.0):
    return (mu**2 + sigma2 - one - log_sigma2).sum() / 2


def _kl_log_sigma(mu, s):
    return _kl(mu, s.exp(), s / 2)


def _kl_of_log_sigma(mu, s):
    return _kl(mu, (2 * s).exp(), 2 * s)


def _kl_plus(mu, s):
    return _kl(mu, s.exp(), -s)


def _kl_plus_log_sigma(mu, s):
    """Both mistakes at once: mu^2 + sigma^2 - 1 + log sigma."""
    return _kl(mu, s.exp(), -s / 2)


CODES = SPREADS, WIDE
_wrong_kl = _on(*CODES)
SUMMED = "The KL is a sum over the numbers of the code and over the batch: no mean over either."

# Mistakes in the term, wherever it is asked for.
DIVERGENCE = (
    _wrong_kl("log σ for log σ²", LOG_SIGMA, _kl_log_sigma, _kl_of_log_sigma),
    _wrong_kl(
        "log σ² doubled",
        LOG_SIGMA,
        lambda mu, s: _kl(mu, s.exp(), 2 * s),
    ),
    _wrong_kl("plus instead of minus", PLUS, _kl_plus, _kl_plus_log_sigma),
    _wrong_kl(
        "the sign of μ²",
        "A mean away from 0 costs: mu^2 has the same sign as sigma^2.",
        lambda mu, s: _kl(mu, s.exp(), s) - (mu**2).sum(),
    ),
    _wrong_kl(
        "the sign of σ²",
        "A large variance costs: sigma^2 has the same sign as mu^2.",
        lambda mu, s: _kl(mu, -s.exp(), s),
    ),
    _wrong_kl(
        "σ for σ²",
        "The variance enters: exp(log_var), not its root.",
        lambda mu, s: _kl(mu, (s / 2).exp(), s),
    ),
    _wrong_kl(
        "the variance squared",
        "exp(log_var) is the variance sigma^2 already: do not square it.",
        lambda mu, s: _kl(mu, (2 * s).exp(), s),
    ),
    _wrong_kl(
        "the exp dropped",
        "log_var is a logarithm; the variance that enters beside mu^2 is its exp.",
        lambda mu, s: _kl(mu, s, s),
        lambda mu, s: _kl(mu, s**2, s),
    ),
    _wrong_kl(
        "log_var taken for the variance",
        "log_var is the logarithm of the variance already: its own logarithm is not needed, and"
        " does not exist where it is negative.",
        lambda mu, s: _kl(mu, s, s.log()),
        lambda mu, s: _kl(mu, s**2, (s**2).log()),
    ),
    _wrong_kl(
        "the 1 forgotten",
        "Without the 1 the divergence of N(0, 1) from itself is not 0.",
        lambda mu, s: _kl(mu, s.exp(), s, one=0),
        lambda mu, s: _kl(mu, s.exp(), s, one=-1),
    ),
    _wrong_kl(
        "1 for d",
        "Each number of each code has a -1 of its own, not each code or the batch as a whole.",
        lambda mu, s: _kl(mu, s.exp(), s, one=1 / mu.numel()),
        lambda mu, s: _kl(mu, s.exp(), s, one=1 / mu.shape[1]),
    ),
    _wrong_kl(
        "μ for μ²",
        "The mean enters squared: going left costs as much as going right.",
        lambda mu, s: (mu + s.exp() - 1 - s).sum() / 2,
        lambda mu, s: (mu.abs() + s.exp() - 1 - s).sum() / 2,
    ),
    _wrong_kl(
        "the half in some places only",
        BOTH_HALVES + " Each of the four terms has it.",
        lambda mu, s: (mu**2 + s.exp() - 0.5 - s / 2).sum(),
        lambda mu, s: (mu**2 + (2 * s).exp() - 0.5 - s).sum(),
        lambda mu, s: (mu**2 / 2 + s.exp() / 2 - 1 - s).sum(),
    ),
    _wrong_kl(
        "the mean left out",
        "A code away from the centre costs, too: mu^2 is missing.",
        lambda mu, s: _kl(0 * mu, s.exp(), s),
    ),
    _wrong_kl(
        "the KL the wrong way round",
        "This is KL(p || q): the expectation is taken over q, the posterior.",
        lambda mu, s: (s + (1 + mu**2) * (-s).exp() - 1).sum() / 2,
    ),
)


def _of_rows(kld):
    """One that takes log sigma and gives a number for each row, in our form."""
    return lambda mu, log_var: kld(mu, log_var / 2).sum()


kl_divergence = Exercise(
    id="vae.kl_divergence",
    truth="1/2 sum (mu^2 + sigma^2 - 1 - log sigma^2) over codes and batch",
    source=f"{KINGMA}, appendix B",
    points=6,
    probes=(
        Probe(SPREADS, _spreads, loss),
        Probe(WIDE, _wide, loss),
        Probe(ONE_NUMBER, _codes(1, 1), loss),
        Probe(KEPT, _wide, observers.unchanged),
    ),
    oracle=oracles.kl_divergence,
    aliases=(
        Alias(
            "KLD",
            _of_rows,
            "UvA's deep learning course, which gives log sigma and wants one number for each row",
            ("mean", "log_std"),
        ),
    ),
    misconceptions=(
        _not_alone(CODES, oracles.kl_divergence),
        *DIVERGENCE,
        _scaled(
            CODES,
            "the half missing",
            BOTH_HALVES,
            oracles.kl_divergence,
            _times(2),
        ),
        _scaled(
            CODES,
            "the half twice",
            BOTH_HALVES,
            oracles.kl_divergence,
            _times(0.5),
        ),
        _scaled(
            CODES,
            "negated",
            "A divergence is never negative; this is -KL, the term of the bound to be maximised.",
            oracles.kl_divergence,
            _times(-1),
        ),
        _scaled(CODES, "averaged over the batch", SUMMED, oracles.kl_divergence, _over_the_batch),
        _scaled(
            CODES,
            "a mean over the code",
            SUMMED,
            oracles.kl_divergence,
            _over_everything,
            lambda term: lambda mu, s: term(mu, s) / mu.shape[1],
        ),
        _wrong_kl(
            "not summed",
            "One number is asked for: the sum over the numbers of the code and over the batch.",
            _kl_terms,
            lambda mu, s: _kl_terms(mu, s).sum(1),
            lambda mu, s: _kl_terms(mu, s).sum(0),
            lambda mu, s: _kl_terms(mu, s).mean(1),
        ),
        _wrong_kl("the gradient is cut", CUT, lambda mu, s: _kl_terms(mu, s).sum().detach()),
        overwritten,
    ),
)


def _loss_probe(name, codes, *shape):
    def draw(g):
        mu_and_log_var = codes(g)
        n = len(mu_and_log_var["mu"])
        pixels = together(recon_x=_pixels(n, 784), x=_pixels(n, *shape))
        return {**pixels(g), **mu_and_log_var}

    return Probe(name, draw, partial(loss, constant=("x",)))


def _weighted(beta):
    return lambda r, x, *code: (
        oracles.reconstruction_loss(r, x) + beta * oracles.kl_divergence(*code)
    )


_wrong_loss = _on(ROWS, PICTURES)

loss_function = Exercise(
    id="vae.loss_function",
    truth="reconstruction loss + KL, both summed: the negative evidence lower bound",
    source=f"{KINGMA}, equations 3 and 10",
    points=5,
    probes=(
        _loss_probe(ROWS, _spreads, 784),
        _loss_probe(PICTURES, _wide, 1, 28, 28),
        _loss_probe(ONE_IMAGE, _codes(1, 2), 1, 28, 28),
        Probe(SURE, lambda g: {**_sure(g), **_codes(2, 3)(g)}, _value),
        Probe(KEPT, lambda g: {**_sure(g), **_wide(g, 2)}, observers.unchanged),
    ),
    oracle=oracles.loss_function,
    aliases=tuple(
        Alias("vae_loss", lambda loss: loss, "public VAE notebooks", ("recon_x", "x", "mu", name))
        for name in ("logvar", "log_var")
    ),
    misconceptions=(
        _not_alone(ORDINARY, oracles.loss_function),
        _wrong_loss(
            "mean BCE with summed KL",
            "The cross-entropy is averaged and the KL summed, so the KL counts hundreds of times"
            " too much and every code collapses to the prior: sum both.",
            lambda r, x, mu, s: (
                oracles.reconstruction_loss(r, x) / r.numel() + oracles.kl_divergence(mu, s)
            ),
            lambda r, x, mu, s: (
                oracles.reconstruction_loss(r, x) / len(r) + oracles.kl_divergence(mu, s)
            ),
        ),
        _wrong_loss(
            "the KL subtracted",
            "Minimising -KL drives the codes away from the prior: add it.",
            lambda r, x, mu, s: oracles.reconstruction_loss(r, x) - oracles.kl_divergence(mu, s),
        ),
        _wrong_loss(
            "only one half",
            "The loss has two terms; one of them has no influence on yours.",
            lambda r, x, mu, s: oracles.reconstruction_loss(r, x) + 0 * (mu + s).sum(),
            lambda r, x, mu, s: oracles.kl_divergence(mu, s) + 0 * r.sum(),
        ),
        _scaled(
            ORDINARY,
            "averaged over the batch",
            "Both halves are sums over the batch here; you divided by its size.",
            oracles.loss_function,
            _over_the_batch,
        ),
        _wrong_loss(
            "means instead of sums",
            "A mean over the pixels beside a mean over the code makes the KL hundreds of times too"
            " heavy: sum both, over the batch as well.",
            lambda r, x, mu, s: (
                oracles.reconstruction_loss(r, x) / r.numel()
                + oracles.kl_divergence(mu, s) / mu.numel()
            ),
            lambda r, x, mu, s: (
                oracles.reconstruction_loss(r, x) / r.numel()
                + oracles.kl_divergence(mu, s) / len(mu)
            ),
            _over_everything(oracles.loss_function),
        ),
        _wrong_loss(
            "summed BCE with mean KL",
            "The KL is averaged and the cross-entropy summed, so the KL counts too little and the"
            " codes drift away from the prior: sum both.",
            lambda r, x, mu, s: (
                oracles.reconstruction_loss(r, x) + oracles.kl_divergence(mu, s) / mu.numel()
            ),
            lambda r, x, mu, s: (
                oracles.reconstruction_loss(r, x) + oracles.kl_divergence(mu, s) / len(mu)
            ),
            lambda r, x, mu, s: (
                oracles.reconstruction_loss(r, x) / len(r)
                + oracles.kl_divergence(mu, s) / mu.numel()
            ),
            lambda r, x, mu, s: (
                oracles.reconstruction_loss(r, x) / len(r)
                + oracles.kl_divergence(mu, s) / len(mu) / mu.numel()
            ),
        ),
        _scaled(
            ORDINARY,
            "negated",
            "This is the evidence lower bound, to be maximised; a loss is its negative.",
            oracles.loss_function,
            _times(-1),
        ),
        _wrong_loss(
            "halved or doubled",
            "There is no factor in front of the two halves.",
            *(_times(factor)(oracles.loss_function) for factor in (0.5, 2)),
        ),
        # The gradients are right: no part is known to be wrong.
        _wrong_loss(
            "the 1 forgotten",
            "Without the 1 the divergence of N(0, 1) from itself is not 0.",
            *(
                lambda r, x, mu, s, one=one: (
                    oracles.reconstruction_loss(r, x) + _kl(mu, s.exp(), s, one=one)
                )
                for one in (0, -1, 0.5, 2)
            ),
        ),
        _wrong_loss(
            "1 for d",
            "Each number of each code has a -1 of its own, not each code or the batch as a whole.",
            *(
                lambda r, x, mu, s, ones=ones: (
                    oracles.reconstruction_loss(r, x) + _kl(mu, s.exp(), s, one=1 / ones(mu))
                )
                for ones in (torch.numel, lambda mu: mu.shape[1])
            ),
        ),
        _wrong_loss(
            "a weight on the KL",
            "The two halves have the same weight in the bound: another one makes a beta-VAE.",
            *map(_weighted, (3, 4, 5, 10, 100, 0.1, 0.01, 0.001, 1e-4, 2.5e-4)),
        ),
        _wrong_loss(
            "not summed",
            "One number is asked for: the sum over all pixels and codes of all images.",
            lambda r, x, mu, s: _each_pixel(r, x).sum(1) + _kl_terms(mu, s).sum(1),
            lambda r, x, mu, s: _each_pixel(r, x).sum() + _kl_terms(mu, s).sum(1),
            lambda r, x, mu, s: _each_pixel(r, x).mean() + _kl_terms(mu, s).sum(1),
        ),
        _wrong_loss(
            "the gradient is cut",
            CUT,
            lambda r, x, mu, s: oracles.loss_function(r, x, mu, s).detach(),
        ),
        _rows_only(PICTURES, ONE_IMAGE),
        Misconception(
            "0 log 0",
            NO_LOG_OF_0,
            (lambda r, x, mu, s: _typed_in(r, x) + oracles.kl_divergence(mu, s),),
            on=(ROWS, PICTURES, ONE_IMAGE, KEPT),
        ),
        overwritten,
    ),
    parts=(
        Part(
            "the reconstruction",
            ("gradient with respect to recon_x",),
            ("recon_x", "x"),
            oracles.reconstruction_loss,
            (
                *RECONSTRUCTION,
                _wrong_rec(
                    "squared error for cross-entropy, averaged",
                    SQUARED + " And it is a sum over pixels and images, not a mean.",
                    lambda r, x: _squares(r, x) / r.numel(),
                    lambda r, x: _squares(r, x) / len(r),
                ),
                *(m for m in reconstruction_loss.misconceptions if m.transform),
            ),
            ORDINARY,
        ),
        Part(
            "the KL",
            ("gradient with respect to mu", "gradient with respect to log_var"),
            ("mu", "log_var"),
            oracles.kl_divergence,
            (*DIVERGENCE, *(m for m in kl_divergence.misconceptions if m.transform)),
            ORDINARY,
        ),
    ),
)
