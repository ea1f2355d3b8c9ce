"""What the proofs of tests/assignments have to know of gan-fashion."""

# What each exercise is about to find out, as text or code may write it, without spaces: its formula
# where that is to be derived, else the lines that turn the formula of the text into code.
FORMULAS = {
    "column_labels": ["torch.arange(classes)", "%classes"],
    "build_optimizers": ["Adam(d.parameters()", "Adam(g.parameters()"],
    "loss_nonsaturating": [
        "softplus(-logits_real)",
        "logsigmoid(logits_real)",
        "torch.randn(len(x_real),g.dim_z",
    ],
    "ProjectionDiscriminator": [
        "nn.Linear(dim_features,n_classes)",
        "[torch.arange(N),y]",
        ".gather(1,y",
    ],
    "conditional_loss_nonsaturating": ["d(g(z,y_fake),y_fake)", "d(g(z,y_real),y_real)"],
    "gradient_norms": ["grad(d(x).sum(),x", "flatten(1).norm(dim=1)"],
    "loss_wasserstein_gp": ["alpha*x_fake", "10*penalty", "-1)**2).mean()"],
}

# Wrong answers that get every visible tick, and why that is left so.
UNSEEN = {
    "loss_wasserstein_gp: wrong, shares that do not add up to 1": "fakes that show alpha are 0",
}

TAKES_LONG = {
    "build_optimizers",
    "conditional_loss_nonsaturating",
    "conditional_loss_nonsaturating_d",
    "conditional_loss_nonsaturating_g",
    "loss_nonsaturating",
    "loss_nonsaturating_d",
    "loss_nonsaturating_g",
    "loss_wasserstein_gp",
    "loss_wasserstein_gp_d",
    "loss_wasserstein_gp_g",
}

# Labels are whole numbers.
WITHOUT_VALUES = {"column_labels"}

# What a student may write first, what the check says of it, and what is right.
SLIP = {
    "heading": "Generative adversarial networks on Fashion-MNIST",
    "exercise": "column_labels",
    "wrong": (
        "def column_labels(rows, classes=10):\n"
        "    return torch.arange(classes).repeat_interleave(rows)\n"
    ),
    "hint": "repeat the whole sequence",
    "right": (
        "def column_labels(rows, classes=10):\n    return torch.arange(classes).repeat(rows)\n"
    ),
    "last_tick": "✓ ten classes unless you say otherwise",
}
