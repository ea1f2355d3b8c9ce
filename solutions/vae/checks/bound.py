"""Part 5: the negative evidence lower bound of any model with an encoder and a decoder."""

from functools import partial

import torch
from torch.nn.functional import binary_cross_entropy

from autograder.judging import Exercise, Misconception, Part, Probe
from autograder.judging.estimate import Estimate
from autograder.judging.misconceptions import overwritten
from autograder.judging.probes import KEPT, uniform

from . import oracles
from .noise import STANDARD_NORMAL, NoNoise, by_column
from .observers import bounds
from .sampling import SHARED, UNIFORM

# The first model is asked about few images: most wrong formulas are told from each other there.
FEW, ROWS = 1_000, 10_000
MODELS = "a decoder that ignores its code", "another decoder that ignores its code"
TWICE = "two calls with one model"
SURE, ONE = "logits of +-10,000", "a batch of one image"


def _draw(g):
    logits = uniform(0.5, 2.5, 6)(g)
    logits[::2] *= -1
    return {
        "A": uniform(-0.6, 0.6, 2, 6)(g),
        "a": uniform(0.5, 1.0, 2)(g) * torch.tensor([1.0, -1.0]).double(),
        "b": torch.cat([uniform(-2.4, -1.8, 1)(g), uniform(0.4, 0.7, 1)(g)]),
        "B": uniform(0.3, 1.2, 6, 2)(g),
        "logits": logits,
        "x": uniform(0, 1, ROWS, 6)(g).round(),
    }


def _few(rows, g, **others):
    inputs = _draw(g)
    return {**inputs, **others, "x": inputs["x"][:rows]}


def _sure(g):
    """Pixels that the decoder is sure of, and right about or not."""
    logits = torch.tensor([1e4, -1e4, 30.0, -30.0, -150.0, 150.0], dtype=torch.float64)
    return _few(20, g, logits=logits)


def _laws(inputs):
    """The codes are drawn. The KL may be, too: log q(z) - log p(z) of one z for each image."""
    m, v = _posterior(**inputs)
    of_one = oracles.kl_deviation(m, v.log() / 2, torch.zeros_like(m).diag_embed())
    deviation = (of_one**2).mean().sqrt() / len(m) ** 0.5
    kl = _kl(m, v).mean()
    return {"kl": Estimate(kl, deviation)} | by_column(STANDARD_NORMAL, bounds.CODES)


def _posterior(A, a, b, x, **_):
    return x @ A.T + a, b.exp().expand(len(x), -1)


def _kl(m, v):
    return oracles.kl_normal(m, v, torch.zeros_like(m), torch.ones_like(v))


def _kl_with_deviations(m, v):
    return _kl(m, v**2)


def _reversed_kl(m, v):
    return oracles.kl_normal(torch.zeros_like(m), torch.ones_like(v), m, v)


def _code(m, v):
    return m + v.sqrt() * torch.randn_like(m)


def _code_with_deviations(m, v):
    return m + v * torch.randn_like(m)


def _code_with_log_variance(m, v):
    return m + (v / 2).exp() * torch.randn_like(m)


def _kl_with_log_variance(m, v):
    return (m**2 + v.exp() - 1 - v).sum(-1) / 2


def _log_q_alone(m, v):
    """The mean of log N(z; m, v) over z, whatever m is."""
    return -(oracles.LOG_2PI + 1 + v.log()).sum(-1) / 2


def _with_noise(noise):
    return lambda m, v: m + v.sqrt() * noise(m)


def _three(kl, rec):
    kl, rec = kl.mean(), rec.mean()
    return kl + rec, kl, rec


def _bound(three=_three, *, kl=_kl, code=_code, rec=oracles.bernoulli_nll):
    """negative_elbo_bound as students write it, with at most one flaw.

    three: (kl (N,), rec (N,)) -> what is returned. kl: (m, v) -> (N,). code: (m, v) -> (N, d).
    rec: (logits, x) -> (N,).
    """

    def negative_elbo_bound(model, x):
        m, v = model.enc(x)
        return three(kl(m, v), rec(model.dec(code(m, v)), x))

    return negative_elbo_bound


def _of_means(three):
    """three: (kl, rec), the means -> what is returned."""
    return _bound(lambda kl, rec: three(kl.mean(), rec.mean()))


