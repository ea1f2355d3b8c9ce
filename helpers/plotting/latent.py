"""Plot the codes of an auto-encoder."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from helpers.errors import CourseError
from helpers.plotting.images import INCHES_PER_PIXEL, as_tiles, sheet_of, show
from helpers.plotting.style import FONT, SHADES, Picture


def latent_scatter(
    groups: Mapping[str, tuple[Any, Any]], classes: Sequence[str] | None = None
) -> Picture:
    """Return a figure with a panel of two-dimensional codes for each group.

    Each class has a colour, and its name is at the median of its codes (or beside it, where
    names would cover each other), so that nobody needs the colours. Panels are square and
    each has its own scale.

    Args:
        groups: title to (codes (N, 2), labels (N,) from 0).
        classes: the names of the classes; by default their numbers.

    Raises:
        CourseError: no groups, or codes that are not (N, 2) with a label each.
    """
    if not groups:
        raise CourseError("latent_scatter got no codes: give it {title: (codes, labels)}.")
    figure = Picture(4.6 * len(groups), 4.6, "constrained")
    row = figure.subplots(1, len(groups), squeeze=False)[0]
    for axes, (title, (codes, labels)) in zip(row, groups.items(), strict=True):
        points, kinds = _as_points(codes, labels)
        present = np.unique(kinds)
        medians = np.stack([np.median(points[kinds == kind], axis=0) for kind in present])
        places = _apart(medians, np.ptp(points, axis=0) + 1e-9)
        for kind, place in zip(present, places, strict=True):
            mine = points[kinds == kind]
            colour = SHADES[kind % len(SHADES)]
            axes.plot(*mine.T, ".", color=colour, markersize=2.5, alpha=0.5, rasterized=True)
            axes.text(
                *place, classes[kind] if classes else str(kind),
                ha="center", va="center", fontsize=FONT + 2, weight="bold",
                bbox=dict(boxstyle="round,pad=0.15", facecolor="white", edgecolor=colour),
            )  # fmt: skip
        axes.set_title(title, fontsize=FONT + 1)
        axes.set_xlabel("$z_1$", fontsize=FONT)
        axes.set_box_aspect(1)
        axes.grid(alpha=0.25)
    row[0].set_ylabel("$z_2$", fontsize=FONT)
    return figure


def _apart(places: np.ndarray, span: np.ndarray, gap: float = 0.07) -> np.ndarray:
    """Places (K, 2), those pushed apart that are closer than `gap` in units of span (2,)."""
    at = places / span
    for _ in range(100):
        for i in range(len(at)):
            for j in range(i):
                between = at[i] - at[j]
                distance = np.hypot(*between)
                if distance < gap:
                    way = between / distance if distance > 0 else np.array([1.0, 0.0])
                    at[i] += way * (gap - distance) / 2
                    at[j] -= way * (gap - distance) / 2
    return at * span


def _as_points(codes: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    points, kinds = (
        np.asarray(each.detach().cpu() if isinstance(each, torch.Tensor) else each)
        for each in (codes, labels)
    )
    if points.ndim != 2 or points.shape[1] != 2 or kinds.shape != points.shape[:1]:
        raise CourseError(
            f"latent_scatter got codes of shape {points.shape} and labels of shape {kinds.shape}: "
            "give (N, 2) and (N,)."
        )
    return points, kinds.astype(int)


def code_map(codes: Any, images: Any) -> Picture:
    """Return a figure of decoded images where their codes are: z1 to the right, z2 upwards.

    Args:
        codes: all pairs of some levels, (N, 2), in any order, N a square.
        images: what each decodes to, (N, 784), (N, H, W) or (N, 1, H, W), in the same order.

    Raises:
        CourseError: the codes are no such grid, or there are not as many images.
    """
    points = np.asarray(torch.as_tensor(codes).detach().cpu(), dtype=np.float64)
    side = math.isqrt(len(points)) if points.ndim == 2 else 0
    tiles = as_tiles(images, (0, 1))
    if points.shape != (side * side, 2) or not side or len(tiles) != len(points):
        raise CourseError(
            f"code_map got codes of shape {points.shape} and {len(tiles)} images: give (n * n, 2), "
            "and an image for each code."
        )
    # Ranks, not values: levels that differ in the last digit only are one row.
    columns, rows = (np.argsort(np.argsort(axis, kind="stable")) // side for axis in points.T)
    order = np.lexsort((columns, -rows))
    sheet = sheet_of(tiles[order], side)
    height, width = (size * INCHES_PER_PIXEL for size in sheet.shape[:2])
    figure = Picture(width + 1, height + 0.8, "constrained")
    axes = figure.subplots()
    show(axes, sheet)
    at = sorted({0, side // 4, side // 2, side - 1 - side // 4, side - 1})
    middles = [(i + 0.5) * (sheet.shape[1] + 1) / side - 1 for i in at]
    z1, z2 = (np.sort(axis)[::side] for axis in points.T)
    axes.set_xticks(middles, labels=[f"{z1[i]:.2f}" for i in at], fontsize=FONT - 1)
    axes.set_yticks(middles, labels=[f"{z2[side - 1 - i]:.2f}" for i in at], fontsize=FONT - 1)
    axes.set_xlabel("$z_1$", fontsize=FONT)
    axes.set_ylabel("$z_2$", fontsize=FONT)
    return figure
