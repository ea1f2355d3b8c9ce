"""Part 3: the optimal discriminator and the Jensen-Shannon divergence."""

import math

import torch

from autograder.judging import Exercise, Misconception, Probe, observers
from autograder.judging.misconceptions import overwritten
from autograder.judging.probes import KEPT, kept_probe, probabilities, together, uniform
from autograder.oracles import divergences

from . import oracles

GOODFELLOW = "Goodfellow et al. 2014, Generative Adversarial Nets"


# Two, so that one number is never enough to take one formula for another.
DENSE = ("two distributions that vanish nowhere", "two others that vanish nowhere")


FINE = "vectors in float64"


def _value_in_float64(call, inputs):
    """observers.value of the inputs in float64, as the notebook's figure has them."""
    return observers.value(call, {name: vector.double() for name, vector in inputs.items()})


def _pair_probes(names, **more):
    def draws(zeros_p, zeros_q):
        return {names[0]: probabilities(*zeros_p), names[1]: probabilities(*zeros_q), **more}

    def probe(name, zeros_p, zeros_q):
        return Probe(name, together(**draws(zeros_p, zeros_q)), observers.value)

    return (
        *(probe(name, (), ()) for name in DENSE),
        probe("distributions with zeros", (0, 1, 4), (1, 2, 7)),
        probe("distributions that never overlap", (0, 1, 2, 3), (4, 5, 6, 7)),
        kept_probe(**draws((0,), (1,))),
        Probe(FINE, together(**draws((), ())), _value_in_float64),
    )


def _wrong_formula(name, sentence, *formulas):
    return Misconception(name, sentence, formulas, on=DENSE)


def _wrong_at_zero(name, sentence, formula):
    """A formula that is right where no probability vanishes."""
    return Misconception(name, sentence, (formula,), on=(*DENSE, KEPT))


only_in_float32 = Misconception(
    "only for float32",
    "In float64 it fails: make new tensors like the given ones (zeros_like, full_like).",
    fails_on=(FINE,),
)


ZERO_LOG_ZERO = "Where a probability is 0 its term is 0 (0 log 0 = 0), not nan: see torch.xlogy."

optimal_discriminator = Exercise(
    id="gan-mnist.optimal_discriminator",
    truth="p_data / (p_data + p_g), 1/2 where both are 0",
    source=f"{GOODFELLOW}, proposition 1",
    points=2,
    probes=_pair_probes(("p_data", "p_g")),
    oracle=divergences.optimal_discriminator,
    on_gpu=False,  # it gets tensors on the CPU
    misconceptions=(
        only_in_float32,
        _wrong_formula(
            "q / (p + q)",
            "This is the probability of being fake; D is the probability of being real.",
            lambda p, q: divergences.optimal_discriminator(q, p),
        ),
        _wrong_formula(
            "p / q",
            "The density ratio is not a probability; the optimum is p / (p + q).",
            lambda p, q: p / q,
        ),
        _wrong_at_zero(
            "0 / 0 left undefined",
            "Where neither real nor fake occurs, D cannot tell: the answer there is 1/2.",
            lambda p, q: p / (p + q),
        ),
        _wrong_formula(
            "a decision, not a probability",
            "Where real images are more likely, D is larger than 1/2, not 1: it is a share.",
            lambda p, q: (p > q).float(),
            lambda p, q: (p >= q).float(),
        ),
        _wrong_formula(
            "a sigmoid of the probabilities",
            "The optimum is the share p / (p + q) itself; a sigmoid gives it for log(p / q) alone.",
            lambda p, q: (p / q).sigmoid(),
            lambda p, q: (p - q).sigmoid(),
            lambda p, q: p.sigmoid(),
        ),
        _wrong_formula(
            "the logit",
            "log(p / q) is the logit of the optimum; the probability itself is asked for.",
            lambda p, q: (p / q).log(),
        ),
        overwritten,
    ),
)


def _js_naive(p, q):
    m = (p + q) / 2
    return 0.5 * (p * (p / m).log()).sum() + 0.5 * (q * (q / m).log()).sum()


js_divergence = Exercise(
    id="gan-mnist.js_divergence",
    truth="1/2 KL(p || m) + 1/2 KL(q || m), m = (p + q) / 2; log 2 when disjoint",
    source=f"{GOODFELLOW}, section 4.1; Lin 1991",
    points=3,
    probes=_pair_probes(("p", "q")),
    oracle=divergences.js_divergence,
    on_gpu=False,  # it gets tensors on the CPU
    misconceptions=(
        only_in_float32,
        _wrong_formula(
            "the halves missing",
            "Both divergences to the mixture have the weight 1/2; you added them in full.",
            lambda p, q: 2 * divergences.js_divergence(p, q),
        ),
        _wrong_formula(
            "averaged over the outcomes",
            "An expectation weights each outcome by its probability and adds; do not divide by K.",
            lambda p, q: divergences.js_divergence(p, q) / len(p),
        ),
        _wrong_formula(
            "compared from the mixture",
            "The divergences go from p and q to the mixture, KL(p || m): its order matters.",
            lambda p, q: (
                (
                    divergences.kl_divergence((p + q) / 2, p)
                    + divergences.kl_divergence((p + q) / 2, q)
                )
                / 2
            ),
        ),
        _wrong_formula(
            "a geometric mean for the mixture",
            "The mixture is (p + q) / 2, which adds up to 1; the root of p q does not.",
            lambda p, q: 0.25 * ((p - q) * (p / q).log()).sum(),
        ),
        _wrong_formula(
            "in bits",
            "The logarithm has base 2; take the natural one, so that disjoint gives log 2.",
            lambda p, q: divergences.js_divergence(p, q) / math.log(2),
        ),
        _wrong_formula(
            "the Jensen-Shannon distance",
            "The distance is the square root of the divergence; do not take the root.",
            lambda p, q: divergences.js_divergence(p, q).sqrt(),
        ),
        _wrong_formula(
            "Kullback-Leibler, not Jensen-Shannon",
            "This compares p and q directly (and is infinite when they never overlap); compare each"
            " with their mixture.",
            lambda p, q: divergences.kl_divergence(p, q),
            lambda p, q: divergences.kl_divergence(q, p),
            lambda p, q: (divergences.kl_divergence(p, q) + divergences.kl_divergence(q, p)) / 2,
            lambda p, q: divergences.kl_divergence(p, q) + divergences.kl_divergence(q, p),
        ),
        _wrong_formula(
            "p + q instead of their average",
            "The mixture is (p + q) / 2; without the half it does not add up to 1.",
            lambda p, q: divergences.js_divergence(p, q) - math.log(2),
            lambda p, q: 2 * divergences.js_divergence(p, q) - math.log(4),
        ),
        _wrong_at_zero("0 log 0", ZERO_LOG_ZERO, _js_naive),
        overwritten,
    ),
)

