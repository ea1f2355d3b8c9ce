"""The networks that are handed in: what the grader's own samplers draw with them.

A sampler starts from the grader's noise and asks for each of its steps. The pictures are drawn with
the declared network (see declared.py); the student's is asked at every step of some of them, and
has to give the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from autograder.judging.trained import copies
from autograder.judging.trained.model import Trained
from autograder.judging.trained.rejection import NoData, Refused
from autograder.judging.trained.student_network import Network
from helpers.diffusion import UNet, noise_mix, times, velocity_mix
from helpers.quality import trained as measures

from . import declared
from .oracles.schedule import linear_schedule

STEPS = 1_000  # of the schedule that the notebook trains with
BATCH = 250
# Of a batch, for which the student's network is asked at every step.
ASKED = 8
LEAST_SPREAD = 2.0


@dataclass(frozen=True)
class Denoiser:
    """A network from images, times 0..STEPS-1 and labels to the noise in the images.

    calls: of the network for a picture, by DDIM (Song, Meng and Ermon 2021, equation 12), evenly
        spaced, with as much noise on the way as DDPM has (their eta is 1): it covers up the errors
        of earlier steps.
    """

    calls: int = measures.CALLS
    pictures: int = measures.SAMPLED

    def build(self, block: Callable, embedding: Callable) -> UNet:
        """The U-Net that the notebook builds."""
        return UNet(block, embedding, noise_mix(_alpha_bars()), labels=True)

    def inputs(self, rows: int, source: Generator) -> tuple[Tensor, ...]:
        """Where a network is asked first: noise of all sizes, times, labels."""
        t = torch.randint(STEPS, (rows,), generator=source)
        return _noise(rows, source), t, torch.randint(11, (rows,), generator=source)

    def measure(
        self,
        network: Network,
        tensors: Mapping[str, Tensor],
        source: Generator,
        bars: Mapping[str, float],
    ) -> dict[str, float]:
        """{measure: value}; Refused for what is not drawn by these weights."""
        ours = declared.agreed(
            network, network.load(tensors), self.build, self.inputs(ASKED, source)
        )
        noise, labels = _starts(self.pictures, source)
        images = _drawn(self._walk, network, ours, source, noise, labels)
        return _measured(images, source, bars, labels)

    def _walk(self, ask, source, x, y):
        bars = torch.cat([_alpha_bars(), torch.ones(1)])
        passed = times(STEPS, self.calls)
        for t, s in zip(passed, [*passed[1:], -1], strict=True):
            eps = ask(x, torch.full((len(x),), t), y)
            clean = (x - (1 - bars[t]).sqrt() * eps) / bars[t].sqrt()
            # The last entry is that before the first step: all image, no noise.
            fresh = (1 - bars[s]) / (1 - bars[t]) * (1 - bars[t] / bars[s])
            x = bars[s].sqrt() * clean + (1 - bars[s] - fresh).sqrt() * eps
            x = x + fresh.sqrt() * torch.randn(x.shape, generator=source)
        return x


@dataclass(frozen=True)
class Velocity:
    """A network from images, times in [0, 1] and labels to a velocity: noise is at 0, data at 1.

    calls: of the network for a picture, by Euler's method.
    """

    calls: int = measures.CALLS
    pictures: int = measures.SAMPLED

    def build(self, block: Callable, embedding: Callable) -> UNet:
        """The U-Net that the notebook builds."""
        return UNet(block, embedding, velocity_mix, labels=True, time_scale=1_000)

    def inputs(self, rows: int, source: Generator) -> tuple[Tensor, ...]:
        """Where a network is asked first: noise of all sizes, times, labels."""
        t = torch.rand(rows, generator=source)
        return _noise(rows, source), t, torch.randint(11, (rows,), generator=source)

    def measure(
        self,
        network: Network,
        tensors: Mapping[str, Tensor],
        source: Generator,
        bars: Mapping[str, float],
    ) -> dict[str, float]:
        """{measure: value}; Refused for what is not drawn by these weights."""
        ours = declared.agreed(
            network, network.load(tensors), self.build, self.inputs(ASKED, source)
        )
        noise, labels = _starts(self.pictures, source)
        images = _drawn(self._walk, network, ours, source, noise, labels)
        return _measured(images, source, bars, labels)

    def _walk(self, ask, source, x, y):
        for step in range(self.calls):
            x = x + ask(x, torch.full((len(x),), step / self.calls), y) / self.calls
        return x


def _alpha_bars():
    return linear_schedule(STEPS)[1].float()


def _noise(rows, source):
    return (1 + torch.arange(rows) / rows)[:, None, None, None] * torch.randn(
        rows, 1, 28, 28, generator=source
    )


def _starts(pictures, source):
    """Noise, and the class that each picture should show: all ten, in random order."""
    order = torch.randperm(pictures, generator=source)
    noise = torch.randn(pictures, 1, 28, 28, generator=source)
    return noise, (torch.arange(pictures) % 10)[order]


@torch.no_grad()
def _drawn(walk, network, ours, source, *starts):
    """Where the walk from each start ends, as (N, 1, 28, 28) in [0, 1]."""

    def ask(x, *others):
        found = ours(x, *others)
        # In another order each time: a place in a batch tells nothing.
        chosen = torch.randperm(len(x), generator=source)[:ASKED]
        got = network.ask(*(each[chosen] for each in (x, *others)))
        if not declared.is_same(got, found[chosen]):
            raise Refused(*declared.more_than_layers(network.name))
        return found

    parts = zip(*(each.split(BATCH) for each in starts), strict=True)
    images = torch.cat([walk(ask, source, *part) for part in parts])
    if not images.isfinite().all():
        raise Refused("not finite", "Its pictures have nan or inf: did the training diverge?")
    return ((images + 1) / 2).clamp(0, 1)


def _measured(images, source, bars, ordered):
    if images.flatten(1).var(0).sum().sqrt() < LEAST_SPREAD:
        raise Refused(
            "one picture for all noise",
            "Whatever the noise, it draws nearly the same picture: train it with the full budget, "
            "and look at the samples.",
        )
    found = measures.of_pictures(images, "mnist", ordered)
    if all(measures.is_met(name, found[name], bar) for name, bar in bars.items()):
        try:
            copies.require_new(images.flatten(1), "mnist", source)
        except NoData as missing:
            raise NoData(str(missing), found) from None
    return found


# Set from the runs in docs/gallery/runs.json; the notebook names the same numbers.
MODELS = (
    Trained(
        id="diffusion-mnist.noise_trained",
        file="noise",
        points=2,
        kind=Denoiser(),
        arguments=(),
        needed={measures.FRECHET: 25, measures.CLASSES: 9, measures.ORDERED: 0.7},
    ),
    Trained(
        id="diffusion-mnist.velocity_trained",
        file="velocity",
        points=2,
        kind=Velocity(),
        arguments=(),
        needed={measures.FRECHET: 30, measures.CLASSES: 9, measures.ORDERED: 0.6},
    ),
)
