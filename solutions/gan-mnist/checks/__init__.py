"""gan-mnist: everything the student writes, with its truth and the known wrong answers."""

from autograder.exercises.gan_mnist import (
    data_and_noise,
    dcgan,
    least_squares,
    losses,
    networks,
    theory,
    training,
)

EXERCISES = (
    data_and_noise.preprocess_img,
    data_and_noise.deprocess_img,
    data_and_noise.sample_noise,
    networks.discriminator,
    networks.generator,
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
)
