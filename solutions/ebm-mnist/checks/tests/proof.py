"""What the proofs of tests/assignments have to know of ebm-mnist."""

# What each exercise is about to find out, as text or code may write it, without spaces: its formula
# where that is to be derived, else the lines that turn the formula of the text into code.
FORMULAS = {
    "Swish": ["x*torch.sigmoid(x)", "x*x.sigmoid()", "F.silu(x)"],
    "CNNModel": ["nn.Conv2d(1,"],
    "normalized_density": ["/torch.trapezoid(", "energy.min()-energy", "exp(-energy"],
    "langevin_step": ["step_size*grad", "energy(x).sum()"],
    "generate_samples": ["clamp(-0.03,0.03)", "0.005*torch.randn_like(x)"],
    "Sampler": ["random.choices(self.examples", "[:self.max_len]"],
    "contrastive_divergence_loss": ["f_fake.mean()-f_real.mean()"],
    "regularization_loss": ["f_real**2+f_fake**2", "f_real.square()"],
    "configure_optimizers": ["lr=1e-4,betas=", "StepLR(optimizer"],
    "ebm_step": ["cd_loss+reg_loss", "clip_grad_norm_(model", "(real+noise).clamp"],
    "steps_until_digit": ["argmax(dim=0)+1", "argmax(0)+1"],
    "anomaly_score": ["return-model(x)"],
    "auroc": ["roc_auc_score(labels,torch.cat", "scores_others>scores_digits"],
}

# A special case, which has a sentence of its own, and the name that would be told without it.
SPECIAL_CASES = {
    ("CNNModel", "squeezed wrongly at N = 1"): "a batch size baked in",
    # A number of units that the arguments do not change.
    ("CNNModel", "another number of units"): "hidden_features or out_dim ignored",
    # What is added after the clamp leads out of [-1, 1], as without one.
    ("generate_samples", "noise after the clamp"): "no clamp",
}

# Right by the conventions of other courses, which `autograder judge` accepts; the notebook asks
# for more, and its text says so.
OTHER_CONVENTIONS = {
    ("Sampler", "with chains of its own, as other courses have it"): "runs the chains given to it",
}

# Wrong answers that get every visible tick, and why that is left so.
UNSEEN = {
    "CNNModel: wrong, a Dropout added": "not asked for; the check compares in evaluation mode",
    "CNNModel: wrong, hidden_features or out_dim ignored": "no cell uses other sizes",
}

# Their judgement takes long and depends on constant weights, or has a power test of its own.
POWER_ELSEWHERE = {
    "Sampler",
    "generate_samples",
}

TAKES_LONG = {
    "CNNModel",
    "Sampler",
    "generate_samples",
}

# The truth about chains is a distribution; steps are whole numbers; a density begins with zeros.
WITHOUT_VALUES = {"Sampler", "generate_samples", "normalized_density", "steps_until_digit"}

# What a student may write first, what the check says of it, and what is right.
SLIP = {
    "heading": "Energy-based models",
    "exercise": "Swish",
    "wrong": ("class Swish(nn.Module):\n    def forward(self, x):\n        return x.sigmoid()\n"),
    "hint": "multiply it by x",
    "right": (
        "class Swish(nn.Module):\n    def forward(self, x):\n        return x * x.sigmoid()\n"
    ),
    "last_tick": "✓ its slope there",
}
