"""Plot diffusion and flow: scores, paths, and what a sampler costs and gives."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.ticker import LogLocator

from helpers.errors import CourseError
from helpers.plotting.images import (
    CHARACTER_WIDTH,
    INCHES_PER_PIXEL,
    as_tiles,
    place_sheet,
    sheet_of,
)
from helpers.plotting.style import COLOURS, DASHES, FONT, MARGIN, MARKERS, Picture, as_vector

# Paths that can still be told apart in one panel.
MOST_PATHS = 60


def noise_levels(
    rows: Mapping[str, Any], levels: Sequence[str | int], value_range: tuple[float, float] = (-1, 1)
) -> Picture:
    """Return a figure with a row of images for each title, and a time above each column.

    A digit that dissolves, and one that returns, with equal times in one column.

    Args:
        rows: title to images, (N, 784), (N, H, W) or (N, 1, H, W), N the number of levels.
        levels: what is written above the columns.
        value_range: the values of black and of white.

    Raises:
        CourseError: no rows, or a row with another number of images.
    """
    tiles = {title: as_tiles(images, value_range) for title, images in rows.items()}
    if not tiles or any(len(each) != len(levels) for each in tiles.values()):
        raise CourseError(
            f"noise_levels got rows of {[len(each) for each in tiles.values()]} images and "
            f"{len(levels)} levels: give an image for each level."
        )
    sheets = {title: sheet_of(each, len(levels)) for title, each in tiles.items()}
    left = MARGIN + max(map(len, sheets)) * CHARACTER_WIDTH
    top = MARGIN + 0.25
    sizes = [sheet.shape[0] * INCHES_PER_PIXEL + MARGIN for sheet in sheets.values()]
    width = max(sheet.shape[1] for sheet in sheets.values()) * INCHES_PER_PIXEL
    figure = Picture(left + width + MARGIN, top + sum(sizes))
    for number, ((title, sheet), size) in enumerate(zip(sheets.items(), sizes, strict=True)):
        axes = place_sheet(figure, sheet, left, top)
        axes.set_ylabel(title, rotation=0, ha="right", va="center", fontsize=FONT)
        if number == 0:
            step = sheet.shape[1] / len(levels)
            middles = [step * (i + 0.5) for i in range(len(levels))]
            axes.set_xticks(middles, labels=[str(level) for level in levels], fontsize=FONT - 1)
            axes.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False, length=0)
        top += size
    return figure


def score_fields(
    points: Any, fields: Mapping[str, Any], samples: Mapping[str, Any] | None = None
) -> Picture:
    """Return a figure with a panel of arrows for each field in the plane.

    Arrows point along the field; their lengths are its root, as scores differ by far. All panels
    share one scale.

    Args:
        points: (N, 2), where the arrows start.
        fields: title to vectors (N, 2) at these points.
        samples: title of a panel to points (M, 2) to draw behind its arrows.

    Raises:
        CourseError: no fields, or vectors of another shape than the points.
    """
    points = _plane(points, "score_fields")
    arrows = {title: _plane(field, "score_fields") for title, field in fields.items()}
    if not arrows or any(field.shape != points.shape for field in arrows.values()):
        raise CourseError(
            f"score_fields got {len(points)} points and fields of "
            f"{[len(field) for field in arrows.values()]} vectors: give a vector for each point."
        )
    longest = max(np.linalg.norm(field, axis=1).max() for field in arrows.values()) or 1.0
    figure = Picture(3.6 * len(arrows), 3.7, "constrained")
    row = figure.subplots(1, len(arrows), squeeze=False)[0]
    low, high = points.min(0), points.max(0)
    for axes, (title, field) in zip(row, arrows.items(), strict=True):
        if title in (samples or {}):
            behind = _plane(samples[title], "score_fields")
            axes.plot(*behind.T, ".", color=COLOURS[4], markersize=2, alpha=0.5, rasterized=True)
        lengths = np.linalg.norm(field, axis=1, keepdims=True)
        shown = field / np.sqrt(np.maximum(lengths * longest, 1e-12))
        axes.quiver(*points.T, *shown.T, color=COLOURS[0], scale=18, width=0.005)
        axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal")
        axes.set_title(title, fontsize=FONT + 1)
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def flow_paths(groups: Mapping[str, Any]) -> Picture:
    """Return a figure with a panel of paths in the plane for each group, from noise to data.

    The title says how straight they are: the mean length of a path beside that of the line from
    its start to its end; 1 is straight.

    Args:
        groups: title to paths (steps + 1, N, 2), in the order of time.

    Raises:
        CourseError: no groups, or paths of another shape.
    """
    if not groups:
        raise CourseError("flow_paths got no paths: give it {title: paths}.")
    figure = Picture(3.6 * len(groups), 3.9, "constrained")
    row = figure.subplots(1, len(groups), squeeze=False, sharex=True, sharey=True)[0]
    for axes, (title, given) in zip(row, groups.items(), strict=True):
        paths = _array(given)
        if paths.ndim != 3 or paths.shape[2] != 2 or len(paths) < 2:
            raise CourseError(
                f"flow_paths got paths of shape {paths.shape}: give (steps + 1, N, 2)."
            )
        for path in paths[:, :MOST_PATHS].transpose(1, 0, 2):
            axes.plot(*path.T, color=COLOURS[0], linewidth=0.7, alpha=0.6)
        axes.plot(*paths[0].T, "o", color=COLOURS[1], markersize=2.5, label="noise")
        axes.plot(*paths[-1].T, "s", color=COLOURS[2], markersize=2.5, label="end")
        axes.set_title(f"{title}\nlength {straightness(paths):.3f} of a line", fontsize=FONT)
        axes.set_aspect("equal")
        axes.spines[["top", "right"]].set_visible(False)
    row[0].legend(frameon=False, fontsize=FONT - 1)
    return figure


def straightness(paths: Any) -> float:
    """Return the mean length of paths (steps + 1, N, d) over the mean distance of their ends."""
    paths = _array(paths)
    lengths = np.linalg.norm(np.diff(paths, axis=0), axis=-1).sum(0)
    direct = np.linalg.norm(paths[-1] - paths[0], axis=-1)
    return float(lengths.mean() / max(direct.mean(), 1e-12))


def trade_off(
    points: Mapping[Any, tuple[float, float]],
    names: tuple[str, str] = ("recall", "precision"),
    parameter: str = "w",
) -> Picture:
    """Return a figure of one measure against another, a labelled point for each setting.

    Args:
        points: a setting, such as the weight of guidance, to its two measures, in the order in
            which a line joins them.
        names: of the measures: across, and up.
        parameter: what the setting is called.

    Raises:
        CourseError: no points.
    """
    if not points:
        raise CourseError("trade_off got no points: give it {setting: (recall, precision)}.")
    values = np.array(list(points.values()), dtype=float)
    figure = Picture(5.2, 4, "constrained")
    axes = figure.subplots()
    axes.plot(*values.T, "o-", color=COLOURS[0])
    for setting, place in zip(points, values, strict=True):
        axes.annotate(
            f"{parameter} = {setting:g}", place, xytext=(6, 6), textcoords="offset points",
            fontsize=FONT - 1,
        )  # fmt: skip
    axes.margins(0.15)
    axes.set_xlabel(names[0], fontsize=FONT)
    axes.set_ylabel(names[1], fontsize=FONT)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def against_calls(
    curves: Mapping[str, Mapping[int, float]], ylabel: str = "Fréchet distance"
) -> Picture:
    """Return a figure of a measure against the calls of the network for one picture.

    Args:
        curves: a sampler to {calls: measure}. The axis of the measure is logarithmic where it
            has more than a decade, else it begins at 0.
        ylabel: the measure.

    Raises:
        CourseError: no curves.
    """
    if not curves:
        raise CourseError("against_calls got no curves: give it {sampler: {calls: measure}}.")
    figure = Picture(6, 3.8, "constrained")
    axes = figure.subplots()
    ticks = sorted({calls for curve in curves.values() for calls in curve})
    for i, (title, curve) in enumerate(curves.items()):
        calls = sorted(curve)
        axes.plot(
            calls, as_vector([float(curve[each]) for each in calls]),
            linestyle=DASHES[i % len(DASHES)], marker=MARKERS[i % len(MARKERS)],
            color=COLOURS[i % len(COLOURS)], label=title,
        )  # fmt: skip
    axes.set(xscale="log")
    axes.set_xticks(ticks, labels=[f"{tick:,}" for tick in ticks])
    shown = [float(value) for curve in curves.values() for value in curve.values()]
    if 0 < 10 * min(shown) < max(shown):
        axes.set(yscale="log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter("{x:g}")
    else:
        axes.set_ylim(bottom=0)
    axes.minorticks_off()
    axes.set_xlabel("calls of the network for a picture", fontsize=FONT)
    axes.set_ylabel(ylabel, fontsize=FONT)
    axes.legend(frameon=False, fontsize=FONT - 1)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _array(values: Any) -> np.ndarray:
    return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values, dtype=float)


def _plane(values, who):
    found = _array(values)
    if found.ndim != 2 or found.shape[1] != 2 or len(found) == 0:
        raise CourseError(f"{who} got an array of shape {found.shape}: give (N, 2).")
    return found
