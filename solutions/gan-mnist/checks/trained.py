"""The trained models that are handed in, and the bars that they have to reach.

The bars were set from the runs in docs/gallery/runs.json, and a test computes what share of
further runs can be trusted to meet them; the notebook's text and cells name the same numbers,
which another test checks.
"""

from autograder.judging.trained.model import Trained
from autograder.judging.trained.pictures import Pictures
from helpers.quality.trained import BALANCE, CLASSES, FRECHET

NOISE_DIM = 96


def _model(name, file, **bars):
    pictures = Pictures(NOISE_DIM, uniform=True)
    needed = {FRECHET: bars["frechet"], CLASSES: bars["classes"], BALANCE: bars["balance"]}
    return Trained(f"gan-mnist.{name}", file, 2, pictures, (NOISE_DIM,), needed)


MODELS = (
    _model("vanilla_trained", "vanilla", frechet=120, classes=8, balance=0.75),
    _model("least_squares_trained", "least-squares", frechet=120, classes=8, balance=0.75),
    _model("convolutional_trained", "convolutional", frechet=25, classes=9, balance=0.85),
)
