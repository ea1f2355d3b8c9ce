"""gan-fashion: what the student writes and trains, with its truth and the known wrong answers."""

from autograder.checks import Checks

from . import conditional, nonsaturating, setting_up, slopes, wasserstein
from .trained import MODELS

CHECKS = Checks(
    prefix="gan-fashion",
    exercises=(
        setting_up.column_labels,
        setting_up.build_optimizers,
        nonsaturating.loss_nonsaturating,
        conditional.ProjectionDiscriminator,
        conditional.conditional_loss_nonsaturating,
        slopes.gradient_norms,
        wasserstein.loss_wasserstein_gp,
    ),
    models=MODELS,
    # The losses in halves, as other courses ask for them.
    other_forms=(
        nonsaturating.loss_nonsaturating_d,
        nonsaturating.loss_nonsaturating_g,
        conditional.conditional_loss_nonsaturating_d,
        conditional.conditional_loss_nonsaturating_g,
        wasserstein.loss_wasserstein_gp_d,
        wasserstein.loss_wasserstein_gp_g,
    ),
)
