"""gan-mnist: what the student writes and trains, with its truth and the known wrong answers."""

from autograder.checks import Checks

from . import data_and_noise, dcgan, fully_connected, least_squares, losses, theory, training
from .trained import MODELS

CHECKS = Checks(
    prefix="gan-mnist",
    exercises=(
        data_and_noise.preprocess_img,
        data_and_noise.deprocess_img,
        data_and_noise.sample_noise,
        fully_connected.discriminator,
        fully_connected.generator,
        losses.bce_loss,
        losses.discriminator_loss,
        losses.generator_loss,
        losses.minimax_generator_loss,
        theory.optimal_discriminator,
        theory.js_divergence,
        theory.value_function,
        training.get_optimizer,
        training.gan_step,
        least_squares.ls_discriminator_loss,
        least_squares.ls_generator_loss,
        dcgan.build_dc_classifier,
        dcgan.build_dc_generator,
    ),
    models=MODELS,
)
