"""Plot energies, densities and scores."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from helpers.errors import CourseError
from helpers.plotting.style import COLOURS, DASHES, FONT, Picture, as_vector


def energy_landscape(
    grid: Any,
    energies: Any,
    density: Any,
    samples: Mapping[str, Any] | None = None,
) -> Picture:
    """Return a figure of an energy in one dimension beside its density.

    Args:
        grid: (K,) points.
        energies: (K,) energies, or several by title; each is drawn with its lowest value at 0.
        density: (K,) density at the same points.
        samples: points by title, of any shape, drawn as histograms behind the density.

    Raises:
        CourseError: energies or a density of another length than the grid.
    """
    grid, density = as_vector(grid), as_vector(density)
    if not isinstance(energies, Mapping):
        energies = {"": energies}
    curves = {title: as_vector(energy) for title, energy in energies.items()}
    lengths = {len(curve) for curve in (*curves.values(), density)}
    if lengths != {len(grid)}:
        raise CourseError(
            f"energy_landscape got {len(grid)} points and curves of {sorted(lengths)} values: "
            "give one value for each point."
        )
    figure = Picture(10, 3.4, "constrained")
    left, right = figure.subplots(1, 2)
    for i, (title, curve) in enumerate(curves.items()):
        left.plot(
            grid, curve - curve.min(), color=COLOURS[i], linestyle=DASHES[-i % 4], label=title
        )
    for i, (title, points) in enumerate((samples or {}).items()):
        right.hist(
            as_vector(points),
            bins=60,
            range=(grid.min(), grid.max()),
            density=True,
            color=COLOURS[-2 - i],
            alpha=0.55,
            hatch=(None, "///", "...")[i % 3],
            label=title,
        )
    right.plot(grid, density, color="black", linewidth=1.8, label="density, by integration")
    right.set_ylim(top=1.4 * right.get_ylim()[1])  # room for the legend
    left.set_title("energy (its lowest value at 0)", fontsize=FONT + 1)
    right.set_title("density", fontsize=FONT + 1)
    for axes in (left, right):
        axes.set_xlabel("$x$", fontsize=FONT)
        axes.spines[["top", "right"]].set_visible(False)
        if any(axes.get_legend_handles_labels()[1]):
            axes.legend(frameon=False, fontsize=FONT - 1)
    return figure


def score_histograms(reference: Any, others: Mapping[str, Any], xlabel: str = "score") -> Picture:
    """Return a figure with a panel for each of ``others``, its scores over those of ``reference``.

    Args:
        reference: scores of digits, (N,).
        others: a title to scores, (M,).
        xlabel: what the scores are.

    Raises:
        CourseError: there are no others.
    """
    if not others:
        raise CourseError("score_histograms got nothing to compare: give it {title: scores}.")
    known = as_vector(reference)
    known = known[np.isfinite(known)]
    scores = {title: as_vector(values) for title, values in others.items()}
    # Each panel has its own range: scores far away would squeeze the rest.
    figure = Picture(9, 1.3 * len(scores) + 0.8, "constrained")
    column = figure.subplots(len(scores), 1, squeeze=False)[:, 0]
    for axes, (title, values) in zip(column, scores.items(), strict=True):
        values = values[np.isfinite(values)]
        both = np.concatenate([known, values])
        span = (both.min(), both.max()) if len(both) else (0, 1)
        style = dict(bins=80, range=span, density=True)
        axes.hist(known, color="0.75", label="digits", **style)
        if len(values):
            axes.hist(
                values, histtype="step", color=COLOURS[1], linewidth=1.6, label=title, **style
            )
        axes.set_yticks([])
        axes.spines[["top", "right", "left"]].set_visible(False)
        beside = dict(loc="center left", bbox_to_anchor=(1, 0.5))
        axes.legend(frameon=False, fontsize=FONT - 1, **beside)
    column[-1].set_xlabel(xlabel, fontsize=FONT)
    return figure
