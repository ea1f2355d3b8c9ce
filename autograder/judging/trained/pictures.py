"""Generators: what they draw from the grader's noise, and whether it is they who draw it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from autograder.judging.trained import copies, declared
from autograder.judging.trained.rejection import NoData, Refused
from autograder.judging.trained.student_network import (
    BATCH,
    Network,
    nearly_the_same,
    same_shape_draws,
)
from helpers.quality import trained as measures

PIXELS = 784
# Two answers of one network to the same noise differ by rounding only: pixels lie in [-1, 1].
SAME = 1e-3
AGAIN, OTHERS = 64, 500
# A set of pictures moves about its mean by this much; real digits by 7.3, clothes by 8.2.
LEAST_SPREAD = 2.0
# A thousandth of every weight may move a pixel by this much, in the mean; trained networks of the
# three kinds move by 0.001 to 0.01, other pictures differ by 0.2.
STEADY = 0.1
# Nine of ten pictures of one class leave a balance of 0.14.
ONE_CLASS = 0.2
# Random weights with the means and deviations of trained ones may reach a bar that is not high;
# what does not come from the weights is as good with them, but for chance.
AS_GOOD = 1.5


@dataclass(frozen=True)
class Pictures:
    """A network from noise (N, size), and labels (N,) where there are classes, to images.

    uniform: the noise is uniform on [-1, 1], not normal. data: what the images should look like.
    low: the smallest pixel, -1 or 0. method: of the network, or None for the network itself.
    layouts: the layers that the exercise asks for, in as many ways as are right; none where the
        network is not the student's own.
    kits: then the kit's class, called with (size, classes).
    """

    size: int
    uniform: bool = False
    classes: int = 0
    data: str = "mnist"
    low: float = -1.0
    method: str | None = None
    layouts: tuple[declared.Layout, ...] = ()
    kits: Callable[[int, int], nn.Module] | None = None

    def inputs(self, rows: int, source: Generator) -> tuple[Tensor, ...]:
        """Noise, and labels where there are classes, each class equally often and in no order."""
        if self.uniform:
            z = 2 * torch.rand(rows, self.size, generator=source) - 1
        else:
            z = torch.randn(rows, self.size, generator=source)
        if not self.classes:
            return (z,)
        return z, (torch.arange(rows) % self.classes)[torch.randperm(rows, generator=source)]

    def measure(
        self,
        network: Network,
        tensors: Mapping[str, Tensor],
        source: Generator,
        bars: Mapping[str, float],
    ) -> dict[str, float]:
        """{measure: value}; Refused for pictures that are not drawn by these weights."""
        ordered_tensors = network.load(tensors)
        given = self.inputs(measures.PICTURES, source)
        drawn = self.draw(network, given)
        self.require_same_again(network, given, drawn, source)
        ours = self._computed_here(network, ordered_tensors, given, drawn)
        drawn = drawn if ours is None else ours
        # In [0, 1] a tanh that is a little above 1 is rounding.
        images = ((drawn - self.low) / (1 - self.low)).clamp(0, 1)
        if images.var(0).sum().sqrt() < LEAST_SPREAD:
            raise Refused(
                "one picture for all noise",
                "Whatever the noise, it draws nearly the same picture: the generator has "
                "collapsed. Train again, with another seed, and look at the samples.",
            )
        ordered = given[1] if self.classes else None
        found = measures.of_pictures(images, self.data, ordered)
        good = all(measures.is_met(name, found[name], bar) for name, bar in bars.items())
        others = self.require_these_weights(network, tensors, given, drawn, source, good)
        # It takes long, so only what decides something is measured.
        bar = bars.get(measures.FRECHET, float("inf"))
        wanted = ours is None or found[measures.FRECHET] > bar
        random = self._frechet(others) if wanted else float("inf")
        # Of as many pictures as those of random weights; none if these come from the weights.
        as_many = self._frechet(images[:OTHERS]) if ours is None and random <= bar else None
        self._name_what_failed(found, random, as_many, bars)
        if good:
            missing = self._missing_for_copies(images, source)
            if self.layouts or self.kits:
                declared.require(network.name, ours)
            if missing:
                raise NoData(missing, found)
        return found

    def _computed_here(self, network, tensors, given, drawn):
        """What the network of the exercise draws with these weights; None if `drawn` is other."""
        if self.kits is None or not self.classes:
            ours = declared.agreed(self.layouts, network.module, tensors, given[0], drawn)
            if self.kits is None or ours is not None:
                return ours
        module = self.kits(self.size, self.classes).eval()
        try:
            module.load_state_dict(tensors)
        except RuntimeError:  # weights of another network
            return None
        batches = zip(*(each.split(BATCH) for each in given), strict=True)
        with torch.no_grad():
            ours = torch.cat([module(*each).flatten(1) for each in batches])
        return ours if declared.equal(drawn, ours) else None

    def _missing_for_copies(self, images, source):
        """Refused for copies of real images; returns what is missing to find out, or None."""
        try:
            copies.require_new(images, self.data, source)
        except NoData as missing:
            return str(missing)
        return None

    def draw(self, network: Network, given: Sequence[Tensor]) -> Tensor:
        """(N, 784), checked for shape and range."""
        drawn = network.ask(*given, method=self.method)
        if not isinstance(drawn, torch.Tensor) or drawn.shape[1] != PIXELS:
            raise Refused("another result", "It should give images of 28 x 28 pixels.")
        low, high = drawn.min().item(), drawn.max().item()
        if low < self.low - 0.01 or high > 1.01:
            raise Refused(
                "pixels out of range",
                f"Its pixels lie between {low:.3g} and {high:.3g}; they should lie between "
                f"{self.low:g} and 1.",
            )
        return drawn

    def require_same_again(
        self, network: Network, given: Sequence[Tensor], drawn: Tensor, source: Generator
    ) -> None:
        """The same noise among other neighbours, in another order, must give the same picture."""
        chosen = torch.randperm(len(drawn), generator=source)[:AGAIN]
        fresh = self.inputs(AGAIN // 2, source)
        mixed = [torch.cat([a[chosen], b]) for a, b in zip(given, fresh, strict=True)]
        again = self.draw(network, mixed)[:AGAIN]
        if (again - drawn[chosen]).abs().max() < SAME:
            return
        first = [each[:AGAIN] for each in given]
        if (self.draw(network, first) - self.draw(network, first)).abs().max() < SAME:
            raise Refused(
                "a picture depends on its neighbours",
                "The same noise among other noise gives another picture: in evaluation mode each "
                "picture should depend on its own noise alone (batch normalisation uses what it "
                "remembers then).",
            )
        raise Refused(
            "a picture depends on when it is asked for",
            "The same noise gives another picture each time: in evaluation mode nothing in a "
            "generator should be random or count calls.",
        )

    def require_these_weights(
        self,
        network: Network,
        tensors: Mapping[str, Tensor],
        given: Sequence[Tensor],
        drawn: Tensor,
        source: Generator,
        good: bool = True,
    ) -> Tensor:
        """Pictures of other weights must be others; returns some of them, in [0, 1].

        good: whether the pictures reach the bars. Poor ones may not move, being black throughout:
        whoever hands them in is not accused of anything.
        """
        some = [each[:OTHERS] for each in given]
        network.load(nearly_the_same(tensors, source))
        moved = (self.draw(network, [each[:AGAIN] for each in given]) - drawn[:AGAIN]).abs()
        network.load(same_shape_draws(tensors, source))
        others = self.draw(network, some)
        if moved.max() == 0 or (others - drawn[:OTHERS]).abs().mean() < SAME:
            if not good:
                raise Refused(
                    "untrained",
                    "Its pictures hardly differ from those of random weights: train it with the "
                    "full budget, and save it after the training.",
                )
            raise Refused(
                "pictures without the weights",
                "With other weights in it, the class of the notebook draws the same pictures: "
                "they do not come from what was trained.",
            )
        if good and moved.mean() > STEADY:
            raise Refused(
                "pictures that jump with the weights",
                "When every weight changes by a thousandth, the class of the notebook draws "
                "entirely other pictures: they do not come from what was trained.",
            )
        return ((others - self.low) / (1 - self.low)).clamp(0, 1)

    def _frechet(self, images):
        return measures.of_pictures(images, self.data)[measures.FRECHET]

    def _name_what_failed(self, found, random, as_many, bars):
        """Refused for what has a name; other failures are told by their numbers.

        random, as_many: Fréchet distances of pictures of random weights, and of as many of its own;
        infinite and None if it is known that these come from its weights.
        """
        frechet, bar = found[measures.FRECHET], bars.get(measures.FRECHET, float("inf"))
        if as_many is not None and random <= min(bar, AS_GOOD * as_many):
            raise Refused(
                "pictures without the weights",
                "With random weights in it, the class of the notebook draws as well: the pictures "
                "do not come from what was trained.",
            )
        if frechet > bar and frechet > 0.8 * random:
            raise Refused(
                "untrained",
                f"Its pictures (Fréchet distance {frechet:.4g}, at most {bar:g}) are hardly better "
                "than those of random weights: train it with the full budget, and save it after "
                "the training.",
            )
        if found[measures.BALANCE] < ONE_CLASS:
            raise Refused(
                "one class only",
                "Nearly all its pictures show one class: the generator has collapsed. Train "
                "again, with another seed, and look at the samples.",
            )
