"""What the proofs of tests/assignments have to know of gan-mnist."""

# What each exercise is about to find out, as text or code may write it, without spaces: its formula
# where that is to be derived, else the lines that turn the formula of the text into code.
FORMULAS = {
    "preprocess_img": ["2x-1", "2*x-1", "2*batch-1"],
    "deprocess_img": ["(x+1)/2"],
    "sample_noise": ["2*torch.rand"],
    "discriminator": ["nn.Linear(784,256)"],
    "generator": ["nn.Linear(noise_dim,1024)", "nn.Linear(1024,784)"],
    "bce_loss": [r"\zeta(h)-th", r"\zeta(h)-t\,h", "log1p(torch.exp(-"],
    "discriminator_loss": ["ones_like(logits_real)", "softplus(-logits_real)"],
    "generator_loss": ["-F.logsigmoid(logits_fake)", "softplus(-logits_fake)"],
    "minimax_generator_loss": ["F.logsigmoid(-logits_fake)", "-F.softplus(logits_fake)"],
    "optimal_discriminator": [
        r"\frac{p_\text{data}(x)}{p_\text{data}(x)+p_g(x)}",
        r"p_\text{data}/(p_\text{data}+p_g)",
        r"\frac{a}{a+b}",
    ],
    "js_divergence": ["xlogy(p,p)", "(p+q)/2", "xlogy(p,p/m)"],
    "value_function": ["xlogy(p_data,d)", "xlogy(p_g,1-d)"],
    "get_optimizer": ["Adam(model.parameters()", "lr=1e-3,betas"],
    "gan_step": ["noise(n)).detach()", "D(G(noise(n)))", "D_solver.zero_grad()"],
    "ls_discriminator_loss": ["(scores_real-1)", "scores_fake**2", "scores_fake.square()"],
    "ls_generator_loss": ["(scores_fake-1)"],
    "build_dc_classifier": ["nn.Conv2d(1,32"],
    "build_dc_generator": ["nn.ConvTranspose2d(128,64", "(128,7,7)"],
}

# A special case, which has a sentence of its own, and the name that would be told without it.
SPECIAL_CASES = {
    # Of shape (N, 1) against (N,), and for such code a table arises.
    ("bce_loss", "a table of all pairs"): "only for shape (N,)",
    # x.add_(1) leaves a shifted tensor behind.
    ("deprocess_img", "the caller's tensor overwritten"): "shifted but not shrunk",
}

# Right by the conventions of other courses, which `autograder judge` accepts; the notebook asks
# for more, and its text says so.
OTHER_CONVENTIONS = {
    ("preprocess_img", "torchvision"): "takes images only, not any tensor",
    ("gan_step", "the fakes under no_grad, images again, numbers returned"): "no reshaping",
    ("build_dc_classifier", "rows of pixels unflattened first"): "takes images (N, 1, 28, 28)",
}

# Right by themselves; the notebook does not run with them.
ALONE = {
    # An nn.Sequential has the keyword under another name.
    ("gan_step", "forward, functional_call and keywords instead of plain calls"),
}

# Wrong answers that get every visible tick, and why that is left so.
DROPOUT = "the text asks for no Dropout; the check compares in evaluation mode, which is without it"
SEED = "a function without a seed is right as well; no cell of the notebook needs one"
RUNNING = "batch norm that uses its running statistics while it is trained, too"
UNSEEN = {
    "discriminator: wrong, a Dropout added; which evaluation switches off": DROPOUT,
    "discriminator: wrong, the seed ignored": SEED,
    "discriminator: wrong, the seed ignored; always the same one": SEED,
    "discriminator: wrong, the seed ignored; if it is 0": SEED,
    "generator: wrong, a Dropout added": DROPOUT,
    "generator: wrong, the seed ignored": SEED,
    "build_dc_classifier: wrong, a Dropout added": DROPOUT,
    "build_dc_generator: wrong, a Dropout added": DROPOUT,
    f"build_dc_generator: wrong, {RUNNING}": "the check compares in evaluation mode",
}

# Their judgement takes long and depends on constant weights, or has a power test of its own.
POWER_ELSEWHERE = {
    "build_dc_classifier",
    "build_dc_generator",
    "generator",
}

TAKES_LONG = {
    "build_dc_classifier",
    "build_dc_generator",
    "discriminator",
    "discriminator_loss",
    "gan_step",
    "generator",
    "sample_noise",
}

# The truth about noise is a distribution.
WITHOUT_VALUES = {"sample_noise"}

# What a student may write first, what the check says of it, and what is right.
SLIP = {
    "heading": "Generative adversarial networks",
    "exercise": "preprocess_img",
    "wrong": ("def preprocess_img(x):\n    return x - 0.5\n"),
    "hint": "its length must double",
    "right": ("def preprocess_img(x):\n    return 2 * x - 1\n"),
    "last_tick": "✓ your argument is unchanged",
}
