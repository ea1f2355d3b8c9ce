"""ebm-mnist: everything the student writes, with its truth and the known wrong answers."""

from autograder.exercises.ebm_mnist import (
    buffer,
    detection,
    landscape,
    losses,
    networks,
    training,
    walks,
)

EXERCISES = (
    networks.Swish,
    networks.CNNModel,
    landscape.normalized_density,
    walks.langevin_step,
    walks.generate_samples,
    buffer.Sampler,
    losses.contrastive_divergence_loss,
    losses.regularization_loss,
    training.configure_optimizers,
    training.ebm_step,
    detection.steps_until_digit,
    detection.anomaly_score,
    detection.auroc,
)
