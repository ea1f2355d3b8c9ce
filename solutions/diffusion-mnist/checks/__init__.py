"""diffusion-mnist: what the student writes and trains, with its truth and the wrong answers."""

from autograder.checks import Checks

from . import (
    bound,
    ddim,
    embedding,
    exact,
    flow,
    forward,
    guidance,
    loss,
    network,
    posterior,
    sampling,
    schedule,
)
from .trained import MODELS

CHECKS = Checks(
    prefix="diffusion-mnist",
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
        guidance.drop_labels,
        sampling.ddpm_step,
        sampling.ddpm_sample,
        ddim.ddim_step,
        guidance.guided,
        flow.interpolate,
        flow.target_velocity,
        flow.flow_matching_loss,
        flow.euler_sample,
        bound.prior_kl,
        bound.elbo_weight,
    ),
    models=MODELS,
)
