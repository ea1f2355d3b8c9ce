"""Codes of an auto-encoder."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from helpers.errors import CourseError
from helpers.plotting.style import FONT, SHADES, Picture


def latent_scatter(
    groups: Mapping[str, tuple[Any, Any]], classes: Sequence[str] | None = None
) -> Picture:
    """Return a figure with a panel of two-dimensional codes for each group.

    Each class has a colour, and its name stands at the median of its codes, so that nobody needs
    the colours. Panels are square and each has its own scale.

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
        for kind in np.unique(kinds):
            mine = points[kinds == kind]
            colour = SHADES[kind % len(SHADES)]
            axes.plot(*mine.T, ".", color=colour, markersize=2.5, alpha=0.5, rasterized=True)
            axes.text(
                *np.median(mine, axis=0), classes[kind] if classes else str(kind),
                ha="center", va="center", fontsize=FONT + 2, weight="bold",
                bbox=dict(boxstyle="round,pad=0.15", facecolor="white", edgecolor=colour),
            )  # fmt: skip
        axes.set_title(title, fontsize=FONT + 1)
        axes.set_xlabel("$z_1$", fontsize=FONT)
        axes.set_box_aspect(1)
        axes.grid(alpha=0.25)
    row[0].set_ylabel("$z_2$", fontsize=FONT)
    return figure


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
