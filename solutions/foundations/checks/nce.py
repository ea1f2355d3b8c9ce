"""Part 5: noise-contrastive estimation, which finds the normalising constant."""

from functools import partial

import torch

from autograder.judging import Exercise, Part, Probe, observers
from autograder.judging.misconceptions import overwritten, unstable, wrong_loss
from autograder.judging.probes import HUGE, ORDINARY, kept_probe, together, uniform
from autograder.oracles.logit_losses import softplus

from . import oracles

_value_and_gradients = partial(
    observers.value_and_gradients, constant=("log_noise_data", "log_noise_noise")
)


# Not the mirror image of HUGE: the gradients of log Z must not cancel.
_HUGE_ON_NOISE = torch.tensor([9e3, 40.0, 150.0, -1e4], dtype=torch.float64)


ENERGY = "log p = -E - log Z: a low energy means a high probability."
LOG_Z = "The density is exp(-E) / Z, so log Z is subtracted."
DENSITY = "The logit compares two densities, log p_model - log p_noise."


def _draws(*shape):
    return dict(
        energy_data=uniform(-1.5, 0.8, *shape),
        log_noise_data=uniform(-3, -1.2, *shape),
        energy_noise=uniform(0.3, 3.5, *shape),
        log_noise_noise=uniform(-2.5, -0.7, *shape),
        log_z=uniform(0.4, 0.8),
    )


def _probe(name, **draws):
    return Probe(name, together(**draws), _value_and_gradients)


def _given(formula):
    """formula(E, log p_n, log Z) instead of the logit -E - log Z - log p_n."""

    def objective(energy_data, log_noise_data, energy_noise, log_noise_noise, log_z):
        on_data = formula(energy_data, log_noise_data, log_z)
        on_noise = formula(energy_noise, log_noise_noise, log_z)
        return -softplus(-on_data).mean() - softplus(on_noise).mean()

    return objective


def _halves(on_data, on_noise):
    """Another sum of two means, each of a function of the logits."""

    def objective(energy_data, log_noise_data, energy_noise, log_noise_noise, log_z):
        data = oracles.nce_logit(energy_data, log_noise_data, log_z)
        noise = oracles.nce_logit(energy_noise, log_noise_noise, log_z)
        return on_data(data).mean() + on_noise(noise).mean()

    return objective


def _in_one_half(log):
    """Mistakes in the logit of one half; log: logit -> log probability."""

    def wrong(name, sentence, *logits):
        formulas = (lambda e, n, z, logit=logit: log(logit(e, n, z)).mean() for logit in logits)
        return wrong_loss(name, sentence, *formulas)

    return (
        wrong("the sign of the energy", ENERGY, lambda e, n, z: e - z - n),
        wrong("log Z added", LOG_Z, lambda e, n, z: -e + z - n),
        wrong(
            "the noise's density added or left out",
            DENSITY,
            lambda e, n, z: -e - z + n,
            lambda e, n, z: -e - z,
        ),
    )


nce_objective = Exercise(
    id="foundations.nce_objective",
    truth="mean log sigmoid(G) on data + mean log(1 - sigmoid(G)) on noise,"
    " G = -E - log Z - log p_noise; -2 log 2 when model = noise",
    source="Gutmann and Hyvarinen 2010, Noise-contrastive estimation, equations 3 and 8",
    points=8,
    probes=(
        _probe(ORDINARY[0], **_draws(7)),
        _probe(ORDINARY[1], **_draws(6, 1)),
        _probe("one point each", **_draws(1, 1)),
        _probe(
            "energies of +-10,000",
            **_draws(4) | dict(energy_data=HUGE, energy_noise=_HUGE_ON_NOISE),
        ),
        kept_probe(**_draws(5)),
    ),
    oracle=oracles.nce_objective,
    parts=(
        Part(
            "the data's half",
            ("gradient with respect to energy_data",),
            ("energy_data", "log_noise_data", "log_z"),
            lambda e, n, z: -softplus(-oracles.nce_logit(e, n, z)).mean(),
            _in_one_half(lambda g: -softplus(-g)),
            ORDINARY,
        ),
        Part(
            "the noise's half",
            ("gradient with respect to energy_noise",),
            ("energy_noise", "log_noise_noise", "log_z"),
            lambda e, n, z: -softplus(oracles.nce_logit(e, n, z)).mean(),
            _in_one_half(lambda g: -softplus(g)),
            ORDINARY,
        ),
    ),
    misconceptions=(
        wrong_loss(
            "the sign of the energy",
            ENERGY,
            _given(lambda e, n, z: e - z - n),
        ),
        wrong_loss(
            "log Z added",
            LOG_Z,
            _given(lambda e, n, z: -e + z - n),
        ),
        wrong_loss(
            "log Z left out or changed",
            "log_z is a logarithm already, subtracted as it is: G = -E - log Z - log p_noise.",
            _given(lambda e, n, z: -e - 0 * z - n),
            _given(lambda e, n, z: -e - z.log() - n),
            _given(lambda e, n, z: -e - z.exp() - n),
        ),
        wrong_loss(
            "the noise's density added or left out",
            DENSITY,
            _given(lambda e, n, z: -e - z + n),
            _given(lambda e, n, z: -e - z),
        ),
        wrong_loss(
            "negated",
            "This is the loss, to be minimised; the objective is what is maximised, and never"
            " positive.",
            lambda *a: -oracles.nce_objective(*a),
        ),
        wrong_loss(
            "data and noise swapped",
            "sigmoid(G) is the probability of being data: its logarithm belongs to the data.",
            _given(lambda e, n, z: e + z + n),
        ),
        wrong_loss(
            "averaged or summed",
            "The mean over the data and the mean over the noise are added: not halved, and no sum"
            " over the points.",
            lambda *a: oracles.nce_objective(*a) / 2,
            lambda *a: oracles.nce_objective(*a) * len(a[0]),
        ),
        wrong_loss(
            "one half wrong or missing",
            "There are two halves: log sigmoid(G) on the data, log(1 - sigmoid(G)) on the noise.",
            _halves(lambda g: -softplus(-g), lambda g: -softplus(-g)),
            _halves(lambda g: -softplus(-g), lambda g: 0 * g),
            _halves(lambda g: 0 * g, lambda g: -softplus(g)),
        ),
        wrong_loss(
            "the gradient is cut",
            "No gradient reaches log Z: it is a tensor to be learned, so no .item(), .detach() or"
            " float() on the way.",
            lambda *a: oracles.nce_objective(*a[:4], a[4].detach()),
            lambda *a: oracles.nce_objective(*a).detach(),
        ),
        wrong_loss(
            "probabilities without their logarithm",
            "The logarithms of both probabilities are averaged, not the probabilities.",
            _halves(torch.sigmoid, lambda g: 1 - torch.sigmoid(g)),
        ),
        overwritten,
        unstable(_halves(lambda g: torch.sigmoid(g).log(), lambda g: (1 - torch.sigmoid(g)).log())),
    ),
)
