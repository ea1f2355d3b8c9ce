"""No untrained, collapsed or copying generator passes where the bars are the notebooks' own."""

import functools

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from autograder.judging import Status
from autograder.judging.trained.model import judge_trained
from autograder.judging.trained.pictures import Pictures
from benchmarks.graded_runs import MODELS
from benchmarks.notebooks import session
from helpers import data
from helpers.networks import Generator
from helpers.quality import trained as measures
from tests import own_course

GENERATORS = [
    pytest.param(own_course.find(model_id), assignment, name, id=model_id)
    for model_id, assignment, name in MODELS.values()
    if isinstance(own_course.find(model_id).kind, Pictures)
]
COPIED = 500


class LookUp(nn.Module):
    """Real training images, one for each region of the noise; of the ordered class, if any."""

    def __init__(self, size, classes=0):
        super().__init__()
        self.images = nn.Parameter(torch.zeros(COPIED, 784))
        self.places = nn.Parameter(torch.zeros(size, COPIED // max(1, classes)))
        self.classes = max(1, classes)

    def forward(self, z, y=None):
        place = (z @ self.places).argmax(1) * self.classes
        return self.images[place if y is None else place + y].clamp(-1, 1)


def copies_of(model):
    """Weights for LookUp; image number n shows class n modulo 10."""
    real = data.load(model.kind.data, "train")
    rows = torch.stack([(real.labels == c).nonzero()[: COPIED // 10, 0] for c in range(10)], 1)
    images = real.scaled(rows.flatten()).flatten(1)
    size, classes = model.kind.size, max(1, model.kind.classes)
    return {"images": 2 * images - 1, "places": torch.randn(size, COPIED // classes)}


def judged(model, build, weights, folder):
    path = folder / f"{model.file}.safetensors"
    save_file({name: each.detach().contiguous() for name, each in weights.items()}, path)
    return judge_trained(model, build, files={f"models/{path.name}": path})


@pytest.fixture
def build(assignment, name, monkeypatch):
    """The student's function or class as the solution writes it."""
    monkeypatch.setenv("COURSE_BUDGET", "graded")
    return names_of(assignment)[name] if name else Generator


@functools.cache
def names_of(assignment):
    """The notebook's names; loading its data and defining them takes seconds."""
    return session(assignment, budget="graded")


@pytest.mark.slow
@pytest.mark.parametrize(("model", "assignment", "name"), GENERATORS)
def test_untrained_and_collapsed_ones_fail_by_name(model, build, tmp_path, monkeypatch):
    torch.manual_seed(0)
    weights = build(*model.arguments).state_dict()
    verdict = judged(model, build, weights, tmp_path)
    assert verdict.status is Status.WRONG
    # Some untrained ones draw nearly the same picture for all noise, and are told so.
    assert verdict.misconception in ("untrained", "one picture for all noise")
    silent = {name: 0 * each if name.endswith("weight") else each for name, each in weights.items()}
    monkeypatch.setattr(measures, "PICTURES", 200)  # that they are all the same is seen of few
    collapsed = judged(model, build, silent, tmp_path)
    assert (collapsed.status, collapsed.misconception) == (
        Status.WRONG,
        "one picture for all noise",
    )


@pytest.mark.slow
@pytest.mark.parametrize(("model", "assignment", "name"), GENERATORS)
def test_copies_meet_the_bars_and_fail_all_the_same(model, assignment, name, tmp_path, real_images):
    torch.manual_seed(0)
    arguments = model.kind.size, model.kind.classes
    verdict = judged(model, lambda *_: LookUp(*arguments), copies_of(model), tmp_path)
    assert (verdict.status, verdict.misconception) == (Status.WRONG, "copies of real images")
