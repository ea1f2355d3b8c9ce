"""The trained models of each assignment, and the bars that they have to reach.

All bars stand in BARS. They were set from the runs in docs/gallery/runs.json, and a test shows
with which share of further runs they can be trusted to be met; the notebooks' texts and cells name
the same numbers, which another test holds in step.
"""

from autograder.judging.trained.codes import Codes
from autograder.judging.trained.energies import Energies
from autograder.judging.trained.model import Trained
from autograder.judging.trained.pictures import Pictures
from helpers.errors import CourseError
from helpers.quality.trained import (
    BALANCE,
    CLASSES,
    CLOTHES,
    FRECHET,
    GAP,
    NATS,
    NOISE,
    ORDERED,
)

BARS = {
    "gan.vanilla_trained": {FRECHET: 120, CLASSES: 8, BALANCE: 0.75},
    "gan.least_squares_trained": {FRECHET: 120, CLASSES: 8, BALANCE: 0.75},
    "gan.convolutional_trained": {FRECHET: 25, CLASSES: 9, BALANCE: 0.85},
    "ebm.digits_trained": {NOISE: 0.995, CLOTHES: 0.95, GAP: 0.5},
    "vae.codes_trained": {NATS: 155, FRECHET: 70},
    "fashion.nonsaturating_trained": {FRECHET: 110, CLASSES: 7, BALANCE: 0.55},
    "fashion.conditional_trained": {FRECHET: 80, ORDERED: 0.4},
    "fashion.wasserstein_trained": {FRECHET: 130, CLASSES: 6, BALANCE: 0.45},
}


def _model(id, file, kind, *arguments, points=2):
    return Trained(id, file, points, kind, arguments, BARS[id])


_DIGITS = Pictures(96, uniform=True)
_CLOTHES = Pictures(64, data="fashion-mnist")
_ORDERED = Pictures(64, classes=10, data="fashion-mnist")

MODELS = {
    "gan-mnist": (
        _model("gan.vanilla_trained", "vanilla", _DIGITS, 96),
        _model("gan.least_squares_trained", "least-squares", _DIGITS, 96),
        _model("gan.convolutional_trained", "convolutional", _DIGITS, 96),
    ),
    "ebm-mnist": (_model("ebm.digits_trained", "energy", Energies()),),
    "vae": (_model("vae.codes_trained", "vae", Codes()),),
    "gan-fashion": (
        _model("fashion.nonsaturating_trained", "non-saturating", _CLOTHES, 64),
        _model("fashion.conditional_trained", "conditional", _ORDERED, 64, 10),
        _model("fashion.wasserstein_trained", "wasserstein", _CLOTHES, 64),
    ),
}


def of_assignment(name):
    """The trained models of one assignment, in the order of its notebook; there may be none."""
    return MODELS.get(name, ())


def find(model_id):
    """The Trained with this id, such as "gan.vanilla_trained"."""
    for model in (model for models in MODELS.values() for model in models):
        if model.id == model_id:
            return model
    raise CourseError(f"There is no trained model '{model_id}'.")
