"""What the proofs of tests/assignments have to know of vae."""

# What each exercise is about to find out, as text or code may write it, without spaces: its formula
# where that is to be derived, else the lines that turn the formula of the text into code.
FORMULAS = {
    "sampling": ["exp(0.5*log_var)", "(log_var/2).exp()"],
    "VAE": ["nn.Linear(x_dim,h_dim1)", "nn.Linear(784,512)", "self.fc1(x)"],
    "reconstruction_loss": ["binary_cross_entropy("],
    "kl_divergence": [
        r"\mu^2+\sigma^2-1-\log\sigma^2",
        r"\operatorname{tr}\Sigma+\mu^\top\mu-d-\log\det\Sigma",
        r"\logv_{p,i}-\logv_{q,i}",
        "mu**2+log_var.exp()-1-log_var",
    ],
    "loss_function": ["reconstruction_loss(recon_x,x)+kl_divergence", "reconstruction+divergence"],
    "latent_grid": ["cartesian_prod(z,z)", "torch.arange(n)+0.5"],
    "kl_normal": [r"\logv_{p,i}-\logv_{q,i}", "pv.log()-qv.log()"],
    "sample_gaussian": ["v.sqrt()", r"\sqrt{v}"],
    "negative_elbo_bound": ["with_logits(logits,x", "m**2+v-1-v.log()", "self.enc(x)\n"],
    "full_covariance_sample": ["tril(L_raw,-1)", "diag_embed(log_sigma.exp())", "L@eps"],
    "log_q": [r"\varepsilon_i^2+\log2\pi", "**2+math.log(2*math.pi)"],
    "kl_full_covariance": [r"\operatorname{tr}\Sigma+\mu^\top\mu-d-\log\det\Sigma"],
    "linear_gaussian_elbo": [r"\lVertx-Wm\rVert^2"],
}

# Right by the conventions of other courses, which `autograder judge` accepts; the notebook asks
# for more, and its text says so.
OTHER_CONVENTIONS = {
    ("VAE", "nn.Sequential around the layers"): "layers have the names of the table",
    ("VAE", "rows only, under older names of the functions"): "forward takes images, too",
    (
        "VAE",
        "the heads in the other order, under names of their own",
    ): "the seven layers under these names",
}

# Right by themselves; the notebook does not run with them.
ALONE = {
    # It calls an exercise that is not written.
    ("VAE", "while sampling is still a stub"),
    # Only a model that has a prior gives it.
    ("negative_elbo_bound", "the model's own prior"),
}

# Wrong answers that get every visible tick, and why that is left so.
UNSEEN = {
    "VAE: wrong, a Dropout added": "not asked for; the check compares in evaluation mode",
    "VAE: wrong, the sizes ignored": "no cell uses other sizes",
}

# Their judgement takes long and depends on constant weights, or has a power test of its own.
POWER_ELSEWHERE = {
    "VAE",
    "negative_elbo_bound",
}

TAKES_LONG = {
    "VAE",
    "loss_function",
    "negative_elbo_bound",
    "sample_gaussian",
    "sampling",
}

# The truth about noise is a distribution.
WITHOUT_VALUES = {"sample_gaussian", "sampling"}

# What a student may write first, what the check says of it, and what is right.
SLIP = {
    "heading": "Variational auto-encoders on handwritten digits",
    "exercise": "sampling",
    "wrong": ("def sampling(mu, log_var):\n    return mu + log_var.exp() * torch.randn_like(mu)\n"),
    "hint": "this is the variance",
    "right": (
        "def sampling(mu, log_var):\n    return mu + (log_var / 2).exp() * torch.randn_like(mu)\n"
    ),
    "last_tick": "✓ dz / dlog_var",
}
