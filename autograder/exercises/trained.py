"""The trained models of each assignment, and the bars that they have to reach.

All bars stand in BARS, each with the runs that it was set from; the notebooks' texts and cells
name the same numbers, which a test holds in step.
"""

from autograder.judging.trained.codes import Codes
from autograder.judging.trained.energies import Energies
from autograder.judging.trained.model import Bar, Trained
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

PROVISIONAL = "provisional"

BARS = {
    "gan.vanilla_trained": {
        FRECHET: Bar(110, f"{PROVISIONAL}: 69 in one run of 10 epochs"),
        CLASSES: Bar(8, f"{PROVISIONAL}: all ten classes are there in each run seen"),
        BALANCE: Bar(0.75, PROVISIONAL),
    },
    "gan.least_squares_trained": {
        FRECHET: Bar(90, f"{PROVISIONAL}: 46 in one run of 10 epochs"),
        CLASSES: Bar(8, f"{PROVISIONAL}: all ten classes are there in each run seen"),
        BALANCE: Bar(0.75, PROVISIONAL),
    },
    "gan.convolutional_trained": {
        FRECHET: Bar(25, f"{PROVISIONAL}: 10.6 in one run of 3 epochs"),
        CLASSES: Bar(9, f"{PROVISIONAL}: all ten classes are there in each run seen"),
        BALANCE: Bar(0.85, PROVISIONAL),
    },
    "ebm.digits_trained": {
        NOISE: Bar(0.995, f"{PROVISIONAL}: 1.000 in one run"),
        CLOTHES: Bar(0.95, f"{PROVISIONAL}: 1.000 in one run"),
        GAP: Bar(0.5, f"{PROVISIONAL}: 4.3 in one run, 0.01 untrained"),
    },
    "vae.codes_trained": {
        NATS: Bar(155, f"{PROVISIONAL}: 142.8 in one run of 15 epochs"),
        FRECHET: Bar(120, PROVISIONAL),
    },
    "fashion.nonsaturating_trained": {
        FRECHET: Bar(120, PROVISIONAL),
        CLASSES: Bar(7, PROVISIONAL),
        BALANCE: Bar(0.7, PROVISIONAL),
    },
    "fashion.conditional_trained": {
        FRECHET: Bar(120, PROVISIONAL),
        ORDERED: Bar(0.5, PROVISIONAL),
    },
    "fashion.wasserstein_trained": {
        FRECHET: Bar(160, PROVISIONAL),
        CLASSES: Bar(6, PROVISIONAL),
        BALANCE: Bar(0.6, PROVISIONAL),
    },
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
