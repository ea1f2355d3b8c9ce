"""The sample class of diffusion-mnist."""

# Student: the misconception that replaces the right answer in each exercise.
WRONG = {
    "bilal": {"linear_schedule": "a sum instead of a product", "q_sample": "both roots missing"},
    "chiara": {"q_sample": "both roots missing", "predict_x0": "a root missing"},
    "dmitri": {"q_posterior": "alpha_bar before the first step"},
    "esther": {"score_from_eps": "the sign", "velocity_from_eps": "x_t for x0"},
    "farid": {"mixture_score": "unstable far out", "cosine_schedule": "no clip"},
    "greta": {"signal_to_noise": "inverted"},
    "hiro": {"optimal_denoiser": "distances to unscaled data"},
    "ines": {"q_sample": "only for shape (N, 1, 28, 28)", "q_posterior": "beta as the variance"},
    "lin": {"predict_x0": "the predicted x0 clamped", "optimal_denoiser": "unstable far out"},
}
BROKEN = {
    "kwame": {"signal_to_noise": "def signal_to_noise(alpha_bars)\n    return alpha_bars"},
}
