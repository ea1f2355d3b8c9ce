"""What a student is told of the networks of diffusion-mnist before they are handed in."""

import pytest
import torch
from torch import nn

from helpers import submit
from helpers.errors import CourseError
from helpers.quality import handed_in, trained

BARS = {"Fréchet distance": 1e9, "distinct classes": 11}


class Network(nn.Module):
    """Its answer is a number; it remembers what it was asked."""

    asked: list = []

    def __init__(self):
        super().__init__()
        self.value = nn.Parameter(torch.tensor(0.5))

    def forward(self, x, *others):
        assert not self.training and not torch.is_grad_enabled()
        self.asked.append(others)
        return self.value + 0 * x


@pytest.fixture(autouse=True)
def saved(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_BUDGET", "full")
    monkeypatch.setattr(trained, "SAMPLED", 20)
    monkeypatch.setattr(Network, "asked", [])
    submit.save_model("small", Network())


def step(x, eps, t, s, alpha_bars, eta=0.0, noise=None):
    assert eps.unique().item() == 0.5 and eta == 1 and noise.shape == x.shape
    return x


def test_a_denoiser_is_asked_so_often_with_every_class(capsys):
    handed_in.denoiser("small", Network, BARS, torch.linspace(0.9, 0.1, 100), step)
    assert len(Network.asked) == trained.CALLS
    times, labels = Network.asked[0]
    assert times.tolist() == [99] * 20 and labels.bincount().tolist() == [2] * 10
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("✓ Fréchet distance") and second.startswith("✗ distinct classes")


def test_a_velocity_network_is_walked_along(capsys):
    def walk(model, x, steps):
        assert steps == trained.CALLS
        return x + model(x, torch.zeros(len(x)))

    handed_in.velocity("small", Network, BARS, walk)
    ((_, labels),) = Network.asked
    assert labels.bincount().tolist() == [2] * 10
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_without_a_file_it_says_what_to_do():
    with pytest.raises(CourseError, match="run the cell that saves"):
        handed_in.velocity("other", Network, BARS, None)


def test_a_quick_budget_measures_nothing(monkeypatch, capsys):
    monkeypatch.setenv("COURSE_BUDGET", "quick")
    handed_in.velocity("other", Network, BARS, None)
    assert not capsys.readouterr().out