def _mean_kl(m, v):
    return _kl(m, v) / m.shape[1]


def _mean_nll(logits, x):
    return oracles.bernoulli_nll(logits, x) / x.shape[1]


def _kl_with_log_deviation(m, v):
    return (m**2 + v - 1 - v.log() / 2).sum(-1) / 2


def _twice_kl(m, v):
    return 2 * _kl(m, v)


KLS = (
    *(_kl, _mean_kl, _twice_kl, _kl_with_deviations, _kl_with_log_variance, _reversed_kl),
    *(_log_q_alone, _kl_with_log_deviation),
)


def _kls_differ(oracle, inputs):
    """Whether no mistake in the KL gives another one's number: a drawn KL is off by hundredths."""
    m, v = _posterior(**inputs)
    means = torch.stack([kl(m, v).mean() for kl in KLS])
    return bool(means.sort().values.diff().min() > 0.2)


def _unstable(logits, x):
    return binary_cross_entropy(torch.sigmoid(logits), x, reduction="none").sum(-1)


def _overwrite(model, x):
    return (x.add_(1).mean(),) * 3


def _change_mode(mode):
    return lambda model, x: (model.train(mode) and x.mean(),) * 3


def _squared(make):
    """make: logits -> what is compared with the image."""
    return lambda logits, x: ((make(logits) - x) ** 2).sum(-1)


def _wrong(name, sentence, *formulas):
    return Misconception(name, sentence, formulas, on=MODELS)


