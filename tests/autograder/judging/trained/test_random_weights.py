"""Random weights may reach a bar that is not high: nobody is accused of what only looks like it."""

from dataclasses import replace

import pytest
import torch

from autograder.judging import Status
from autograder.judging.trained import draws, pictures
from autograder.judging.trained.model import judge_trained
from autograder.judging.trained.pictures import Pictures
from helpers.quality.trained import FRECHET
from tests.autograder.judging.trained import bank
from tests.autograder.judging.trained.bank import AROUND, OWN_WEIGHTS, RIGHT, hand_in
from tests.autograder.judging.trained.make_small import SIZE, small_generator
from tests.autograder.judging.trained.test_pictures import network_of

# Any pictures reach it. The bar of a game that learns little in an epoch was reached by random
# weights in two of eight draws (gan-fashion.wasserstein_trained, one model).
LOOSE = replace(bank.MODEL, needed={FRECHET: 1e4})
KITS = Pictures(SIZE, kits=lambda size, classes: small_generator())
# It draws well with weights of its own; those that were loaded choose which noise it takes, and
# move the picture a little.
ANOTHER_NOISE = OWN_WEIGHTS.replace(
    "{what}", "z = z.roll(int(8 * self.state_dict()['0.weight'][:4].double().sum()), 1)"
).replace(".tanh()\n", ".tanh() * 0.98 + super().forward(z) * 0.02\n")


def judged(source, tmp_path, model=LOOSE, weights=bank.trained):
    return judge_trained(model, network_of(source), files=hand_in(tmp_path, weights()))


@pytest.fixture(autouse=True)
def images(real_images):
    """Copies are looked for among real ones."""


@pytest.mark.parametrize("kind", [Pictures(SIZE), KITS], ids=["the student's", "the kit's"])
def test_an_honest_network_is_right_for_any_draw(tmp_path, monkeypatch, kind):
    for seed in range(5):
        source = torch.Generator().manual_seed(seed)
        monkeypatch.setattr(draws, "generator", lambda _, source=source: source)
        verdict = judged(RIGHT, tmp_path, replace(LOOSE, kind=kind))
        assert verdict.status is Status.RIGHT, verdict.message


def test_what_is_as_good_with_random_weights_does_not_come_from_them(tmp_path, monkeypatch):
    assert judged(ANOTHER_NOISE, tmp_path).misconception == "pictures without the weights"
    monkeypatch.setattr(pictures, "AS_GOOD", 0.5)
    assert judged(ANOTHER_NOISE, tmp_path).status is Status.RIGHT


def test_what_the_kits_class_does_not_draw_is_refused(tmp_path):
    model = replace(LOOSE, kind=KITS)
    assert judged(AROUND.format(forward="x"), tmp_path, model).status is Status.RIGHT
    verdict = judged(AROUND.format(forward="x * 0.9"), tmp_path, model)
    assert verdict.misconception == "more than its layers compute"
    # Other layers of torch's, with their own weights, are no trick.
    assert judged(RIGHT.replace("ReLU", "ELU"), tmp_path, model).status is Status.RIGHT
    verdict = judged(RIGHT.replace("ReLU", "Softsign"), tmp_path, model)
    assert verdict.misconception == "more than its layers compute"
