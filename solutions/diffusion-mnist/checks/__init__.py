"""diffusion-mnist: what the student writes, with its truth and the known wrong answers."""

from autograder.checks import Checks

from . import exact, forward, posterior, schedule

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
    ),
)
