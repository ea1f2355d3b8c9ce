"""Networks that score images: whether digits have the low energy, and by these weights."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from autograder.judging.trained import declared
from autograder.judging.trained.model import Trained
from autograder.judging.trained.rejection import NoData, Refused
from autograder.judging.trained.student_network import Network, same_shape_draws
from helpers import data
from helpers.errors import CourseError
from helpers.quality import trained as measures

from .networks import energy_layers

AGAIN = 64
# Relative to the deviation of all scores: what rounding may change.
SAME = 1e-3
# Random weights may pass by luck; a class that ignores its weights passes with all of them.
OTHERS = 5


@dataclass(frozen=True)
class Energies:
    """A network from images (N, 1, 28, 28) in [-1, 1] to f = -E, one number for each.

    layouts: the layers that the exercise asks for.
    """

    layouts: tuple[declared.Layout, ...] = (energy_layers,)

    def measure(
        self,
        network: Network,
        tensors: Mapping[str, Tensor],
        source: Generator,
        bars: Mapping[str, float],
    ) -> dict[str, float]:
        """{measure: value}; Refused for scores that are not made by these weights."""
        ordered = network.load(tensors)
        # A wrong file or a wrong class is refused even without images.
        self._scores(network, torch.zeros(2, 1, 28, 28))
        kinds = self._images(source)
        everything = torch.cat(kinds)
        scores = self._scores(network, everything)
        self._require_same_again(network, everything, scores, source)
        ours = declared.agreed(self.layouts, network.module, ordered, everything, scores[:, None])
        found = self._measures(scores if ours is None else ours[:, 0], kinds)
        if all(measures.is_met(name, found[name], bar) for name, bar in bars.items()):
            if ours is None:
                self._require_these_weights(network, tensors, everything, kinds, bars, source)
            if self.layouts:
                declared.require(network.name, ours)
        elif scores.std() < 1e-6:
            raise Refused(
                "one score for everything", "It gives every image the same score: train again."
            )
        return found

    def _images(self, source):
        """Test digits, uniform noise, clothes: each (N, 1, 28, 28) in [-1, 1]."""
        real = []
        for name in ("mnist", "fashion-mnist"):
            try:
                images = data.load(name, "test")
            except CourseError as error:
                raise NoData(str(error)) from None
            if images.name != name:
                raise NoData(
                    f"an energy is measured on the test images of {name}, which are not here: set "
                    "COURSE_DATA and grade again"
                )
            chosen = torch.randperm(len(images), generator=source)[: measures.IMAGES]
            real.append(2 * images.scaled(chosen) - 1)
        noise = 2 * torch.rand(measures.IMAGES, 1, 28, 28, generator=source) - 1
        return real[0], noise, real[1]

    def _scores(self, network, images):
        scores = network.ask(images)
        if not isinstance(scores, torch.Tensor) or scores.shape[1] != 1:
            raise Refused("another result", "It should give one number for each image.")
        return scores[:, 0]

    def _require_same_again(self, network, images, scores, source):
        """An image among other neighbours, in another order, has the same score."""
        chosen = torch.randperm(len(images), generator=source)[: 2 * AGAIN]
        again = self._scores(network, images[chosen])
        if (again - scores[chosen]).abs().max() <= SAME * scores.std() + 1e-5:
            return
        first = images[:AGAIN]
        if torch.equal(self._scores(network, first), self._scores(network, first)):
            raise Refused(
                "a score depends on its neighbours",
                "The same image among other images gets another score: an energy should depend on "
                "its own image alone.",
            )
        raise Refused(
            "a score depends on when it is asked for",
            "The same image gets another score each time: in evaluation mode nothing should be "
            "random or count calls.",
        )

    def _measures(self, scores, kinds):
        parts = (-scores).split([len(images) for images in kinds])
        return measures.of_energies(*parts)

    def _require_these_weights(self, network, tensors, images, kinds, bars, source):
        for _ in range(OTHERS):
            network.load(same_shape_draws(tensors, source))
            found = self._measures(self._scores(network, images), kinds)
            if not all(measures.is_met(name, found[name], bar) for name, bar in bars.items()):
                return
        raise Refused(
            "scores without the weights",
            "With random weights in it, the class of the notebook tells digits from other images "
            "as well: its scores do not come from what was trained.",
        )


# Set from the runs in docs/gallery/runs.json; the notebook names the same numbers.
MODELS = (
    Trained(
        id="ebm-mnist.digits_trained",
        file="energy",
        points=2,
        kind=Energies(),
        arguments=(),
        needed={measures.NOISE: 0.995, measures.CLOTHES: 0.95, measures.GAP: 0.5},
    ),
)
