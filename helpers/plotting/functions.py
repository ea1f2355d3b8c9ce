"""Plot functions of one variable, and what a linear map does to a square."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from helpers.errors import CourseError
from helpers.plotting.style import COLOURS, DASHES, FONT, MARKERS, Picture, as_vector

# Of points: no curve has these.
CROSSES = ("x", "+", "*")
FEW = 12
# Lines that cut the square into cells.
CUTS = 5


def functions(
    grid: Any,
    panels: Mapping[str, Mapping[str, Any]],
    xlabel: str = "$x$",
    points: Mapping[str, Mapping[str, tuple[Any, Any]]] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    log: Sequence[str] = (),
) -> Picture:
    """Return a figure of curves over one grid, with a panel for each title.

    A curve differs from the others in its panel by colour, dashes and markers.

    Args:
        grid: (K,) places.
        panels: title to curves, each a label and its (K,) values. nan leaves a gap.
        xlabel: what the grid is.
        points: title of a panel to dots in it, each a label and its places and values (N,).
        ranges: title of a panel to the lowest and highest value that it shows.
        log: titles of panels with a logarithmic scale.

    Raises:
        CourseError: nothing to draw, a curve of another length than the grid, or a title in
            `points`, `ranges` or `log` that no panel has.
    """
    grid = as_vector(grid)
    if not panels or not all(panels.values()):
        raise CourseError("functions got nothing to draw: give it {title: {label: values}}.")
    for title in (*(points or {}), *(ranges or {}), *log):
        if title not in panels:
            raise CourseError(f"functions has no panel {title!r}; it has {', '.join(panels)}.")
    figure = Picture(max(5.2, 3.9 * len(panels)), 3.8, "constrained")
    row = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (title, curves) in zip(row, panels.items(), strict=True):
        for i, (label, values) in enumerate(curves.items()):
            _draw_curve(axes, grid, as_vector(values), label, i)
        for i, (label, (x, y)) in enumerate((points or {}).get(title, {}).items()):
            x, y = as_vector(x), as_vector(y)
            axes.plot(
                x,
                y,
                label=label,
                linestyle="",
                color="black",
                marker=CROSSES[i % len(CROSSES)],
                markersize=9 if len(x) <= FEW else 5,
                markeredgewidth=1.6 if len(x) <= FEW else 1,
                zorder=3,
            )
        if title in (ranges or {}):
            axes.set_ylim(ranges[title])
        if title in log:
            axes.set_yscale("log")
        axes.set_title(title, fontsize=FONT + 1)
        axes.set_xlabel(xlabel, fontsize=FONT)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
        axes.legend(
            loc="upper center",
            bbox_to_anchor=(0.5, -0.17),
            ncols=2,
            frameon=False,
            fontsize=FONT - 1,
            handlelength=3.5,
        )
    return figure


def _draw_curve(axes: Axes, grid: np.ndarray, values: np.ndarray, label: str, style: int) -> None:
    if len(values) != len(grid):
        raise CourseError(
            f"functions got {len(grid)} places and {len(values)} values of {label!r}: "
            "give one value for each place."
        )
    axes.plot(
        grid,
        values,
        label=label,
        color=COLOURS[style % len(COLOURS)],
        linestyle=DASHES[style % len(DASHES)],
        linewidth=1.8,
        marker=MARKERS[style % len(MARKERS)],
        # Markers of different curves at different places.
        markevery=(style * max(1, len(grid) // 32), max(1, len(grid) // 8)),
        markersize=4.5,
    )


def mapped_square(
    matrix: Any,
    names: tuple[tuple[str, str], tuple[str, str]] = (("x", "y"), ("u", "v")),
    points: Any = None,
) -> Picture:
    """Return a figure of the unit square and of where a linear map takes it, with both areas.

    Args:
        matrix: (2, 2), from the left plane to the right one.
        names: of the two axes, in the left plane and in the right one.
        points: (N, 2) in the left plane, drawn as dots there and where they go.

    Raises:
        CourseError: a matrix that is not (2, 2), or points that are not (N, 2).
    """
    table = as_vector(matrix)
    if table.size != 4:
        raise CourseError(f"mapped_square got a matrix of {table.size} numbers: give it (2, 2).")
    table = table.reshape(2, 2)
    dots = as_vector(points if points is not None else [])
    if dots.size % 2:
        raise CourseError(f"mapped_square got points of {dots.size} numbers: give it (N, 2).")
    dots = dots.reshape(-1, 2)
    figure = Picture(9, 4.4, "constrained")
    for axes, map_, (across, up) in zip(
        figure.subplots(1, 2), (np.eye(2), table), names, strict=True
    ):
        _draw_square(axes, map_)
        axes.plot(*(dots @ map_.T).T, ".", color="0.45", markersize=2, alpha=0.5, zorder=1)
        axes.set_title(f"area {abs(np.linalg.det(map_)):.3g}", fontsize=FONT + 1)
        axes.set_xlabel(f"${across}$", fontsize=FONT)
        axes.set_ylabel(f"${up}$", fontsize=FONT)
        axes.set_aspect("equal", adjustable="datalim")
        axes.grid(alpha=0.2)
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def _draw_square(axes: Axes, map_: np.ndarray) -> None:
    """The image of [0, 1] x [0, 1], with the two sides from the origin as arrows."""
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    axes.add_patch(
        Polygon(corners @ map_.T, facecolor=COLOURS[4], edgecolor="black", alpha=0.45, zorder=2)
    )
    for cut in np.linspace(0, 1, CUTS + 1):
        for line in ([[cut, 0], [cut, 1]], [[0, cut], [1, cut]]):
            axes.plot(*(np.array(line) @ map_.T).T, color="black", linewidth=0.6, zorder=3)
    for i, side in enumerate(map_.T):
        axes.annotate(
            "",
            xy=side,
            xytext=(0, 0),
            zorder=4,
            arrowprops=dict(arrowstyle="-|>", color=COLOURS[i], linewidth=2.2),
        )
        axes.annotate(
            ("first side", "second side")[i],
            xy=side,
            xytext=(6, 6),
            textcoords="offset points",
            color=COLOURS[i],
            fontsize=FONT - 1,
            zorder=5,
        )
