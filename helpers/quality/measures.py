"""Measures of generated digits: how near to real ones, how many kinds, how evenly.

Images are float in [0, 1], (N, 1, 28, 28) or (N, 784), on any device.

The Fréchet distance is that of Heusel, Ramsauer, Unterthiner, Nessler and Hochreiter, "GANs trained
by a two time-scale update rule converge to a local Nash equilibrium", 2017, equation 6, on the
features of a digit classifier instead of Inception's. torchmetrics has it too, but Colab has no
torchmetrics; a test compares the two.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from helpers.errors import CourseError
from helpers.quality.classifier import DigitClassifier, load_classifier


@torch.no_grad()
def features(classifier: DigitClassifier, images: Tensor, batch: int = 500) -> Tensor:
    """Return the classifier's features (N, F), float32 on its device.

    Images with a nan have nan features.

    Raises:
        CourseError: ``images`` is not (N, 1, 28, 28) or (N, 784), or is far outside [0, 1].
    """
    device = next(classifier.parameters()).device
    parts = _as_digits(images).split(batch)
    return torch.cat([classifier.features(part.to(device)) for part in parts])


def frechet_distance(real_features: Tensor, fake_features: Tensor) -> float:
    """Return the Fréchet distance of the two Gaussians with the features' means and covariances:

        |m - n|² + tr(C + D - 2 (C½ D C½)½)

    It is 0 for equal means and covariances, and grows with fewer images too: compare sets of equal
    size. It is nan when a feature is not finite, as after diverged training.

    Args:
        real_features: (N, F), with N at least 2.
        fake_features: (M, F), with M at least 2.

    Raises:
        CourseError: other shapes.
    """
    real, fake = real_features.detach().cpu().double(), fake_features.detach().cpu().double()
    if real.dim() != 2 or fake.dim() != 2 or real.shape[1] != fake.shape[1]:
        raise CourseError(
            f"frechet_distance got shapes {tuple(real.shape)} and {tuple(fake.shape)}: give "
            "features (N, F) and (M, F) of one F."
        )
    if min(len(real), len(fake)) < 2:
        raise CourseError("frechet_distance needs at least 2 images on each side: give it more.")
    if not (real.isfinite().all() and fake.isfinite().all()):
        return math.nan
    real_cov, fake_cov = (torch.atleast_2d(x.T.cov()) for x in (real, fake))
    root = _square_root(real_cov)
    # The eigenvalues of this symmetric product are those of C D, whose root is never formed.
    overlap = torch.linalg.eigvalsh(root @ fake_cov @ root).clamp(min=0).sqrt().sum()
    shift = (real.mean(0) - fake.mean(0)).square().sum()
    distance = shift + real_cov.trace() + fake_cov.trace() - 2 * overlap
    # Rounding may turn 0 into -1e-15.
    return max(distance.item(), 0.0)


def class_shares(classifier: DigitClassifier, images: Tensor) -> Tensor:
    """Return the share of the images taken for each digit: float64 (10,) on the CPU.

    An image with a nan is no digit, so the shares then add up to less than 1.

    Raises:
        CourseError: ``images`` is not (N, 1, 28, 28) or (N, 784), or is far outside [0, 1].
    """
    return _shares(classifier, features(classifier, images))


def coverage(shares: Tensor, threshold: float = 0.01) -> int:
    """Return how many digits have at least ``threshold`` of the images: 0 to 10."""
    return int((shares >= threshold).sum())


def balance(shares: Tensor) -> float:
    """Return the entropy of the shares divided by log 10: 0 for one digit only, 1 for all ten
    equally often."""
    return float(torch.special.entr(shares).sum() / math.log(10))


@dataclass(frozen=True)
class Quality:
    """The measures of one set of images."""

    name: str
    frechet: float
    coverage: int
    balance: float


@dataclass(frozen=True)
class Report:
    """The measures of several sets, shown as a table."""

    rows: tuple[Quality, ...]

    def __str__(self) -> str:
        width = max(len(row.name) for row in self.rows)
        lines = [f"{'':<{width}}  Fréchet distance  digits of 10  balance"]
        for row in self.rows:
            lines.append(
                f"{row.name:<{width}}  {row.frechet:16.2f}  {row.coverage:12d}  {row.balance:7.2f}"
            )
        return "\n".join(lines)

    __repr__ = __str__


def report(
    real: Tensor, fakes: Mapping[str, Tensor], classifier: DigitClassifier | None = None
) -> Report:
    """Compare each set of ``fakes`` with half of the real images.

    The first row compares the other half: no generator can be expected to come nearer.

    Args:
        real: real images, at least 4, best twice as many as each of the fakes.
        fakes: images by the name of their generator.
        classifier: by default the one that comes with the kit, on the device of ``real``.

    Raises:
        CourseError: images of another shape, or fewer than 2 in a set.
    """
    classifier = classifier or load_classifier(device=real.device)
    reference = features(classifier, real[::2])
    rows = []
    for name, images in {"other real images": real[1::2], **fakes}.items():
        found = features(classifier, images)
        shares = _shares(classifier, found)
        distance = frechet_distance(reference, found)
        rows.append(Quality(name, distance, coverage(shares), balance(shares)))
    return Report(tuple(rows))


@torch.no_grad()
def _shares(classifier: DigitClassifier, found: Tensor) -> Tensor:
    scores = classifier.head(found)
    digits = scores[scores.isfinite().all(1)].argmax(1)
    return torch.bincount(digits, minlength=10).double().cpu() / len(found)


def _as_digits(images: Tensor) -> Tensor:
    if images.shape[1:] not in ((784,), (1, 28, 28)) or len(images) == 0:
        raise CourseError(
            f"helpers.quality got images of shape {tuple(images.shape)}: give (N, 1, 28, 28) or "
            "(N, 784), with N at least 1."
        )
    # A wrong range is a common slip, and would be measured without complaint.
    if images.min() < -0.01 or images.max() > 1.01:
        raise CourseError(
            f"helpers.quality got pixels from {images.min():.3g} to {images.max():.3g}: bring the "
            "images to [0, 1] first, for example with deprocess_img."
        )
    return images.detach().float().reshape(-1, 1, 28, 28)


def _square_root(matrix: Tensor) -> Tensor:
    """The symmetric square root of a positive semi-definite matrix."""
    values, vectors = torch.linalg.eigh(matrix)
    return vectors @ torch.diag(values.clamp(min=0).sqrt()) @ vectors.T
