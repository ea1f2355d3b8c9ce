"""The sample class of ebm-mnist."""

# Student: the misconception that replaces the right answer in each exercise.
WRONG = {
    "bilal": {"Swish": "ReLU", "CNNModel": "ReLU instead of Swish"},
    "chiara": {"langevin_step": "wrong sign", "generate_samples": "wrong sign"},
    "dmitri": {"generate_samples": "no clamp", "CNNModel": "squeezed wrongly at N = 1"},
    "esther": {"contrastive_divergence_loss": "the sign"},
    "farid": {
        "generate_samples": "gradients left on the parameters",
        "normalized_density": "probabilities, not a density",
    },
    "greta": {"Sampler": "reset every call", "regularization_loss": "halved"},
    "hiro": {
        "ebm_step": "samples not detached",
        "configure_optimizers": "betas left at their default",
    },
    "ines": {
        "generate_samples": "the sampler under no_grad",
        "steps_until_digit": "never taken for the first step",
        "auroc": "the labels swapped",
    },
    "lin": {
        "langevin_step": "gradient of the mean",
        "Sampler": "a doubled batch",
        "anomaly_score": "a sigmoid",
    },
}
BROKEN = {
    "kwame": {
        "regularization_loss": "def regularization_loss(f_real, f_fake, alpha=0.1)\n    return 0"
    },
}
