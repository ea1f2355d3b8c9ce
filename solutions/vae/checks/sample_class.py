"""The sample class of vae."""

# Student: the misconception that replaces the right answer in each exercise.
WRONG = {
    "bilal": {"sampling": "uniform noise", "sample_gaussian": "uniform noise"},
    "chiara": {"sampling": "exp(log_var) as deviation", "sample_gaussian": "v as deviation"},
    "dmitri": {"VAE": "no sigmoid at the end", "latent_grid": "evenly spaced codes"},
    "esther": {"kl_divergence": "plus instead of minus", "loss_function": "plus instead of minus"},
    "farid": {"kl_divergence": "log σ for log σ²", "loss_function": "mean BCE with summed KL"},
    "greta": {
        "reconstruction_loss": "target and prediction swapped",
        "kl_normal": "a mean instead of a sum",
    },
    "hiro": {
        "sampling": "the caller's tensor overwritten",
        "negative_elbo_bound": "the KL subtracted",
    },
    "ines": {
        "full_covariance_sample": "the mask keeps the diagonal",
        "log_q": "log σ halved",
        "kl_full_covariance": "log σ halved",
    },
    "lin": {
        "linear_gaussian_elbo": "the KL the wrong way round",
        "VAE": "mu and log_var swapped",
    },
}
BROKEN = {
    "kwame": {"kl_divergence": "def kl_divergence(mu, log_var)\n    return (mu**2).sum()"},
}
