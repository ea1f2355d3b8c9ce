"""Part 5: least-squares losses."""

from autograder.judging import Exercise
from autograder.judging.misconceptions import summed, wrong_loss
from autograder.judging.probes import FAKE, HUGE, REAL, huge_probe, loss_probes
from autograder.oracles.logit_losses import sigmoid

from . import oracles

HALVES = "The least-squares losses carry a factor 1/2 in front of each mean."
SIGMOID_FIRST = "Least squares compares the raw scores with 0 and 1; there is no sigmoid."

ls_discriminator_loss = Exercise(
    id="gan-mnist.ls_discriminator_loss",
    truth="1/2 mean (r - 1)^2 + 1/2 mean f^2",
    source="Mao et al. 2017, Least Squares GAN, equation 9",
    points=3,
    probes=(
        *loss_probes(scores_real=REAL, scores_fake=FAKE),
        huge_probe(scores_real=HUGE, scores_fake=HUGE.flip(0) * 0.9),
    ),
    oracle=oracles.ls_discriminator_loss,
    misconceptions=(
        wrong_loss(
            "the halves missing",
            HALVES,
            lambda r, f: 2 * oracles.ls_discriminator_loss(r, f),
        ),
        wrong_loss(
            "a sigmoid applied first",
            SIGMOID_FIRST,
            lambda r, f: oracles.ls_discriminator_loss(sigmoid(r), sigmoid(f)),
        ),
        wrong_loss(
            "targets swapped",
            "Real scores are pulled to 1 and fake ones to 0, not the other way round.",
            lambda r, f: oracles.ls_discriminator_loss(f, r),
        ),
        summed(oracles.ls_discriminator_loss),
    ),
)

ls_generator_loss = Exercise(
    id="gan-mnist.ls_generator_loss",
    truth="1/2 mean (f - 1)^2",
    source="Mao et al. 2017, Least Squares GAN, equation 9",
    points=2,
    probes=(*loss_probes(scores_fake=FAKE), huge_probe(scores_fake=HUGE)),
    oracle=oracles.ls_generator_loss,
    misconceptions=(
        wrong_loss("the half missing", HALVES, lambda f: 2 * oracles.ls_generator_loss(f)),
        wrong_loss(
            "a sigmoid applied first",
            SIGMOID_FIRST,
            lambda f: oracles.ls_generator_loss(sigmoid(f)),
        ),
        wrong_loss(
            "trained to look fake",
            "The generator wants a score of 1, the score of real images; this pulls it to 0.",
            lambda f: (f**2).mean() / 2,
        ),
        summed(oracles.ls_generator_loss),
    ),
)
