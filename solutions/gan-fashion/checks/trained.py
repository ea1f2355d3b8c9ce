"""The trained models that are handed in, and the bars that they have to reach.

The bars were set from the runs in docs/gallery/runs.json, and a test computes what share of
further runs can be trusted to meet them; the notebook's text and cells name the same numbers,
which another test checks.
"""

from autograder.judging.trained.model import Trained
from autograder.judging.trained.pictures import Pictures
from helpers.networks import Generator
from helpers.quality.trained import BALANCE, CLASSES, FRECHET, ORDERED

_CLOTHES = Pictures(64, data="fashion-mnist", kits=Generator)
_ORDERED = Pictures(64, classes=10, data="fashion-mnist", kits=Generator)


def _model(name, file, kind, arguments, needed):
    return Trained(f"gan-fashion.{name}", file, 2, kind, arguments, needed)


MODELS = (
    _model(
        "nonsaturating_trained",
        "non-saturating",
        _CLOTHES,
        (64,),
        {FRECHET: 110, CLASSES: 7, BALANCE: 0.55},
    ),
    _model("conditional_trained", "conditional", _ORDERED, (64, 10), {FRECHET: 80, ORDERED: 0.4}),
    _model(
        "wasserstein_trained",
        "wasserstein",
        _CLOTHES,
        (64,),
        {FRECHET: 130, CLASSES: 6, BALANCE: 0.45},
    ),
)
