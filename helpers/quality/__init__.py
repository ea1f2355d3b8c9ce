"""How good generated images are: measures on the features of a small classifier, and in pixels.

``load_classifier("mnist")`` knows digits, ``load_classifier("fashion-mnist")`` clothes.
docs/quality.md explains what each measure says and what it does not.
"""

from helpers.quality.classifier import Classifier, load_classifier
from helpers.quality.images import features
from helpers.quality.measures import balance, class_shares, coverage, frechet_distance
from helpers.quality.neighbours import (
    Memorisation,
    Nearest,
    PrecisionRecall,
    memorisation,
    nearest_training_images,
    precision_recall,
)
from helpers.quality.statistics import Statistics, real_statistics
from helpers.quality.table import Quality, QualityTable, report

__all__ = [
    "Classifier",
    "Memorisation",
    "Nearest",
    "PrecisionRecall",
    "Quality",
    "QualityTable",
    "Statistics",
    "balance",
    "class_shares",
    "coverage",
    "features",
    "frechet_distance",
    "load_classifier",
    "memorisation",
    "nearest_training_images",
    "precision_recall",
    "real_statistics",
    "report",
]
