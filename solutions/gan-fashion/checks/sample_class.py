"""The sample class of gan-fashion."""

# Student: the misconception that replaces the right answer in each exercise.
WRONG = {
    "bilal": {"gradient_norms": "norm per pixel", "loss_wasserstein_gp": "norm per pixel"},
    "chiara": {
        "loss_nonsaturating": "both halves labelled real",
        "build_optimizers": "betas left at their default",
    },
    "dmitri": {"loss_wasserstein_gp": "alpha per pixel", "column_labels": "one row for each class"},
    "esther": {
        "conditional_loss_nonsaturating": "labels dropped",
        "ProjectionDiscriminator": "the logits of all classes",
    },
    "farid": {
        "loss_wasserstein_gp": "WGAN with -logsigmoid",
        "build_optimizers": "the two in the wrong order",
    },
    "greta": {
        "conditional_loss_nonsaturating": "G trained to look fake",
        "loss_nonsaturating": "the saturating generator loss",
    },
    "hiro": {
        "gradient_norms": "gradient of a batch mean",
        "loss_wasserstein_gp": "gradient of the image instead of D(image)",
    },
    "ines": {
        "ProjectionDiscriminator": "a table of all images and all labels",
        "conditional_loss_nonsaturating": "a fake judged with another label",
    },
    "lin": {
        "loss_nonsaturating": "uniform noise",
        "gradient_norms": "the penalty's graph cut",
        "loss_wasserstein_gp": "one norm over the whole batch",
    },
}
BROKEN = {
    "kwame": {
        "loss_nonsaturating": "def loss_nonsaturating(g, d, x_real, *, device)\n    return d(g)",
    },
}
