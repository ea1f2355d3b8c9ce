"""Networks that are handed in: any honest block is found again, and nothing else passes."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from autograder.judging import Status
from autograder.judging.trained.model import Trained, judge_trained
from helpers.diffusion import UNet, noise_mix, velocity_mix
from helpers.quality.trained import FRECHET, ORDERED
from tests.autograder.judging.trained.bank import hand_in

from .. import declared
from ..oracles.schedule import linear_schedule
from ..trained import STEPS, Denoiser, Velocity

pytestmark = pytest.mark.slow

# Random weights draw something: what is proven here is whose pictures are measured.
SMALL_NOISE, SMALL_FLOW = Denoiser(calls=2, pictures=100), Velocity(calls=2, pictures=100)
NOISE = Trained("diffusion-mnist.small", "small", 1, SMALL_NOISE, (), {FRECHET: 1e9, ORDERED: 0})
FLOW = Trained("diffusion-mnist.small", "small", 1, SMALL_FLOW, (), {FRECHET: 1e9, ORDERED: 0})


PARTS = declared.Block, declared.embedding, velocity_mix


class Turned(nn.Module):
    """The exercise's block, other names, its layers written down from the end, a 1 x 1 always."""

    def __init__(self, c_in, c_out, c_time):
        super().__init__()
        if c_in != c_out:
            self.shortcut = nn.Conv2d(c_in, c_out, 1)
        self.second = nn.Conv2d(c_out, c_out, 3, padding=1)
        self.second_norm = nn.GroupNorm(8, c_out)
        self.first = nn.Conv2d(c_in, c_out, 3, padding=1)
        self.first_norm = nn.GroupNorm(8, c_in)
        self.when = nn.Sequential(nn.SiLU(), nn.Linear(c_time, c_out))

    def forward(self, x, emb):
        h = self.first(F.silu(self.first_norm(x))) + self.when(emb)[..., None, None]
        h = self.second(F.silu(self.second_norm(h)))
        return h + (self.shortcut(x) if hasattr(self, "shortcut") else x)


class Layers(nn.Module):
    """As many write it: two sequences."""

    def __init__(self, c_in, c_out, c_time):
        super().__init__()
        norm, conv = nn.GroupNorm(8, c_in), nn.Conv2d(c_in, c_out, 3, padding=1)
        self.before = nn.Sequential(norm, nn.SiLU(), conv)
        norm, conv = nn.GroupNorm(8, c_out), nn.Conv2d(c_out, c_out, 3, padding=1)
        self.after = nn.Sequential(norm, nn.SiLU(), conv)
        self.emb = nn.Sequential(nn.SiLU(), nn.Linear(c_time, c_out))
        self.skip = nn.Identity() if c_in == c_out else nn.Conv2d(c_in, c_out, 1, bias=False)

    def forward(self, x, emb):
        h = self.before(x) + self.emb(emb)[:, :, None, None]
        return self.skip(x) + self.after(h)


class NoTime(declared.Block):
    form = declared.Form(time="nowhere")


class NoSkip(declared.Block):
    form = declared.Form(skip=False)


class ThreeLayers(declared.Block):
    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.conv3 = nn.Conv2d(sizes[1], sizes[1], 3, padding=1)


def noise_network(block=declared.Block, embedding=declared.embedding):
    return UNet(block, embedding, noise_mix(linear_schedule(STEPS)[1].float()), labels=True)


def velocity_network(block=declared.Block, embedding=declared.embedding):
    return UNet(block, embedding, velocity_mix, labels=True, time_scale=1_000)


def handed(tmp_path, model):
    """Its own random weights, none of them 0 or 1 where a layer begins with that."""
    torch.manual_seed(0)
    tensors = {k: v + 0.1 * torch.randn_like(v) for k, v in model.state_dict().items()}
    return hand_in(tmp_path, tensors)


@pytest.mark.parametrize("block", [declared.Block, Turned, Layers, NoTime, NoSkip])
def test_the_network_of_the_weights_is_found_whatever_it_is_called(tmp_path, real_images, block):
    files = handed(tmp_path, noise_network(block))
    verdict = judge_trained(NOISE, lambda: noise_network(block), files=files)
    assert verdict.status is Status.RIGHT, verdict


@pytest.mark.parametrize("place", range(1, len(declared.EMBEDDINGS), 3))
def test_columns_of_an_embedding_may_have_any_order(tmp_path, real_images, place):
    def build():
        return velocity_network(Layers, declared.EMBEDDINGS[place])

    verdict = judge_trained(FLOW, build, files=handed(tmp_path, build()))
    assert verdict.status is Status.RIGHT, verdict


class Memory(UNet):
    """It has read real images, and leads every noise to one of them, whatever its weights."""

    def __init__(self, images):
        super().__init__(*PARTS, labels=True, time_scale=1_000)
        self.__dict__["images"] = images

    def forward(self, x, t, y=None):
        place = x[:, 0, 0, 0].mul(1e4).long() % len(self.images)
        return (self.images[place] - x) / (1 - t)[:, None, None, None]


class OnlyOnTheWay(UNet):
    """Honest where it is asked first; later times are answered by hand."""

    def forward(self, x, t, y=None):
        found = super().forward(x, t, y)
        return torch.where((t == 0.5)[:, None, None, None], found + 0.1, found)


class ByPlace(UNet):
    """Its answer depends on the place in the batch."""

    def forward(self, x, t, y=None):
        return super().forward(x, t, y) + 0.1 * torch.arange(len(x))[:, None, None, None]


class Small(UNet):
    def forward(self, x, t, y=None):
        return super().forward(x, t, y).mean((2, 3))


@pytest.mark.parametrize(
    ("build", "known"),
    [
        (lambda: Memory(torch.rand(9, 1, 28, 28)), "more than its layers compute"),
        (
            lambda: OnlyOnTheWay(*PARTS, labels=True, time_scale=1_000),
            "more than its layers compute",
        ),
        (
            lambda: ByPlace(*PARTS, labels=True, time_scale=1_000),
            "more than its layers compute",
        ),
        (
            lambda: Small(*PARTS, labels=True, time_scale=1_000),
            "more than its layers compute",
        ),
        (lambda: velocity_network(ThreeLayers), "another network"),
    ],
)
def test_tricks(tmp_path, real_images, build, known):
    verdict = judge_trained(FLOW, build, files=handed(tmp_path, build()))
    assert (verdict.status, verdict.misconception) == (Status.WRONG, known), verdict


def test_what_draws_nothing_but_noise_is_below_the_notebooks_bars(tmp_path, real_images):
    needed = {FRECHET: 40.0, ORDERED: 0.8}
    model = Trained("diffusion-mnist.small", "small", 1, SMALL_NOISE, (), needed)
    verdict = judge_trained(model, noise_network, files=handed(tmp_path, noise_network()))
    assert (verdict.status, verdict.misconception) == (Status.WRONG, "below the bar"), verdict


def test_weights_of_a_network_without_classes(tmp_path, real_images):
    files = handed(tmp_path, UNet(*PARTS, time_scale=1_000))
    verdict = judge_trained(NOISE, noise_network, files=files)
    assert verdict.status is Status.WRONG and "label.weight" in verdict.message, verdict
