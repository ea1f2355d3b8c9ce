"""Plot grids of images."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes

from helpers.errors import CourseError
from helpers.plotting.style import FONT, MARGIN, Picture, as_vector

NAN_COLOUR = (0.84, 0.15, 0.16)
# Two screen pixels for one of the image, at the 100 dots per inch that notebooks draw with.
INCHES_PER_PIXEL = 0.02
GAP, TITLE_HEIGHT, CHARACTER_WIDTH = 0.15, 0.3, 0.095
# Degrees, of the names above narrow columns.
SLANT = 35


def image_grid(
    images: Any,
    columns: int | None = None,
    title: str | None = None,
    value_range: tuple[float, float] = (0, 1),
) -> Picture:
    """Return a figure of all images, row by row; pixels that are nan are red.

    Args:
        images: (N, 784), (N, H, W) or (N, 1, H, W).
        columns: images in a row; by default the grid is about square.
        title: written above.
        value_range: the values of black and of white; values beyond are cut off.

    Raises:
        CourseError: ``images`` has another shape, or none in it.
    """
    return _in_a_row({title or "": sheet_of(as_tiles(images, value_range), columns)})


def side_by_side(
    groups: Mapping[str, Any],
    value_range: tuple[float, float] = (0, 1),
    columns: int | None = None,
) -> Picture:
    """Return a figure with a titled grid for each group of images.

    Args:
        groups: title to images, (N, 784), (N, H, W) or (N, 1, H, W).
        value_range: the values of black and of white.
        columns: images in a row of each grid; by default about square.

    Raises:
        CourseError: no groups, or images of another shape.
    """
    if not groups:
        raise CourseError("side_by_side got no images: give it {title: images}.")
    tiles = {title: as_tiles(images, value_range) for title, images in groups.items()}
    columns = columns or math.ceil(math.sqrt(max(map(len, tiles.values()))))
    return _in_a_row({title: sheet_of(group, columns) for title, group in tiles.items()})


def samples_over_epochs(
    samples: Mapping[int | str, Any], value_range: tuple[float, float] = (0, 1), columns: int = 10
) -> Picture:
    """Return a figure with a row of images for each epoch, or for each run.

    Made from the same noise, a column shows how one image came about.

    Args:
        samples: an epoch (or, as text, any other label of a row) to its images, (N, 784),
            (N, H, W) or (N, 1, H, W).
        value_range: the values of black and of white.
        columns: how many of the images to show.

    Raises:
        CourseError: no samples, or images of another shape.
    """
    if not samples:
        raise CourseError("samples_over_epochs got no samples: give it {epoch: images}.")
    sheets = {
        label if isinstance(label, str) else f"epoch {label}": sheet_of(
            as_tiles(images, value_range)[:columns], columns
        )
        for label, images in samples.items()
    }
    left = MARGIN + max(map(len, sheets)) * CHARACTER_WIDTH
    width = left + max(sheet.shape[1] for sheet in sheets.values()) * INCHES_PER_PIXEL
    heights = [sheet.shape[0] * INCHES_PER_PIXEL + MARGIN for sheet in sheets.values()]
    figure = Picture(width + MARGIN, sum(heights) + MARGIN)
    top = MARGIN
    for (label, sheet), height in zip(sheets.items(), heights, strict=True):
        axes = place_sheet(figure, sheet, left, top)
        axes.set_ylabel(label, rotation=0, ha="right", va="center", fontsize=FONT)
        top += height
    return figure


def nearest_images(
    samples: Any,
    nearest: Any,
    distances: Any = None,
    value_range: tuple[float, float] = (0, 1),
    columns: int = 10,
) -> Picture:
    """Return a figure of samples with the nearest training image below each.

    Args:
        samples: (N, 784), (N, H, W) or (N, 1, H, W).
        nearest: as many images, as ``helpers.quality.nearest_training_images`` finds them.
        distances: N numbers to write below the pairs.
        value_range: the values of black and of white, of both.
        columns: pairs beside each other.

    Raises:
        CourseError: images of another shape, or not as many of each.
    """
    upper, lower = as_tiles(samples, value_range), as_tiles(nearest, value_range)
    texts = [""] * len(upper) if distances is None else [f"{d:.1f}" for d in as_vector(distances)]
    if not len(upper) == len(lower) == len(texts):
        raise CourseError(
            f"nearest_images got {len(upper)} samples, {len(lower)} nearest images and "
            f"{len(texts)} distances: give as many of each."
        )
    labels = ("sample", "nearest")
    left = MARGIN + max(map(len, labels)) * CHARACTER_WIDTH
    columns = min(columns, len(upper))
    width = (columns * (upper.shape[2] + 1) - 1) * INCHES_PER_PIXEL
    row = upper.shape[1] * INCHES_PER_PIXEL
    step = 2 * row + INCHES_PER_PIXEL + (MARGIN if distances is None else 0.8 * TITLE_HEIGHT)
    starts = range(0, len(upper), columns)
    figure = Picture(left + width + MARGIN, len(starts) * step + MARGIN)
    for i, start in enumerate(starts):
        part = slice(start, start + columns)
        top = MARGIN + i * step
        for label, tiles in zip(labels, (upper, lower), strict=True):
            axes = place_sheet(figure, sheet_of(tiles[part], columns), left, top)
            axes.set_ylabel(label, rotation=0, ha="right", va="center", fontsize=FONT)
            top += row + INCHES_PER_PIXEL
        middles = [(j + 0.5) * (upper.shape[2] + 1) - 1 for j in range(len(texts[part]))]
        axes.set_xticks(middles, labels=texts[part], fontsize=FONT - 2)
        axes.tick_params(length=0, pad=2)
    return figure


def class_sheet(
    images: Any, classes: Sequence[str], value_range: tuple[float, float] = (0, 1)
) -> Picture:
    """Return a figure of all images with a column for each class, its name above.

    Args:
        images: (N, 784), (N, H, W) or (N, 1, H, W), row by row: image i is in column
            i modulo the number of classes.
        classes: the names.
        value_range: the values of black and of white.

    Raises:
        CourseError: no classes, or images of another shape.
    """
    if not classes:
        raise CourseError("class_sheet got no classes: give it the name of each column.")
    sheet = sheet_of(as_tiles(images, value_range), len(classes))
    height, width = (size * INCHES_PER_PIXEL for size in sheet.shape[:2])
    # Slanted names need room above, and beside the last column.
    room = max(map(len, classes)) * CHARACTER_WIDTH * math.sin(math.radians(SLANT))
    figure = Picture(width + 2 * MARGIN + room, height + 2 * MARGIN + room)
    axes = place_sheet(figure, sheet, MARGIN, MARGIN + room)
    step = sheet.shape[1] / len(classes)
    axes.set_xticks([step * (i + 0.5) for i in range(len(classes))], labels=classes)
    axes.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False, length=0)
    for label in axes.get_xticklabels():
        label.set(rotation=SLANT, ha="left", fontsize=FONT - 1, rotation_mode="anchor")
    return figure


def as_tiles(images: Any, value_range: tuple[float, float]) -> np.ndarray:
    """Images as RGB (N, H, W, 3) in [0, 1]."""
    if isinstance(images, torch.Tensor):
        images = images.detach().cpu().float().numpy()
    images = np.asarray(images, dtype=np.float64)
    if images.ndim == 2 and images.shape[1] == 784:
        images = images.reshape(-1, 28, 28)
    if images.ndim == 4 and images.shape[1] == 1:
        images = images[:, 0]
    if images.ndim != 3 or images.size == 0:
        raise CourseError(
            f"helpers.plotting got images of shape {images.shape}: give (N, 784), (N, H, W) or "
            "(N, 1, H, W), with N at least 1."
        )
    low, high = value_range
    grey = np.clip((images - low) / (high - low), 0, 1)
    rgb = np.repeat(grey[..., None], 3, axis=-1)
    rgb[np.isnan(images)] = NAN_COLOUR
    return rgb


def sheet_of(tiles: np.ndarray, columns: int | None = None) -> np.ndarray:
    """All tiles as one RGB picture, row by row, a pixel of white between them."""
    count, height, width, _ = tiles.shape
    columns = min(columns or math.ceil(math.sqrt(count)), count)
    rows = math.ceil(count / columns)
    sheet = np.ones((rows * (height + 1) - 1, columns * (width + 1) - 1, 3))
    for i, tile in enumerate(tiles):
        top, left = i // columns * (height + 1), i % columns * (width + 1)
        sheet[top : top + height, left : left + width] = tile
    return sheet


def _in_a_row(sheets: Mapping[str, np.ndarray]) -> Picture:
    """Sheets beside each other, their titles above."""
    widths = [sheet.shape[1] * INCHES_PER_PIXEL for sheet in sheets.values()]
    tallest = max(sheet.shape[0] for sheet in sheets.values()) * INCHES_PER_PIXEL
    top = MARGIN + TITLE_HEIGHT * any(sheets)
    figure = Picture(sum(widths) + GAP * (len(widths) - 1) + 2 * MARGIN, top + tallest + MARGIN)
    left = MARGIN
    for (title, sheet), width in zip(sheets.items(), widths, strict=True):
        place_sheet(figure, sheet, left, top).set_title(title, fontsize=FONT + 1)
        left += width + GAP
    return figure


def place_sheet(figure: Picture, sheet: np.ndarray, left: float, top: float) -> Axes:
    """Draw a sheet at its own size, ``left`` and ``top`` inches from the figure's corner."""
    height, width = (size * INCHES_PER_PIXEL for size in sheet.shape[:2])
    page_width, page_height = figure.get_size_inches()
    bottom = page_height - top - height
    axes = figure.add_axes(
        (left / page_width, bottom / page_height, width / page_width, height / page_height)
    )
    show(axes, sheet)
    axes.spines[:].set_visible(False)
    return axes


def show(axes: Axes, picture: np.ndarray) -> None:
    axes.imshow(picture, interpolation="nearest")
    axes.set(xticks=[], yticks=[])