value_function = Exercise(
    id="gan-mnist.value_function",
    truth="sum p_data log d + sum p_g log(1 - d); at D* it is -log 4 + 2 JSD(p_data, p_g)",
    source=f"{GOODFELLOW}, equations 1 and 6",
    points=3,
    probes=(
        *_pair_probes(("p_data", "p_g"), d=uniform(0.1, 0.7, 8)),
        Probe(
            "a discriminator that is sure",
            together(
                p_data=probabilities(0, 1, 2, 3),
                p_g=probabilities(4, 5, 6, 7),
                d=torch.tensor([0.0] * 4 + [1.0] * 4, dtype=torch.float64),
            ),
            observers.value,
        ),
    ),
    oracle=oracles.value_function,
    on_gpu=False,  # it gets tensors on the CPU
    misconceptions=(
        only_in_float32,
        _wrong_formula(
            "negated",
            "V is what D maximises, so it is never positive; this is D's loss, its negative.",
            lambda p, q, d: -oracles.value_function(p, q, d),
        ),
        _wrong_formula(
            "real and fake swapped",
            "log d belongs to the data's probabilities and log(1 - d) to the generator's.",
            lambda p, q, d: oracles.value_function(q, p, d),
        ),
        _wrong_formula(
            "one expectation subtracted",
            "V is the sum of both expectations: D wants both log d and log(1 - d) large.",
            lambda p, q, d: torch.xlogy(p, d).sum() - torch.xlogy(q, 1 - d).sum(),
            lambda p, q, d: torch.xlogy(q, 1 - d).sum() - torch.xlogy(p, d).sum(),
        ),
        _wrong_formula(
            "log d for the fakes too",
            "The generator's term is log(1 - d): D is rewarded for a small d there.",
            lambda p, q, d: ((p + q) * d.log()).nan_to_num(0.0).sum(),
        ),
        _wrong_formula(
            "1 - log d for log(1 - d)",
            "The 1 is inside the logarithm: log(1 - d) is neither 1 - log d nor -log d.",
            lambda p, q, d: (torch.xlogy(p, d) + q * (1 - d.log())).nan_to_num(0.0).sum(),
            lambda p, q, d: (torch.xlogy(p, d) - torch.xlogy(q, d)).sum(),
        ),
        _wrong_formula(
            "1 - p_data in the place of p_g",
            "This is a cross-entropy with p_data as label; the fakes have a distribution of their"
            " own, p_g.",
            lambda p, q, d: (torch.xlogy(p, d) + torch.xlogy(1 - p, 1 - d)).sum(),
        ),
        _wrong_formula(
            "d without its logarithm",
            "Both terms are means of logarithms: log d and log(1 - d).",
            lambda p, q, d: (p * d + q * (1 - d)).sum(),
        ),
        _wrong_formula(
            "averaged over the outcomes",
            "An expectation weights each outcome by its probability and adds; do not divide by K.",
            lambda p, q, d: oracles.value_function(p, q, d) / len(p),
        ),
        _wrong_formula(
            "not weighted by the probabilities",
            "An expectation weights each outcome by its probability.",
            lambda p, q, d: (d.log() + (1 - d).log()).sum(),
            lambda p, q, d: (d.log() + (1 - d).log()).mean(),
        ),
        _wrong_formula(
            "only one of the two expectations",
            "V has two terms: the data's and the generator's.",
            lambda p, q, d: torch.xlogy(p, d).sum(),
            lambda p, q, d: torch.xlogy(q, 1 - d).sum(),
        ),
        _wrong_formula(
            "d taken for a logit",
            "d holds probabilities: no sigmoid is applied to them.",
            lambda p, q, d: oracles.value_function(p, q, torch.sigmoid(d)),
        ),
        _wrong_formula(
            "a logarithm with another base",
            "log is the natural logarithm: neither log10 nor log2.",
            lambda p, q, d: oracles.value_function(p, q, d) / math.log(2),
            lambda p, q, d: oracles.value_function(p, q, d) / math.log(10),
        ),
        _wrong_formula(
            "the best discriminator instead of the given one",
            "V is asked for any d, not only for the one that makes it largest.",
            lambda p, q, d: oracles.value_function(p, q, divergences.optimal_discriminator(p, q)),
        ),
        _wrong_at_zero(
            "0 log 0",
            ZERO_LOG_ZERO,
            lambda p, q, d: (p * d.log() + q * (1 - d).log()).sum(),
        ),
        overwritten,
    ),
)
