"""How good generated digits are: measures on the features of a small digit classifier."""

from helpers.quality.classifier import DigitClassifier, load_classifier
from helpers.quality.measures import (
    Quality,
    Report,
    balance,
    class_shares,
    coverage,
    features,
    frechet_distance,
    report,
)

__all__ = [
    "DigitClassifier",
    "Quality",
    "Report",
    "balance",
    "class_shares",
    "coverage",
    "features",
    "frechet_distance",
    "load_classifier",
    "report",
]
