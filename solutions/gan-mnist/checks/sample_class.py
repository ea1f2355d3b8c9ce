"""The sample class of gan-mnist."""

# Student: the misconception that replaces the right answer in each exercise.
WRONG = {
    "bilal": {"preprocess_img": "no shift", "deprocess_img": "no shift"},
    "chiara": {"sample_noise": "normal noise divided by its maximum"},
    "dmitri": {"discriminator": "a sigmoid at the end", "generator": "no tanh at the end"},
    "esther": {"discriminator_loss": "averaged instead of added"},
    "farid": {"generator_loss": "trained to look fake", "bce_loss": "unstable for large logits"},
    "greta": {
        "minimax_generator_loss": "cross-entropy against label 0, reported positive",
        "js_divergence": "the halves missing",
    },
    "hiro": {"gan_step": "missing detach", "get_optimizer": "betas left at their default"},
    "ines": {
        "ls_discriminator_loss": "a sigmoid applied first",
        "ls_generator_loss": "a sigmoid applied first",
        "build_dc_generator": "a batch size baked in",
    },
}
BROKEN = {
    "kwame": {"bce_loss": "def bce_loss(input, target)\n    return input.mean()"},
    "lin": {"generator_loss": "def generator_loss(logits_fake):\n    return bce_los(logits_fake)"},
}
