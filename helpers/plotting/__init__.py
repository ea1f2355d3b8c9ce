"""The pictures of the course.

Images come as tensors or arrays, (N, 784), (N, H, W) or (N, 1, H, W), on any device. Each function
returns a new figure that pyplot does not know of, so a notebook shows it exactly once, when it is
the last value of a cell or given to ``display``.
"""

from helpers.plotting.curves import learning_curves
from helpers.plotting.diffusion import (
    against_calls,
    flow_paths,
    noise_levels,
    score_fields,
    straightness,
    trade_off,
)
from helpers.plotting.energies import energy_landscape, score_histograms
from helpers.plotting.functions import functions, mapped_square
from helpers.plotting.images import (
    class_sheet,
    image_grid,
    nearest_images,
    samples_over_epochs,
    side_by_side,
)
from helpers.plotting.latent import code_map, latent_scatter
from helpers.plotting.quiz import Quiz, real_or_fake
from helpers.plotting.style import COLOURS, DASHES, MARKERS, SHADES, Picture

__all__ = [
    "COLOURS",
    "DASHES",
    "MARKERS",
    "SHADES",
    "Picture",
    "Quiz",
    "against_calls",
    "class_sheet",
    "code_map",
    "energy_landscape",
    "flow_paths",
    "functions",
    "image_grid",
    "latent_scatter",
    "learning_curves",
    "mapped_square",
    "nearest_images",
    "noise_levels",
    "real_or_fake",
    "samples_over_epochs",
    "score_fields",
    "score_histograms",
    "side_by_side",
    "straightness",
    "trade_off",
]
