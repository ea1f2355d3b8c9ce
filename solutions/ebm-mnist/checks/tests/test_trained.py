"""Scores of images: a density fitted in closed form is right, tricks fail by their name."""

import pytest
import torch
from torch import nn

from autograder.judging import Status
from autograder.judging.trained.model import Trained, judge_trained
from helpers import data
from helpers.quality.trained import CLOTHES, GAP, NOISE, of_energies
from tests.autograder.judging.trained.bank import hand_in

from ..trained import Energies

BARS = {NOISE: 0.995, CLOTHES: 0.95, GAP: 0.5}
MODEL = Trained("ebm-mnist.small_trained", "small", 2, Energies(), (), BARS)


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
