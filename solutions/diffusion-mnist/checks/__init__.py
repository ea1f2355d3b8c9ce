"""diffusion-mnist: what the student writes, with its truth and the known wrong answers."""

from autograder.checks import Checks

from . import ddim, flow, guidance, sampling, schedule

CHECKS = Checks(
    prefix="diffusion",
    exercises=(
        schedule.linear_schedule,
        sampling.ddpm_step,
        sampling.ddpm_sample,
        ddim.ddim_step,
        guidance.guided,
        guidance.drop_labels,
        flow.interpolate,
        flow.target_velocity,
        flow.flow_matching_loss,
        flow.euler_sample,
    ),
)
