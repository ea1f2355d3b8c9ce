"""What the proofs of tests/assignments have to know of diffusion-mnist."""

# What each exercise is about to find out, as text or code may write it, without spaces: its formula
# where that is to be derived, else the lines that turn the formula of the text into code.
FORMULAS = {
    "linear_schedule": ["torch.linspace(beta_1", "cumprod(1-betas"],
    "cosine_schedule": ["1-f[1:]/f[:-1]"],
    "q_sample": ["a.sqrt()*x0", "(1-a).sqrt()*noise"],
    "signal_to_noise": ["alpha_bars/(1-alpha_bars)"],
    "q_posterior": ["(1-a_before)/(1-a)"],
    "predict_x0": ["-(1-a).sqrt()*eps)/a.sqrt()"],
    "score_from_eps": ["-eps/(1-a).sqrt()"],
    "velocity_from_eps": ["a.sqrt()*eps-(1-a).sqrt()*x0"],
    "mixture_score": ["a*sigma**2+1-a", "weights.log()-"],
    "optimal_denoiser": ["dim=1)@points", "rows@points.T"],
    "ddpm_loss": ["torch.randint(len(alpha_bars)", "(model(x_t,t)-noise)**2"],
    "timestep_embedding": ["math.log(max_period)", "max_period**("],
    "ResBlock": ["nn.GroupNorm(8,in_channels)", "self.conv1(F.silu("],
    "drop_labels": ["torch.rand(len(y)", "torch.rand(y.shape"],
    "ddpm_step": ["beta/(1-a).sqrt()*eps"],
    "ddpm_sample": ["reversed(range(len(betas)))"],
    "ddim_step": ["eta*((1-then)/(1-now)"],
    "guided": ["(1+w)*eps_cond"],
    "interpolate": ["(1-t)*x0+t*x1"],
    "target_velocity": ["returnx1-x0"],
    "flow_matching_loss": ["model(interpolate(x0,x1,t),t)"],
    "euler_sample": ["x+model(x,t)/steps"],
    "prior_kl": ["alpha_bars[-1]*x0**2", "alpha_bars[-1]*x0.flatten(1)**2"],
    "elbo_weight": ["betas[t]**2/(2"],
}

# A special case, which has a sentence of its own, and the name that would be told without it.
SPECIAL_CASES = {
    # t[:, None] fits points, and what goes wrong for images says less.
    ("interpolate", "times along an axis of the image"): "only for shape (N, d)",
    # A time that is given is as little used as one that is drawn.
    ("flow_matching_loss", "one time for the whole batch"): "one time drawn for the whole batch",
}

MADE_BESIDE = {
    ("ddim_step", "alpha_bar before the first step"),
    ("ddim_step", "the end of the list at s = -1"),
    ("ddpm_loss", "both ends never drawn"),
    ("ddpm_loss", "noise of another deviation"),
    ("ddpm_loss", "the first time never drawn"),
    ("ddpm_loss", "the last time never drawn"),
    ("ddpm_loss", "uniform noise"),
    ("interpolate", "every time for every row"),
}

TAKES_LONG = {
    "ddim_step",
    "ddpm_loss",
    "ddpm_sample",
    "ddpm_step",
    "drop_labels",
    "flow_matching_loss",
    "q_sample",
    "ResBlock",
}

# What a student may write first, what the check says of it, and what is right.
SLIP = {
    "heading": "Diffusion and flow matching on handwritten digits",
    "exercise": "linear_schedule",
    "wrong": (
        "def linear_schedule(T, beta_1=1e-4, beta_T=0.02):\n"
        "    betas = torch.linspace(beta_1, beta_T, T)\n"
        "    return betas, torch.cumsum(1 - betas, dim=0)\n"
    ),
    "hint": "multiply them",
    "right": (
        "def linear_schedule(T, beta_1=1e-4, beta_T=0.02):\n"
        "    betas = torch.linspace(beta_1, beta_T, T)\n"
        "    return betas, torch.cumprod(1 - betas, dim=0)\n"
    ),
    "last_tick": "✓ and what is left in the end",
}
