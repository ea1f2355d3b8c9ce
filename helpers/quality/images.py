"""Images as the measures take them, and their features.

Images are float in [0, 1], (N, 1, 28, 28) or (N, 784), on any device.
"""

import math

import torch
from torch import Tensor

from helpers.errors import CourseError
from helpers.quality.classifier import Classifier


@torch.no_grad()
def features(classifier: Classifier, images: Tensor, batch: int = 500) -> Tensor:
    """Return the classifier's features (N, F), float32 on its device.

    Images with a nan have nan features.

    Raises:
        CourseError: ``images`` is not (N, 1, 28, 28) or (N, 784), or is far outside [0, 1].
    """
    device = next(classifier.parameters()).device
    parts = as_images(images).split(batch)
    return torch.cat([classifier.features(part.to(device)) for part in parts])


def as_images(images: Tensor) -> Tensor:
    """Return the images as float32 (N, 1, 28, 28) without gradients.

    Raises:
        CourseError: another shape, nothing in it, or pixels far outside [0, 1]; a nan is accepted.
    """
    if not isinstance(images, Tensor):
        raise CourseError(
            f"helpers.quality got images as {type(images).__name__}: give a tensor (N, 1, 28, 28) "
            "or (N, 784)."
        )
    if images.shape[1:] not in ((784,), (1, 28, 28)) or len(images) == 0:
        raise CourseError(
            f"helpers.quality got images of shape {tuple(images.shape)}: give (N, 1, 28, 28) or "
            "(N, 784), with N at least 1."
        )
    images = images.detach().float().reshape(-1, 1, 28, 28)
    # A wrong range is a common slip, and would be measured without complaint.
    known = images.nan_to_num(nan=0.5, posinf=math.inf, neginf=-math.inf)
    if known.min() < -0.01 or known.max() > 1.01:
        raise CourseError(
            f"helpers.quality got pixels from {known.min():.3g} to {known.max():.3g}: bring the "
            "images to [0, 1] first, for example with deprocess_img."
        )
    return images
