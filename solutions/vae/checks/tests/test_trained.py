"""Encoder and decoder: the bound is the bound, and nothing but the weights makes it."""

import pytest
import torch
import torch.nn.functional as F
from torch import distributions, nn

from autograder.judging import Status
from autograder.judging.trained.model import Trained, judge_trained
from helpers import data
from helpers.quality.trained import FRECHET, NATS, divergence, of_codes
from tests.autograder.judging.trained.bank import hand_in

from ..trained import Codes

# What 150 steps reach; a model that knows nothing needs 543 nats.
BARS = {NATS: 215, FRECHET: 2000}
MODEL = Trained("vae.small_trained", "small", 2, Codes(), (), BARS)


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        sizes = {"fc1": (784, 512), "fc2": (512, 256), "fc31": (256, 2), "fc32": (256, 2)}
        sizes |= {"fc4": (2, 256), "fc5": (256, 512), "fc6": (512, 784)}
        for name, size in sizes.items():
            setattr(self, name, nn.Linear(*size))

    def encoder(self, x):
        h = F.relu(self.fc2(F.relu(self.fc1(x))))
        return self.fc31(h), self.fc32(h)

    def decoder(self, z):
        return torch.sigmoid(self.fc6(F.relu(self.fc5(F.relu(self.fc4(z))))))


class Sequential(nn.Module):
    """The same layers under other names, in the order of the table."""

    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU())
        self.mean, self.spread = nn.Linear(256, 2), nn.Linear(256, 2)
        self.up = nn.Sequential(
            nn.Linear(2, 256), nn.ReLU(), nn.Linear(256, 512), nn.ReLU(), nn.Linear(512, 784)
        )

    def encoder(self, x):
        h = self.down(x)
        return self.mean(h), self.spread(h)

    def decoder(self, z):
        return torch.sigmoid(self.up(z))


class Smuggler(VAE):
    """The encoder writes down what it has seen; the decoder looks the nearest code up."""

    def encoder(self, x):
        seen = self.__dict__.setdefault("seen", [])
        place = torch.arange(len(seen), len(seen) + len(x))
        seen.extend(x)
        # Apart by far more than their spread, on a grid.
        mu = torch.stack([place % 60, place // 60], 1) / 20.0 - 1.5
        return mu, torch.full_like(mu, -10.0)

    def decoder(self, z):
        if "seen" not in self.__dict__:
            return super().decoder(z)
        place = ((z + 1.5) * 20).round().long()
        index = (place[:, 0] + 60 * place[:, 1]).clamp(0, len(self.seen) - 1)
        return torch.stack(self.seen)[index]


class MoreNumbers(VAE):
    """Two numbers are all that fits through."""

    def encoder(self, x):
        return x[:, 300:310], 0 * x[:, 300:310] - 9


class OneResult(VAE):
    def encoder(self, x):
        return super().encoder(x)[0]


class Sure(VAE):
    """A spread of nothing makes any code cheap to hit, and the divergence says so."""

    def encoder(self, x):
        mu, log_var = super().encoder(x)
        return mu, log_var - 20


class OutOfRange(VAE):
    def decoder(self, z):
        return 3 * super().decoder(z)


@pytest.fixture(scope="module")
def weights():
    """After 150 steps."""
    images = data.load("mnist", "train")
    torch.manual_seed(0)
    model, order = VAE(), torch.Generator().manual_seed(0)
    solver = torch.optim.Adam(model.parameters(), lr=1e-3)
    batches = data.batches(images, 128, generator=order)
    for (x, _), _ in zip(batches, range(150), strict=False):
        x = x.flatten(1)
        mu, log_var = model.encoder(x)
        drawn = model.decoder(mu + (log_var / 2).exp() * torch.randn_like(mu))
        loss = F.binary_cross_entropy(drawn, x, reduction="sum") + divergence(mu, log_var).sum()
        solver.zero_grad()
        (loss / len(x)).backward()
        solver.step()
    return model.state_dict()


@pytest.mark.slow
@pytest.mark.parametrize("model", [VAE, Sequential])
def test_a_trained_one_is_right(tmp_path, real_images, weights, model):
    tensors = dict(zip(model().state_dict(), weights.values(), strict=True))
    verdict = judge_trained(MODEL, model, files=hand_in(tmp_path, tensors))
    assert verdict.status is Status.RIGHT, verdict
    assert "nats for a test image" in verdict.message


@pytest.mark.slow
@pytest.mark.parametrize(
    ("trick", "known"),
    [
        (Smuggler, "more than its layers compute"),
        (Sure, "more than its layers compute"),
        (MoreNumbers, "another result"),
        (OneResult, "another result"),
        (OutOfRange, "pixels out of range"),
    ],
)
def test_tricks(tmp_path, real_images, weights, trick, known):
    verdict = judge_trained(MODEL, trick, files=hand_in(tmp_path, weights))
    assert (verdict.status, verdict.misconception) == (Status.WRONG, known), verdict


def test_the_smuggler_would_have_won(real_images):
    """Its trick works: without the comparison it would need fewer nats than any honest model."""
    x = data.load("mnist", "test").scaled(slice(0, 1000)).flatten(1)
    model = Smuggler()
    mu, log_var = model.encoder(x)
    drawn = model.decoder(mu + (log_var / 2).exp() * torch.randn_like(mu))
    assert of_codes(x, mu, log_var, drawn)[NATS] < 110


def test_untrained_weights_miss_the_bars(tmp_path, real_images):
    torch.manual_seed(0)
    verdict = judge_trained(MODEL, VAE, files=hand_in(tmp_path, VAE().state_dict()))
    assert verdict.misconception == "below the bar"
    assert "at most 215" in verdict.message


def test_other_layers_are_another_network(tmp_path):
    class Other(VAE):
        def __init__(self):
            super().__init__()
            self.fc5, self.fc6 = nn.Linear(256, 500), nn.Linear(500, 784)

    verdict = judge_trained(MODEL, Other, files=hand_in(tmp_path, Other().state_dict()))
    assert verdict.misconception == "another network" and "fc5" in verdict.message


def test_without_images(tmp_path, no_images):
    verdict = judge_trained(MODEL, VAE, files=hand_in(tmp_path, VAE().state_dict()))
    assert verdict.status is Status.COULD_NOT_BE_JUDGED and "set COURSE_DATA" in verdict.message


def test_the_bound_is_that_of_torch():
    torch.manual_seed(0)
    x, drawn = torch.rand(5, 784).double(), torch.rand(5, 784).double()
    mu, log_var = torch.randn(5, 2).double(), torch.randn(5, 2).double()
    q = distributions.Normal(mu, (log_var / 2).exp())
    cost = distributions.kl_divergence(q, distributions.Normal(0.0, 1.0)).sum(1)
    pixels = -(x * drawn.log() + (1 - x) * (1 - drawn).log()).sum(1)
    torch.testing.assert_close(divergence(mu, log_var), cost)
    assert of_codes(x, mu, log_var, drawn)[NATS] == pytest.approx((cost + pixels).mean().item())
