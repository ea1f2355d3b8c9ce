"""diffusion-mnist: what the student writes and trains, with its truth and the wrong answers."""

from autograder.checks import Checks

from . import bound, embedding, exact, forward, loss, network, posterior, schedule

CHECKS = Checks(
    prefix="diffusion",
    exercises=(
        schedule.linear_schedule,
        schedule.cosine_schedule,
        forward.q_sample,
        forward.signal_to_noise,
        posterior.q_posterior,
        posterior.predict_x0,
        posterior.score_from_eps,
        posterior.velocity_from_eps,
        exact.mixture_score,
        exact.optimal_denoiser,
        loss.ddpm_loss,
        embedding.timestep_embedding,
        network.ResBlock,
        bound.prior_kl,
        bound.elbo_weight,
    ),
)
