"""Measures by nearest neighbours: precision and recall of samples, and copies of training images.

Precision and recall are those of Kynkäänniemi, Karras, Laine, Lehtinen and Aila, "Improved
precision and recall metric for assessing generative models", 2019, equations 1 and 2, on the
features of a small classifier instead of VGG-16's.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.data import Images
from helpers.errors import CourseError
from helpers.quality.images import as_images

# Images at a time: the largest matrix of distances takes 40 MB.
SAMPLES, TRAINING = 5_000, 2_000
COPY_QUANTILE = 0.01


class PrecisionRecall(NamedTuple):
    """Two shares in [0, 1], or nan."""

    precision: float
    recall: float


class Memorisation(NamedTuple):
    """How near samples are to the training images, measured by new real images.

    Attributes:
        ratio: the median distance of the samples to their nearest training images, divided by that
            of real test images: near 1 for new images as real ones, 0 for copies.
        copies: the share of the samples that are nearer to a training image than 99% of the test
            images are: 0.01 for real ones, 1 for copies.
    """

    ratio: float
    copies: float


@dataclass(frozen=True, eq=False)
class Nearest:
    """The nearest training image of each of N samples.

    Attributes:
        distances: float32 (N,), Euclidean, of pixels in [0, 1]: from 0 to 28.
        indices: int64 (N,), which training image it is.
        images: float32 (N, 1, 28, 28), the training image itself.
    """

    distances: Tensor
    indices: Tensor
    images: Tensor


def precision_recall(
    real_features: Tensor, fake_features: Tensor, neighbours: int = 3
) -> PrecisionRecall:
    """Return the precision and the recall of samples.

    A ball around each image's features reaches to those of its k-th nearest neighbour in
    its own set. Precision is the share of the samples that are in the ball of a real image, recall
    the share of the real images that are in the ball of a sample. Both are nan when a feature is
    not finite, as after diverged training.

    Args:
        real_features: (N, F), with N above ``neighbours``.
        fake_features: (M, F), best as many as the real ones: more of them fill more space.
        neighbours: k; 3 as in the paper.

    Raises:
        CourseError: other shapes, too few images, or ``neighbours`` below 1.
    """
    real, fake = real_features.detach().cpu().double(), fake_features.detach().cpu().double()
    if real.dim() != 2 or fake.dim() != 2 or real.shape[1] != fake.shape[1]:
        raise CourseError(
            f"precision_recall got shapes {tuple(real.shape)} and {tuple(fake.shape)}: give "
            "features (N, F) and (M, F) of one F."
        )
    if neighbours < 1:
        raise CourseError(f"precision_recall got neighbours={neighbours}: give 1 or more.")
    if min(len(real), len(fake)) <= neighbours:
        raise CourseError(
            f"precision_recall needs more than {neighbours} images on each side and got "
            f"{len(real)} and {len(fake)}: give it more."
        )
    if not (real.isfinite().all() and fake.isfinite().all()):
        return PrecisionRecall(math.nan, math.nan)
    # Near the origin, less is lost to rounding.
    centre = real.mean(0)
    real, fake = real - centre, fake - centre
    return PrecisionRecall(_inside(fake, real, neighbours), _inside(real, fake, neighbours))


def nearest_training_images(images: Tensor, training: Tensor | Images, shift: int = 0) -> Nearest:
    """Return, for each of the images, the training image with the smallest distance in pixels.

    It is searched by matrix products, on the device of ``images``; the distance to it is then taken
    exactly. 5,000 images among 60,000 need some seconds on one core and about 200 MB. An image with
    a nan has no nearest one: its distance is nan, its index -1, and its nearest image all nan.

    Args:
        images: in [0, 1], (N, 1, 28, 28) or (N, 784).
        training: images in [0, 1] too, or what ``helpers.data.load`` returned.
        shift: look also for the images moved by up to so many pixels to each side, (2 shift + 1)²
            times as long: a copy that is moved by a pixel is far from its original in pixels.

    Raises:
        CourseError: images of another shape, far outside [0, 1], or a nan in the training images;
            a ``shift`` outside 0 to 27.
    """
    if not 0 <= shift < 28:
        raise CourseError(f"nearest_training_images got shift={shift}: give 0 to 27.")
    images = as_images(images)
    if not isinstance(training, Images):
        training = as_images(training)
        if training.isnan().any():
            raise CourseError("nearest_training_images got training images with a nan.")
    found = [_nearest(part, training, shift) for part in images.split(SAMPLES)]
    distances, indices = (torch.cat(parts) for parts in zip(*found, strict=True))
    nearest = _some(training, indices.clamp(min=0)).to(images.device)
    nearest[indices < 0] = math.nan
    return Nearest(distances, indices, nearest)


def memorisation(
    samples: Tensor, training: Tensor | Images, test: Tensor, shift: int = 0
) -> Memorisation:
    """Return how much nearer the samples are to the training images than new real images are.

    Both numbers are nan when a pixel of a sample is nan.

    Args:
        samples: in [0, 1], (N, 1, 28, 28) or (N, 784).
        training: what the generator was trained on.
        test: real images that it was not trained on.
        shift: as in ``nearest_training_images``.

    Raises:
        CourseError: as ``nearest_training_images``; or test images that are training images.
    """
    usual = usual_distances(test, training, shift)
    return compare(nearest_training_images(samples, training, shift).distances, usual)


def usual_distances(test: Tensor, training: Tensor | Images, shift: int = 0) -> Tensor:
    """Return the distances (N,) of real test images to their nearest training images.

    Raises:
        CourseError: as ``memorisation``.
    """
    usual = nearest_training_images(test, training, shift).distances
    if usual.isnan().any():
        raise CourseError("memorisation got test images with a nan.")
    if usual.quantile(COPY_QUANTILE) == 0:
        raise CourseError(
            "memorisation got test images that are among the training images: give others."
        )
    return usual


def compare(found: Tensor, usual: Tensor) -> Memorisation:
    """``memorisation`` from the distances of samples and of test images."""
    if found.isnan().any():
        return Memorisation(math.nan, math.nan)
    ratio = found.median() / usual.median()
    copies = (found < usual.quantile(COPY_QUANTILE)).double().mean()
    return Memorisation(ratio.item(), copies.item())


def _inside(points: Tensor, centres: Tensor, neighbours: int) -> float:
    """The share of the points that are in a ball around one of the centres."""
    # The nearest to a centre is the centre itself.
    radii = torch.cat(
        [
            _squared_distances(part, centres).topk(neighbours + 1, largest=False).values[:, -1]
            for part in centres.split(1_000)
        ]
    )
    # The same image in another batch has features that differ by rounding.
    radii = radii + 1e-9 * centres.square().sum(1).mean()
    inside = [(_squared_distances(part, centres) <= radii).any(1) for part in points.split(1_000)]
    return torch.cat(inside).double().mean().item()


def _squared_distances(a: Tensor, b: Tensor) -> Tensor:
    """|a - b|² for each pair: (N, F) and (M, F) to (N, M)."""
    squares = a.square().sum(1, keepdim=True) + b.square().sum(1)
    return squares.addmm_(a, b.T, alpha=-2)


def _nearest(images: Tensor, training: Tensor | Images, shift: int) -> tuple[Tensor, Tensor]:
    """Distances and indices for one part of the images."""
    distances = torch.full((len(images),), math.inf, device=images.device)
    indices = torch.full((len(images),), -1, device=images.device)
    for moved in _moved(images, shift):
        found = _search(moved.flatten(1), training)
        nearest = _some(training, found).to(images.device)
        exact = (moved - nearest).flatten(1).norm(dim=1)
        nearer = exact < distances
        distances = torch.where(nearer, exact, distances)
        indices = torch.where(nearer, found, indices)
    distances[indices < 0] = math.nan
    return distances, indices


def _moved(images: Tensor, shift: int):
    """The images, moved by each way of up to ``shift`` pixels."""
    wide = F.pad(images, (shift,) * 4)
    for top in range(2 * shift + 1):
        for left in range(2 * shift + 1):
            yield wide[:, :, top : top + 28, left : left + 28]


def _search(images: Tensor, training: Tensor | Images) -> Tensor:
    """The index of the nearest training image for each of the images (N, 784)."""
    least = torch.full((len(images),), math.inf, device=images.device)
    indices = torch.zeros(len(images), dtype=torch.int64, device=images.device)
    for start in range(0, len(training), TRAINING):
        part = _some(training, slice(start, start + TRAINING)).to(images.device).flatten(1)
        # |x - t|² without |x|², which is the same for every t.
        value, place = torch.addmm(part.square().sum(1), images, part.T, alpha=-2).min(1)
        indices = torch.where(value < least, place + start, indices)
        least = torch.minimum(value, least)
    return indices


def _some(training: Tensor | Images, index: slice | Tensor) -> Tensor:
    """The training images at ``index``, float32 (n, 1, 28, 28)."""
    if isinstance(training, Images):
        index = index.to(training.pixels.device) if isinstance(index, Tensor) else index
        return training.scaled(index)
    return training[index.to(training.device) if isinstance(index, Tensor) else index]
