"""The trained models that are handed in, and the bars that they have to reach.

The bars were set from the runs in docs/gallery/runs.json, and a test computes what share of
further runs can be trusted to meet them; the notebook's text and cells name the same numbers,
which another test checks.
"""

from functools import partial

from autograder.judging.trained.model import Trained
from autograder.judging.trained.pictures import Pictures
from helpers.quality.trained import BALANCE, CLASSES, FRECHET

from . import oracle_networks

NOISE_DIM = 96
_PLAIN = (partial(oracle_networks.generator_layers, NOISE_DIM),)
_DEEP = tuple(
    partial(oracle_networks.dc_generator_layers, NOISE_DIM, norm_first=first)
    for first in (False, True)
)


def _model(name, file, layouts, **bars):
    pictures = Pictures(NOISE_DIM, uniform=True, layouts=layouts)
    needed = {FRECHET: bars["frechet"], CLASSES: bars["classes"], BALANCE: bars["balance"]}
    return Trained(f"gan-mnist.{name}", file, 2, pictures, (NOISE_DIM,), needed)


MODELS = (
    _model("vanilla_trained", "vanilla", _PLAIN, frechet=120, classes=8, balance=0.75),
    _model("least_squares_trained", "least-squares", _PLAIN, frechet=120, classes=8, balance=0.75),
    _model("convolutional_trained", "convolutional", _DEEP, frechet=25, classes=9, balance=0.85),
)
