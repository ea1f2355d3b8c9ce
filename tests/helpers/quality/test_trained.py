"""The measures of trained models, on numbers that can be worked out."""

import math
from types import SimpleNamespace

import pytest
import torch

from helpers.quality import trained


def test_energies_are_compared_with_noise_and_clothes():
    digits, noise = torch.tensor([0.0, 1.0, 2.0, 3.0]), torch.tensor([2.5, 4.0])
    clothes = torch.tensor([-1.0, 10.0])
    found = trained.of_energies(digits, noise, clothes)
    # Of pairs, the share in which the digit has the lower energy.
    assert found == {
        "AUROC against noise": 7 / 8,
        "AUROC against Fashion-MNIST": 0.5,
        "energy gap to noise": 1.75,
    }


def test_the_bound_is_the_divergence_and_the_reconstruction():
    mu, log_var = torch.tensor([[0.0, 2.0], [1.0, 0.0]]), torch.tensor([[0.0, 0.0], [0.0, 1.0]])
    expected = torch.tensor([2.0, 0.5 + (math.e - 2) / 2])
    torch.testing.assert_close(trained.divergence(mu, log_var), expected)
    x = torch.tensor([[1.0, 0.0, 0.5], [1.0, 1.0, 1.0]])
    decoded = torch.full((2, 3), 0.5)
    (nats,) = trained.of_codes(x, mu, log_var, decoded).values()
    assert nats == pytest.approx(3 * math.log(2) + expected.double().mean().item(), rel=1e-6)


@pytest.fixture
def classified(monkeypatch):
    """A classifier whose features are the pixels, and whose class is the largest of ten."""
    asked = []
    classifier = SimpleNamespace(head=lambda found: found)
    monkeypatch.setattr(trained, "load_classifier", lambda data: asked.append(data) or classifier)
    monkeypatch.setattr(trained, "features", lambda one, images: images)
    monkeypatch.setattr(trained, "real_statistics", lambda data: f"of {data}")
    monkeypatch.setattr(trained, "frechet_distance", lambda real, found: (real, len(found)))
    return asked


def test_pictures_are_measured_by_their_classes(classified):
    images = torch.eye(10)[[0] * 50 + [1] * 50]
    assert trained.of_pictures(images) == {
        "Fréchet distance": ("of mnist", 100),
        "distinct classes": 2,
        "balance": pytest.approx(math.log(2) / math.log(10)),
    }
    ordered = torch.tensor([0] * 50 + [1] * 20 + [2] * 30)
    found = trained.of_pictures(images, "fashion-mnist", ordered)
    assert found["share as ordered"] == pytest.approx(0.7)
    assert found["Fréchet distance"] == ("of fashion-mnist", 100)
    assert classified == ["mnist", "fashion-mnist"]


@pytest.mark.parametrize(
    "name, value, bar, met",
    [
        *(("Fréchet distance", 5.0, 5, True), ("Fréchet distance", 5.1, 5, False)),
        *(("nats for a test image", 99.0, 100, True), ("balance", 0.5, 0.5, True)),
        *(("balance", 0.4, 0.5, False), ("balance", math.nan, 0.5, False)),
        ("Fréchet distance", math.nan, 5, False),
    ],
)
def test_a_bar_is_met_or_not(name, value, bar, met):
    assert trained.is_met(name, value, bar) is met


def test_a_measure_is_said_beside_its_bar():
    said = trained.sentence("Fréchet distance", 68.9321, 110.0)
    assert said == "Fréchet distance 68.93, at most 110"
    assert trained.sentence("balance", 0.5, 0.25) == "balance 0.5, at least 0.25"
