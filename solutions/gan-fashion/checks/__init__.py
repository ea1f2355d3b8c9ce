"""gan-fashion: everything the student writes, with its truth and the known wrong answers."""

from autograder.exercises.gan_fashion import (
    conditional,
    nonsaturating,
    setting_up,
    slopes,
    wasserstein,
)

EXERCISES = (
    setting_up.column_labels,
    setting_up.build_optimizers,
    nonsaturating.loss_nonsaturating,
    conditional.ProjectionDiscriminator,
    conditional.conditional_loss_nonsaturating,
    slopes.gradient_norms,
    wasserstein.loss_wasserstein_gp,
)
# The losses in halves, as other courses ask for them: judged, but in no notebook.
OTHER_FORMS = (
    nonsaturating.loss_nonsaturating_d,
    nonsaturating.loss_nonsaturating_g,
    conditional.conditional_loss_nonsaturating_d,
    conditional.conditional_loss_nonsaturating_g,
    wasserstein.loss_wasserstein_gp_d,
    wasserstein.loss_wasserstein_gp_g,
)