negative_elbo_bound = Exercise(
    id="vae.negative_elbo_bound",
    truth="(kl + rec, kl, rec), means over the batch; z drawn from N(m, v) enters the decoder",
    source="Kingma and Welling 2014, Auto-Encoding Variational Bayes, equation 7;"
    " Kolmogorov-Smirnov test with a false-alarm rate of 2e-7 for each of four columns",
    points=7,
    probes=(
        Probe(MODELS[0], partial(_few, FEW), bounds.parts, laws=_laws, tells=_kls_differ),
        Probe(MODELS[1], _draw, bounds.parts, laws=_laws, tells=_kls_differ),
        Probe(SURE, _sure, bounds.reconstruction),
        Probe(ONE, partial(_few, 1), bounds.reconstruction),
        Probe(TWICE, partial(_few, 50), bounds.independence),
        Probe(KEPT, partial(_few, 5), bounds.kept),
    ),
    oracle=_bound(),
    misconceptions=(
        _wrong(
            "summed over the batch",
            "All three are means over the batch: sum over pixels and over the code, then average.",
            _bound(lambda kl, rec: (kl.sum() + rec.sum(), kl.sum(), rec.sum())),
        ),
        _wrong(
            "a mean instead of a sum",
            "Pixels and the numbers of the code add up; only the batch is averaged.",
            _bound(rec=_mean_nll),
            _bound(kl=_mean_kl),
            _bound(kl=_mean_kl, rec=_mean_nll),
        ),
        _wrong(
            "the KL subtracted",
            "The negative bound is kl + rec: both are costs.",
            _of_means(lambda kl, rec: (rec - kl, kl, rec)),
        ),
        _wrong(
            "the bound, not its negative",
            "nelbo is what an optimiser minimises: -log p(x|z) + KL, not its negative.",
            _of_means(lambda kl, rec: (-(kl + rec), kl, rec)),
            _of_means(lambda kl, rec: (-(kl + rec), kl, -rec)),
            _of_means(lambda kl, rec: (kl - rec, kl, -rec)),
        ),
        _wrong(
            "v as deviation",
            "enc() gives a variance: the deviation of the code is its root, and the KL takes v as"
            " it is.",
            _bound(code=_code_with_deviations),
            _bound(kl=_kl_with_deviations),
            _bound(code=_code_with_deviations, kl=_kl_with_deviations),
        ),
        Misconception(
            "the mean decoded, not a sample",
            "The bound is an expectation over q(z|x): draw z, do not decode its mean.",
            (_bound(code=lambda m, v: m),),
            on=MODELS,
            laws=by_column(NoNoise(), bounds.CODES),
        ),
        Misconception(
            "one noise for several draws",
            "Each number of each image's code needs its own noise, of the shape of m, and no seed"
            " is set inside.",
            tuple(_bound(code=_with_noise(noise)) for noise in SHARED),
            on=(TWICE,),
        ),
        _wrong(
            "the log-likelihood returned as rec",
            "rec is a cost, -log p(x|z), and kl + rec is the bound's negative.",
            _of_means(lambda kl, rec: (kl + rec, kl, -rec)),
        ),
        _wrong(
            "not averaged over the batch",
            "Three scalars are asked for: the means over the images.",
            _bound(lambda kl, rec: (kl + rec, kl, rec)),
            _bound(lambda kl, rec: ((kl + rec).mean(), kl, rec)),
        ),
        _wrong(
            "log p(z) forgotten",
            "The divergence is the mean of log q(z|x) - log p(z): this is log q(z|x) alone.",
            _bound(kl=_log_q_alone),
        ),
        _wrong(
            "the sign of the KL",
            "A divergence is never negative: log q(z|x) - log p(z), in this order.",
            _bound(kl=lambda m, v: -_kl(m, v)),
        ),
        _wrong(
            "the half missing",
            "The divergence has a factor 1/2 in front of everything.",
            _bound(kl=_twice_kl),
        ),
        _wrong(
            "uniform noise",
            "The noise comes from a uniform distribution (torch.rand, rand_like); take a standard"
            " normal one (randn, randn_like).",
            *(_bound(code=_with_noise(noise)) for noise in UNIFORM),
        ),
        _wrong(
            "v as log variance",
            "enc() gives the variance itself: no exp is needed, and the KL takes its logarithm.",
            _bound(code=_code_with_log_variance),
            _bound(kl=_kl_with_log_variance),
            _bound(code=_code_with_log_variance, kl=_kl_with_log_variance),
        ),
        _wrong(
            "the KL the wrong way round",
            "KL(q || p): the posterior comes first, the prior second.",
            _bound(kl=_reversed_kl),
        ),
        _wrong(
            "sigmoid applied twice",
            "binary_cross_entropy_with_logits contains the sigmoid: pass it what dec() returns.",
            _bound(rec=lambda logits, x: oracles.bernoulli_nll(torch.sigmoid(logits), x)),
        ),
        _wrong(
            "BCELoss on logits",
            "dec() returns logits, any real numbers; binary_cross_entropy wants probabilities, so"
            " take binary_cross_entropy_with_logits.",
            _bound(rec=lambda logits, x: binary_cross_entropy(logits, x, reduction="none").sum(-1)),
        ),
        _wrong(
            "squared error for cross-entropy",
            "Squared error belongs to Gaussian pixels; these are Bernoulli: binary cross-entropy.",
            *(_bound(rec=_squared(make)) for make in (torch.sigmoid, lambda logits: logits)),
        ),
        _wrong(
            "returned in the wrong order",
            "Return (nelbo, kl, rec), in this order.",
            _of_means(lambda kl, rec: (kl + rec, rec, kl)),
            _of_means(lambda kl, rec: (kl, rec, kl + rec)),
            _of_means(lambda kl, rec: (rec, kl, kl + rec)),
        ),
        _wrong(
            "the gradient is cut",
            "The encoder learns through z: no .detach() and no torch.no_grad() on the way from m"
            " and v to the code.",
            _bound(code=lambda m, v: _code(m, v).detach()),
        ),
        Misconception(
            overwritten.name,
            overwritten.sentence,
            (_overwrite,),
            on=(KEPT,),
        ),
        Misconception(
            "the model's mode changed",
            "self.eval() and self.train() outlive the call: whoever trains the model will go on in"
            " the wrong mode.",
            (_change_mode(False), _change_mode(True)),
            on=(KEPT,),
        ),
        Misconception(
            "unstable for large logits",
            "The formula is right on paper, but the sigmoid of a large logit is 1, whose logarithm"
            " cannot be told from that of 1 - 1e-8: use binary_cross_entropy_with_logits.",
            (_bound(rec=_unstable),),
            on=(*MODELS, ONE, TWICE, KEPT),
        ),
    ),
    parts=(
        Part(
            "rec", ("rec", *(f"gradient of rec with respect to the {w}coder" for w in ("en", "de")))
        ),
        Part("kl", ("kl", "a gradient goes from kl to the encoder")),
        Part("the code", tuple(f"{bounds.CODES} {j}" for j in (1, 2))),
        Part("their sum", (bounds.REST,)),
    ),
)
