"""ebm-mnist: what the student writes and trains, with its truth and the known wrong answers."""

from autograder.checks import Checks

from . import buffer, detection, energy_network, landscape, losses, training, walks
from .trained import MODELS

CHECKS = Checks(
    prefix="ebm-mnist",
    exercises=(
        energy_network.Swish,
        energy_network.CNNModel,
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
    ),
    models=MODELS,
)
