"""The measures by which a trained model is graded, the same for student and grader.

Each function gives numbers by name; ``AT_MOST`` says which of them should be small.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.quality.classifier import load_classifier
from helpers.quality.images import features
from helpers.quality.measures import balance, coverage, frechet_distance
from helpers.quality.statistics import real_statistics

FRECHET, CLASSES, BALANCE, ORDERED = (
    "Fréchet distance",
    "distinct classes",
    "balance",
    "share as ordered",
)
NOISE, CLOTHES, GAP = "AUROC against noise", "AUROC against Fashion-MNIST", "energy gap to noise"
NATS = "nats for a test image"
# All others should be large.
AT_MOST = (FRECHET, NATS)

PICTURES = 2_000  # drawn from a generator
IMAGES = 2_000  # of each kind, for energies
CODED = 2_000  # test images, for the bound
# Drawn by a sampler, which calls its network so often for each picture.
SAMPLED, CALLS = 500, 10


def of_pictures(images: Tensor, data: str = "mnist", ordered: Tensor | None = None) -> dict:
    """Measure what a generator has drawn.

    Args:
        images: (N, 1, 28, 28) or (N, 784) in [0, 1], N at least 2; best ``PICTURES`` of them.
        data: what they should look like, ``mnist`` or ``fashion-mnist``.
        ordered: the class that each image should show, int64 (N,).

    Returns:
        ``FRECHET`` to the 10,000 test images, ``CLASSES`` with at least 1% of the images,
        ``BALANCE`` of the classes, and with ``ordered`` the share of images that the classifier
        takes for what was ordered.

    Raises:
        CourseError: another shape, pixels far outside [0, 1], or no classifier for ``data``.
    """
    classifier = load_classifier(data)
    found = features(classifier, images)
    with torch.no_grad():
        classes = classifier.head(found).argmax(1)
    shares = torch.bincount(classes, minlength=10).double() / len(found)
    measured = {
        FRECHET: frechet_distance(real_statistics(data), found),
        CLASSES: coverage(shares),
        BALANCE: balance(shares),
    }
    if ordered is not None:
        measured[ORDERED] = (classes == ordered).double().mean().item()
    return measured


def of_energies(digits: Tensor, noise: Tensor, clothes: Tensor) -> dict:
    """Measure a score f = -E by the energies that it gives to images of three kinds.

    Args:
        digits, noise, clothes: energies (N,), (M,), (K,) of MNIST test images, of uniform noise
            and of Fashion-MNIST test images.

    Returns:
        The areas under the ROC curves, and how much higher the mean energy of noise is.
    """
    gap = noise.double().mean() - digits.double().mean()
    return {NOISE: _area(digits, noise), CLOTHES: _area(digits, clothes), GAP: gap.item()}


def divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    """Return KL(N(mu, diag exp log_var) || N(0, I)) for each row, (N, d) to (N,), in nats."""
    return (log_var.exp() + mu**2 - 1 - log_var).sum(1) / 2


def of_codes(x: Tensor, mu: Tensor, log_var: Tensor, decoded: Tensor) -> dict:
    """Measure an auto-encoder by the negative evidence lower bound, in nats for an image.

    Kingma and Welling, "Auto-encoding variational Bayes", 2014, equation 10: the divergence in
    closed form, the reconstruction for one code of each image.

    Args:
        x: images (N, 784) in [0, 1].
        mu, log_var: (N, d), from the encoder.
        decoded: (N, 784), what the decoder makes of a code drawn from N(mu, diag exp log_var).
    """
    reconstruction = F.binary_cross_entropy(decoded.double(), x.double(), reduction="none").sum(1)
    nats = reconstruction + divergence(mu.double(), log_var.double())
    return {NATS: nats.mean().item()}


def is_met(name: str, value: float, bar: float) -> bool:
    """Return whether a measured value meets its bar; nan never does."""
    return value <= bar if name in AT_MOST else value >= bar


def sentence(name: str, value: float, bar: float) -> str:
    """Return one line such as "Fréchet distance 68.9, at most 110"."""
    return f"{name} {value:.4g}, {'at most' if name in AT_MOST else 'at least'} {bar:g}"


def _area(low, high):
    labels = torch.cat([torch.zeros(len(low)), torch.ones(len(high))])
    # Imported here: scikit-learn takes a second to load.
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(labels.numpy(), torch.cat([low, high]).double().numpy()))
