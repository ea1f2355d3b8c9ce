"""foundations: what the student writes and trains, with its truth and the known wrong answers."""

from dataclasses import replace

from autograder.checks import Checks

from . import change_of_variables, critic, distances, nce, projection, ratio, regression

CHECKS = Checks(
    prefix="foundations",
    # Its notebook stays on the CPU.
    exercises=tuple(
        replace(exercise, on_gpu=False)
        for exercise in (
            ratio.logit_from_densities,
            ratio.kl_generator_loss,
            projection.projection_logits,
            distances.kl_gaussian,
            distances.js_point_masses,
            distances.wasserstein_1d,
            critic.optimal_critic_1d,
            nce.nce_objective,
            regression.ridge,
            change_of_variables.jacobian_xy_uv,
            change_of_variables.density_uv,
            change_of_variables.density_from_inverse,
        )
    ),
)
