"""What the proofs of tests/assignments have to know of foundations."""

# What each exercise is about to find out, as text or code may write it, without spaces: its formula
# where that is to be derived, else the lines that turn the formula of the text into code.
FORMULAS = {
    "logit_from_densities": [
        r"\logp_\text{data}(x)-\logp_\theta(x)",
        r"\logp_\text{data}-\logp_\theta",
        r"\logp(x)-\logp_n(x)",
        "log_p_data-log_p_model",
        "logratio",
    ],
    "kl_generator_loss": ["-logits.mean()", "$-h$", "=-h$"],
    "projection_logits": [r"\mu_y-\hat\mu_y", r"\mu_{y}-\hat\mu_{y}", "mu-mu_hat"],
    "kl_gaussian": [
        r"(\theta-\theta_0)^2/2\varepsilon^2",
        r"\frac{(\theta-\theta_0)^2}{2\varepsilon^2}",
        "(2*eps**2)",
    ],
    "js_point_masses": [r"\mathrm{JS}=\log2", r"JSis$\log2"],
    "wasserstein_1d": ["sort()"],
    "optimal_critic_1d": [r"\operatorname{sign}(\theta_0-\theta)", "sign(theta0"],
    "nce_objective": [r"-E-\logZ-\logp_n", r"-E(x)-\logZ-\logp_n(x)", "-log_z-log"],
    "ridge": [r"Z^\topZ+n\lambdaA", "Z.T@Z", r"n\lambdaA"],
    "jacobian_xy_uv": [r"\tfrac12&\tfrac12", "[0.5,0.5],[0.5,-0.5]"],
    "density_uv": [
        "e^{-(u^2+v^2)/4}",
        r"\frac{1}{4\pi}",
        r"\frac1{4\pi}e",
        r"productoftwo$\mathcalN(0,2)$",
    ],
    "density_from_inverse": ["2*f_uv", "e^{-2(x^2+y^2)/4}"],
}

# log 2 and 1/2 are known to everybody.
WITHOUT_VALUES = {"jacobian_xy_uv", "js_point_masses"}

# What a student may write first, what the check says of it, and what is right.
SLIP = {
    "heading": "Foundations",
    "exercise": "logit_from_densities",
    "wrong": (
        "def logit_from_densities(log_p_data, log_p_model):\n    return log_p_model - log_p_data\n"
    ),
    "hint": "positive means data",
    "right": (
        "def logit_from_densities(log_p_data, log_p_model):\n    return log_p_data - log_p_model\n"
    ),
    "last_tick": "✓ a table of points keeps its shape",
}
