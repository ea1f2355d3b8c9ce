"""diffusion-mnist: what the student writes, with its truth and the known wrong answers."""

from autograder.checks import Checks

from . import bound, embedding, loss, schedule

CHECKS = Checks(
    prefix="diffusion",
    exercises=(
        schedule.linear_schedule,
        loss.ddpm_loss,
        embedding.timestep_embedding,
        bound.prior_kl,
        bound.elbo_weight,
    ),
)
