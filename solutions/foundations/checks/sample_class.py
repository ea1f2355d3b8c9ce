"""The sample class of foundations."""

# Student: the misconception that replaces the right answer in each exercise.
WRONG = {
    "bilal": {"logit_from_densities": "the sign", "kl_generator_loss": "the sign"},
    "chiara": {"wasserstein_1d": "unsorted"},
    "dmitri": {"kl_gaussian": "eps as a variance", "js_point_masses": "near taken for equal"},
    "esther": {"ridge": "the bias penalised"},
    "farid": {
        "density_uv": "the determinant forgotten",
        "density_from_inverse": "the determinant forgotten",
    },
    "greta": {"nce_objective": "log Z added", "kl_generator_loss": "unstable for large logits"},
    "hiro": {"ridge": "n forgotten", "optimal_critic_1d": "towards the model"},
    "ines": {
        "jacobian_xy_uv": "the other direction",
        "density_uv": "the determinant inverted",
        "density_from_inverse": "the determinant inverted",
    },
    "lin": {
        "projection_logits": "the sign of b",
        "ridge": "a half slipped in",
        "optimal_critic_1d": "a squared distance",
    },
}
BROKEN = {
    "kwame": {"ridge": "def ridge(Z, y, lam)\n    return torch.linalg.solve(Z.T @ Z, Z.T @ y)"},
}
