"""Measures of generated images as a whole: how near to real ones, how many kinds, how evenly.

The Fréchet distance is that of Heusel, Ramsauer, Unterthiner, Nessler and Hochreiter, "GANs trained
by a two time-scale update rule converge to a local Nash equilibrium", 2017, equation 6, on the
features of a small classifier instead of Inception's. torchmetrics has it too, but Colab has no
torchmetrics; a test compares the two.
"""

import math

import torch
from torch import Tensor

from helpers.errors import CourseError
from helpers.quality.classifier import Classifier
from helpers.quality.images import features
from helpers.quality.statistics import Statistics


def frechet_distance(
    real_features: Tensor | Statistics, fake_features: Tensor | Statistics
) -> float:
    """Return the Fréchet distance of the two Gaussians with the features' means and covariances:

        |m - n|² + tr(C + D - 2 (C½ D C½)½)

    It is 0 for equal means and covariances, and grows with fewer images too: compare sets of equal
    size. It is nan when a feature is not finite, as after diverged training.

    Args:
        real_features: (N, F), with N at least 2, or statistics, such as ``real_statistics()``.
        fake_features: (M, F), with M at least 2, or statistics.

    Raises:
        CourseError: other shapes.
    """
    both = (real_features, fake_features)
    shapes = [tuple(x.mean.shape if isinstance(x, Statistics) else x.shape) for x in both]
    tensors = [x for x in both if not isinstance(x, Statistics)]
    if shapes[0][-1:] != shapes[1][-1:] or any(x.dim() != 2 for x in tensors):
        raise CourseError(
            f"frechet_distance got shapes {shapes[0]} and {shapes[1]}: give features (N, F) and "
            "(M, F) of one F."
        )
    if any(len(x) < 2 for x in tensors):
        raise CourseError("frechet_distance needs at least 2 images on each side: give it more.")
    if not all(x.isfinite().all() for x in tensors):
        return math.nan
    (real_mean, real_cov), (fake_mean, fake_cov) = map(moments, both)
    root = _square_root(real_cov)
    # The eigenvalues of this symmetric product are those of C D, whose root is never formed.
    overlap = torch.linalg.eigvalsh(root @ fake_cov @ root).clamp(min=0).sqrt().sum()
    shift = (real_mean - fake_mean).square().sum()
    distance = shift + real_cov.trace() + fake_cov.trace() - 2 * overlap
    # Rounding may turn 0 into -1e-15.
    return max(distance.item(), 0.0)


def moments(found: Tensor | Statistics) -> tuple[Tensor, Tensor]:
    """Return the mean (F,) and the covariance (F, F) of features (N, F), float64 on the CPU."""
    if isinstance(found, Statistics):
        return found.mean, found.covariance
    found = found.detach().cpu().double()
    return found.mean(0), torch.atleast_2d(found.T.cov())


def class_shares(classifier: Classifier, images: Tensor) -> Tensor:
    """Return the share of the images taken for each class: float64 (10,) on the CPU.

    An image with a nan is of no class, so the shares then add up to less than 1.

    Raises:
        CourseError: ``images`` is not (N, 1, 28, 28) or (N, 784), or is far outside [0, 1].
    """
    return shares_of(classifier, features(classifier, images))


@torch.no_grad()
def shares_of(classifier: Classifier, found: Tensor) -> Tensor:
    """``class_shares`` of images whose features (N, F) are known already."""
    scores = classifier.head(found)
    classes = scores[scores.isfinite().all(1)].argmax(1)
    return torch.bincount(classes, minlength=10).double().cpu() / len(found)


def coverage(shares: Tensor, threshold: float = 0.01) -> int:
    """Return how many classes have at least ``threshold`` of the images: 0 to 10."""
    return int((shares >= threshold).sum())


def balance(shares: Tensor) -> float:
    """Return the entropy of the shares divided by log 10: 0 for one class only, 1 for all ten
    equally often."""
    return float(torch.special.entr(shares).sum() / math.log(10))


def _square_root(matrix: Tensor) -> Tensor:
    """The symmetric square root of a positive semi-definite matrix."""
    values, vectors = torch.linalg.eigh(matrix)
    return vectors @ torch.diag(values.clamp(min=0).sqrt()) @ vectors.T
