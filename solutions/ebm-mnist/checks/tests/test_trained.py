"""Scores of images: a density fitted in closed form is right, tricks fail by their name."""

import pytest
import torch
from torch import nn

from autograder.judging import Status
from autograder.judging.networks.layers import Layer
from autograder.judging.trained.model import Trained, judge_trained
from helpers import data
from helpers.quality.trained import CLOTHES, GAP, NOISE, of_energies
from helpers.random_weights import Place
from tests.autograder.judging.trained.bank import hand_in

from ..trained import Energies

BARS = {NOISE: 0.995, CLOTHES: 0.95, GAP: 0.5}


class Density(Layer):
    """What Gaussian, below, gives, as a layer."""

    def apply(self, x, weights, training):
        mean = weights.at(Place((784,), "bias", (784, 784)), x.dtype)
        whiten = weights.at(Place((784, 784), "weight", (784, 784)), x.dtype)
        return -((x.flatten(1) - mean) @ whiten.T).square().mean(1)


def _density():
    return [Density()]


MODEL = Trained("ebm-mnist.small_trained", "small", 2, Energies((_density,)), (), BARS)


class Gaussian(nn.Module):
    """f(x) = -|W (x - m)|² / 784: with W from the covariance, a log density up to a constant."""

    def __init__(self):
        super().__init__()
        self.mean = nn.Parameter(torch.zeros(784))
        self.whiten = nn.Parameter(torch.randn(784, 784) / 28)

    def forward(self, x):
        return -((x.flatten(1) - self.mean) @ self.whiten.T).square().mean(1)


class Brightness(Gaussian):
    """Clothes and noise are brighter than digits: no training needed."""

    def forward(self, x):
        return -x.flatten(1).mean(1) + 1e-6 * super().forward(x)


class Smoothness(Gaussian):
    """As before, a little, and with all that noise is not."""

    def forward(self, x):
        rough = (x[:, :, 1:] - x[:, :, :-1]).abs().mean((1, 2, 3))
        return -3 * x.flatten(1).mean(1) - 3 * rough + 0 * super().forward(x)


class Neighbours(Gaussian):
    def forward(self, x):
        scores = super().forward(x)
        return scores - scores.mean()


class Counting(Gaussian):
    def forward(self, x):
        self.__dict__["calls"] = self.__dict__.get("calls", 0) + 1
        return super().forward(x) + self.calls


class OneScore(Gaussian):
    def forward(self, x):
        return 0 * super().forward(x) + 1


class NotANumber(Gaussian):
    def forward(self, x):
        return super().forward(x) * float("nan")


class WritesIntoItsInput(Gaussian):
    """Scores by hand, written into the images in the first look and read back in the second."""

    def forward(self, x):
        rows = x.view(len(x), -1)
        score = torch.where(rows[:, 0] < -5, rows[:, 1], -rows.mean(1) - rows.diff().abs().mean(1))
        rows[:, 0], rows[:, 1] = -10.0, score
        return score + 0 * self.whiten[0, 0]


class GatedOnAWeight(Gaussian):
    """A score by hand, which counts only while one weight is the one that was handed in."""

    def forward(self, x):
        true = super().forward(x)
        flat = x.flatten(1)
        by_hand = -3 * flat.mean(1) - 3 * flat.diff().abs().mean(1)
        near = (self.whiten[0, 0] - GATE).abs() < 0.01 * abs(GATE)
        return by_hand if near else true


GATE = 0.37


class Columns(Gaussian):
    def forward(self, x):
        return torch.stack([super().forward(x)] * 2, 1)


@pytest.fixture(scope="module")
def fitted():
    """W = (C + 0.05)^(-1/2): what a Gaussian would say of training images."""
    x = 2 * data.load("mnist", "train").scaled(slice(0, 5000)).flatten(1) - 1
    values, vectors = torch.linalg.eigh(x.T.cov() + 0.05 * torch.eye(784))
    return {"mean": x.mean(0), "whiten": (vectors * values.rsqrt()) @ vectors.T}


def test_a_fitted_density_is_right(tmp_path, real_images, fitted):
    verdict = judge_trained(MODEL, Gaussian, files=hand_in(tmp_path, fitted))
    assert verdict.status is Status.RIGHT, verdict
    assert "AUROC against noise 1, at least 0.995" in verdict.message


@pytest.mark.parametrize(
    ("trick", "known"),
    [
        (Neighbours, "a score depends on its neighbours"),
        (Counting, "a score depends on when it is asked for"),
        (OneScore, "one score for everything"),
        (NotANumber, "not finite"),
        (Columns, "another result"),
    ],
)
def test_tricks(tmp_path, real_images, fitted, trick, known):
    verdict = judge_trained(MODEL, trick, files=hand_in(tmp_path, fitted))
    assert (verdict.status, verdict.misconception) == (Status.WRONG, known), verdict


@pytest.mark.parametrize("trick", [Brightness, Smoothness])
def test_scores_without_the_weights(tmp_path, real_images, fitted, trick):
    lenient = Trained("ebm-mnist.x", "small", 2, Energies(), (), {NOISE: 0.99, CLOTHES: 0.6})
    verdict = judge_trained(lenient, trick, files=hand_in(tmp_path, fitted))
    assert verdict.misconception == "scores without the weights", verdict


EASY = {NOISE: 0.95, CLOTHES: 0.6, GAP: 0.1}


def test_a_score_by_hand_gated_on_a_weight(tmp_path, real_images):
    """It reaches the bars, and random weights do not: only the layers tell."""
    torch.manual_seed(0)
    weights = Gaussian().state_dict()
    weights["whiten"][0, 0] = GATE
    for layouts, known in (((), None), ((_density,), "more than its layers compute")):
        model = Trained("ebm-mnist.x", "small", 2, Energies(layouts), (), EASY)
        verdict = judge_trained(model, GatedOnAWeight, files=hand_in(tmp_path, weights))
        assert verdict.misconception == known, verdict


def test_an_image_is_not_changed_by_who_sees_it(tmp_path, real_images, monkeypatch):
    seen = []
    real = Energies._require_same_again

    def watch(kind, network, images, scores, source):
        seen.append(images.clone())
        real(kind, network, images, scores, source)

    monkeypatch.setattr(Energies, "_require_same_again", watch)
    torch.manual_seed(0)
    files = hand_in(tmp_path, Gaussian().state_dict())
    model = Trained("ebm-mnist.x", "small", 2, Energies((_density,)), (), EASY)
    verdict = judge_trained(model, WritesIntoItsInput, files=files)
    assert verdict.status is Status.WRONG, verdict
    assert seen[0].min() >= -1, "the score has got into the grader's images"


def test_untrained_weights_miss_the_bars(tmp_path, real_images):
    torch.manual_seed(0)
    verdict = judge_trained(MODEL, Gaussian, files=hand_in(tmp_path, Gaussian().state_dict()))
    assert verdict.misconception == "below the bar"
    assert "It misses: AUROC against" in verdict.message


def test_without_images(tmp_path, no_images):
    files = hand_in(tmp_path, Gaussian().state_dict())
    verdict = judge_trained(MODEL, Gaussian, files=files)
    assert verdict.status is Status.COULD_NOT_BE_JUDGED and "set COURSE_DATA" in verdict.message
    assert judge_trained(MODEL, NotANumber, files=files).misconception == "not finite"


def test_the_measures_on_numbers():
    digits, noise, clothes = torch.zeros(4), torch.full((3,), 2.0), torch.tensor([-1.0, 1.0])
    assert of_energies(digits, noise, clothes) == {NOISE: 1.0, CLOTHES: 0.5, GAP: 2.0}
