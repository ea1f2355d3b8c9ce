"""A quiz: which picture is real?"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from helpers.errors import CourseError
from helpers.plotting.images import as_tiles, show
from helpers.plotting.style import COLOURS, FONT, Picture


class Quiz:
    """Numbered pictures, some real and some generated: which is which?

    A notebook shows the question when the quiz is the last value of a cell.

    Attributes:
        figure: the numbered pictures.
        labels: for each number, from 1, ``"real"`` or the name of its generator.
    """

    def __init__(self, tiles: list[np.ndarray], labels: list[str]) -> None:
        self._tiles = tiles
        self.labels = tuple(labels)
        self.figure = self._draw([str(i + 1) for i in range(len(tiles))])

    def answers(self) -> Picture:
        """Return the same figure with the truth below each picture; real ones are framed."""
        return self._draw([f"{i + 1} {label}" for i, label in enumerate(self.labels)], framed=True)

    def _draw(self, captions: list[str], framed: bool = False) -> Picture:
        columns = math.ceil(math.sqrt(2 * len(captions)))
        rows = math.ceil(len(captions) / columns)
        figure = Picture(1.15 * columns, 1.35 * rows, "constrained")
        for i, caption in enumerate(captions):
            axes = figure.add_subplot(rows, columns, i + 1)
            show(axes, self._tiles[i])
            real = framed and self.labels[i] == "real"
            axes.set_xlabel(caption, fontsize=FONT - 1, weight="bold" if real else "normal")
            axes.spines[:].set(visible=real, linewidth=4, edgecolor=COLOURS[0])
        return figure

    def _repr_png_(self) -> bytes:
        return self.figure._repr_png_()


def real_or_fake(
    real: Any,
    fake: Mapping[str, Any],
    seed: int,
    count: int = 18,
    value_range: tuple[float, float] = (0, 1),
) -> Quiz:
    """Return a quiz of ``count`` pictures: as many real ones as of each generator.

    Args:
        real: real images, (N, 784), (N, H, W) or (N, 1, H, W).
        fake: the name of a generator to its images.
        seed: decides which pictures are drawn, and their order.
        count: pictures in all.
        value_range: the values of black and of white.

    Raises:
        CourseError: no generator, too few images, or images of another shape.
    """
    pools = {"real": real, **fake}
    if len(pools) < 2:
        raise CourseError("real_or_fake got no generated images: give it {generator: images}.")
    generator = torch.Generator().manual_seed(seed)
    chosen = []
    for i, (label, images) in enumerate(pools.items()):
        tiles = as_tiles(images, value_range)
        share = count // len(pools) + (i < count % len(pools))
        if len(tiles) < share:
            raise CourseError(
                f"real_or_fake got {len(tiles)} images of {label!r}: give at least {share}."
            )
        picks = torch.randperm(len(tiles), generator=generator)[:share]
        chosen += [(tiles[pick], label) for pick in picks.tolist()]
    order = torch.randperm(len(chosen), generator=generator).tolist()
    return Quiz([chosen[i][0] for i in order], [chosen[i][1] for i in order])
