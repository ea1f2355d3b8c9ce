"""Statistics of the real test images on a classifier's features, shipped with the kit.

With it the Fréchet distance to real images can be measured where there are none.
helpers/quality/make_statistics.py made the files.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from torch import Tensor

from helpers.errors import CourseError
from helpers.quality.classifier import weights_file

STATISTICS = Path(__file__).parent / "real"


@dataclass(frozen=True, eq=False)
class Statistics:
    """A set of images in a few numbers.

    Attributes:
        mean: of the features, float64 (F,).
        covariance: of the features, float64 (F, F).
        shares: of the images taken for each class, float64 (10,).
        images: which, for example ``10,000 test images of MNIST``.
    """

    mean: Tensor
    covariance: Tensor
    shares: Tensor
    images: str


def real_statistics(name: str = "mnist") -> Statistics:
    """Return the statistics of the 10,000 real test images on ``load_classifier(name)``.

    Args:
        name: ``mnist`` or ``fashion-mnist``.

    Raises:
        CourseError: there are none of this name, or their file is missing, damaged, or made with
            other weights of the classifier.
    """
    path = STATISTICS / f"{name}.safetensors"
    known = fingerprint(name)
    try:
        with safe_open(path, "pt") as file:
            about = file.metadata()
            tensors = [file.get_tensor(key) for key in ("mean", "covariance", "shares")]
            found = Statistics(*tensors, images=about["images"])
            same = about["classifier"] == known
    except (OSError, KeyError, TypeError, SafetensorError):
        raise CourseError(
            f"the statistics {path} are missing or damaged: install the kit again."
        ) from None
    if not same:
        raise CourseError(
            f"the statistics {path} belong to other weights of the classifier: run "
            f"`python -m helpers.quality.make_statistics {name}`."
        )
    return found


def fingerprint(name: str) -> str:
    """Return the SHA-256 of a classifier's weights: features of others cannot be compared."""
    path = weights_file(name)
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        raise CourseError(f"the classifier weights {path} cannot be read.") from None
