"""vae: what the student writes and trains, with its truth and the known wrong answers."""

from autograder.checks import Checks

from . import (
    autoencoder,
    bound,
    full_covariance,
    gaussians,
    grid,
    linear_gaussian,
    losses,
    sampling,
)
from .trained import MODELS

CHECKS = Checks(
    prefix="vae",
    exercises=(
        sampling.sampling,
        autoencoder.VAE,
        losses.reconstruction_loss,
        losses.kl_divergence,
        losses.loss_function,
        grid.latent_grid,
        gaussians.kl_normal,
        sampling.sample_gaussian,
        bound.negative_elbo_bound,
        full_covariance.full_covariance_sample,
        full_covariance.log_q,
        full_covariance.kl_full_covariance,
        linear_gaussian.linear_gaussian_elbo,
    ),
    models=MODELS,
)
