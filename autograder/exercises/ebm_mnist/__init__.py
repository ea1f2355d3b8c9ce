"""ebm-mnist: everything the student writes, with its truth and the known wrong answers."""

from autograder.exercises.ebm_mnist import detection, landscape, networks, sampling, training

EXERCISES = (
    networks.Swish,
    networks.CNNModel,
    landscape.normalized_density,
    sampling.langevin_step,
    sampling.generate_samples,
    sampling.Sampler,
    training.contrastive_divergence_loss,
    training.regularization_loss,
    training.configure_optimizers,
    training.ebm_step,
    detection.steps_until_digit,
    detection.anomaly_score,
    detection.auroc,
)
