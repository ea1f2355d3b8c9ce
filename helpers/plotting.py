"""The pictures of the course.

Images come as tensors or arrays, (N, 784), (N, H, W) or (N, 1, H, W), on any device. Each function
returns a new figure that pyplot does not know of, so a notebook shows it exactly once, when it is
the last value of a cell or given to ``display``.
"""

import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from helpers.errors import CourseError
from helpers.training import History

# The colours of Okabe and Ito, told apart by colour-blind readers too; dashes and markers serve
# print.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (1, 1)))
MARKERS = "os^DvPX"
# For ten classes: those, and three more that differ in lightness.
SHADES = (*COLOURS, "#882255", "#999933", "#777777")
NAN_COLOUR = (0.84, 0.15, 0.16)
# Two screen pixels for one of the image, at the 100 dots per inch that notebooks draw with.
INCHES_PER_PIXEL = 0.02
MARGIN, GAP, TITLE_HEIGHT, CHARACTER_WIDTH = 0.05, 0.15, 0.3, 0.095
FONT = 10


class Picture(Figure):
    """A figure that shows itself, wherever IPython runs and whatever backend is chosen."""

    def __init__(self, width: float, height: float, layout: str | None = None) -> None:
        super().__init__(figsize=(width, height), layout=layout, facecolor="white")

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=100, bbox_inches="tight", pad_inches=MARGIN)
        return buffer.getvalue()


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
    return _in_a_row({title or "": _sheet(_as_tiles(images, value_range), columns)})


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
    tiles = {title: _as_tiles(images, value_range) for title, images in groups.items()}
    columns = columns or math.ceil(math.sqrt(max(map(len, tiles.values()))))
    return _in_a_row({title: _sheet(group, columns) for title, group in tiles.items()})


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
        label if isinstance(label, str) else f"epoch {label}": _sheet(
            _as_tiles(images, value_range)[:columns], columns
        )
        for label, images in samples.items()
    }
    left = MARGIN + max(map(len, sheets)) * CHARACTER_WIDTH
    width = left + max(sheet.shape[1] for sheet in sheets.values()) * INCHES_PER_PIXEL
    heights = [sheet.shape[0] * INCHES_PER_PIXEL + MARGIN for sheet in sheets.values()]
    figure = Picture(width + MARGIN, sum(heights) + MARGIN)
    top = MARGIN
    for (label, sheet), height in zip(sheets.items(), heights, strict=True):
        axes = _place(figure, sheet, left, top)
        axes.set_ylabel(label, rotation=0, ha="right", va="center", fontsize=FONT)
        top += height
    return figure


def learning_curves(
    histories: History | Mapping[str, History],
    names: list[str] | None = None,
    smooth: int | None = None,
    unit: str = "step",
) -> Picture:
    """Return a figure of logged numbers over training steps.

    One history is one panel with a line for each name; several are a panel for each name, with a
    line for each history. Lines are moving averages; behind one or two, the raw numbers show.

    Args:
        histories: one, or several by title.
        names: what to show; by default everything that was logged.
        smooth: values in the moving average; by default a twenty-fifth of the run. 1 for none.
        unit: what was logged once for each: a step (counted from 0), or such as an epoch (from 1).

    Raises:
        CourseError: nothing was logged, or not under such a name.
    """
    single = isinstance(histories, History)
    runs = {"": histories} if single else dict(histories)
    names = list(names or dict.fromkeys(name for run in runs.values() for name in run.names))
    if not names:
        raise CourseError("learning_curves got nothing to draw: log the losses while training.")
    if single:
        panels = {"": [(name, histories, name) for name in names]}
    else:
        panels = {n: [(t, run, n) for t, run in runs.items() if n in run.names] for n in names}
    figure = Picture(6.4 if len(panels) == 1 else 4.6 * len(panels), 3.6, "constrained")
    row = figure.subplots(1, len(panels), squeeze=False)[0]
    styles = {label: i for i, label in enumerate(names if single else runs)}
    for axes, (title, lines) in zip(row, panels.items(), strict=True):
        if not lines:
            raise CourseError(f"learning_curves found no {title!r} in any history: log it.")
        for label, run, name in lines:
            # Behind many lines the raw numbers would only be a haze.
            raw, first = len(lines) <= 2, int(unit != "step")
            _draw_curve(axes, run, name, label, styles[label], smooth, raw, first)
        axes.set_xlabel(unit, fontsize=FONT)
        axes.set_title(title, fontsize=FONT + 1)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    drawn = {line.get_label(): line for axes in row for line in axes.lines}
    figure.legend(
        handles=[drawn[label] for label in styles if label in drawn],
        loc="outside lower center",
        ncols=3,
        frameon=False,
        fontsize=FONT - 1,
        handlelength=4,
    )
    return figure


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


def energy_landscape(
    grid: Any,
    energies: Any,
    density: Any,
    samples: Mapping[str, Any] | None = None,
) -> Picture:
    """Return a figure of an energy in one dimension beside the density that belongs to it.

    Args:
        grid: (K,) points.
        energies: (K,) energies, or several by title; each is drawn with its lowest value at 0.
        density: (K,) density at the same points.
        samples: points by title, of any shape, drawn as histograms behind the density.

    Raises:
        CourseError: energies or a density of another length than the grid.
    """
    grid, density = _as_vector(grid), _as_vector(density)
    if not isinstance(energies, Mapping):
        energies = {"": energies}
    curves = {title: _as_vector(energy) for title, energy in energies.items()}
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
            _as_vector(points),
            bins=60,
            range=(grid.min(), grid.max()),
            density=True,
            color=COLOURS[-2 - i],
            alpha=0.55,
            hatch=(None, "///", "...")[i % 3],
            label=title,
        )
    right.plot(grid, density, color="black", linewidth=1.8, label="density, by integration")
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
    known = _as_vector(reference)
    known = known[np.isfinite(known)]
    scores = {title: _as_vector(values) for title, values in others.items()}
    # Each panel has a range of its own: what is far off would squeeze the rest.
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
        axes.legend(frameon=False, fontsize=FONT - 1, loc="upper right")
    column[-1].set_xlabel(xlabel, fontsize=FONT)
    return figure


def _as_vector(values: Any) -> np.ndarray:
    """Numbers of any shape as one row of float64."""
    if isinstance(values, torch.Tensor):
        values = values.detach().cpu().numpy()
    return np.asarray(values, dtype=np.float64).reshape(-1)


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
            _show(axes, self._tiles[i])
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
        tiles = _as_tiles(images, value_range)
        share = count // len(pools) + (i < count % len(pools))
        if len(tiles) < share:
            raise CourseError(
                f"real_or_fake got {len(tiles)} images of {label!r}: give at least {share}."
            )
        picks = torch.randperm(len(tiles), generator=generator)[:share]
        chosen += [(tiles[pick], label) for pick in picks.tolist()]
    order = torch.randperm(len(chosen), generator=generator).tolist()
    return Quiz([chosen[i][0] for i in order], [chosen[i][1] for i in order])


def _as_tiles(images: Any, value_range: tuple[float, float]) -> np.ndarray:
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


def _sheet(tiles: np.ndarray, columns: int | None = None) -> np.ndarray:
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
        _place(figure, sheet, left, top).set_title(title, fontsize=FONT + 1)
        left += width + GAP
    return figure


def _place(figure: Picture, sheet: np.ndarray, left: float, top: float) -> Axes:
    """Draw a sheet at its own size, ``left`` and ``top`` inches from the figure's corner."""
    height, width = (size * INCHES_PER_PIXEL for size in sheet.shape[:2])
    page_width, page_height = figure.get_size_inches()
    bottom = page_height - top - height
    axes = figure.add_axes(
        (left / page_width, bottom / page_height, width / page_width, height / page_height)
    )
    _show(axes, sheet)
    axes.spines[:].set_visible(False)
    return axes


def _show(axes: Axes, picture: np.ndarray) -> None:
    axes.imshow(picture, interpolation="nearest")
    axes.set(xticks=[], yticks=[])


def _draw_curve(
    axes: Axes,
    run: History,
    name: str,
    label: str,
    style: int,
    smooth: int | None,
    raw: bool,
    first: int,
) -> None:
    steps, values = [step + first for step in run.steps(name)], run.series(name)
    window = min(smooth or max(1, len(values) // 25), len(values))
    colour = COLOURS[style % len(COLOURS)]
    if raw and window > 1:
        axes.plot(steps, values, color=colour, alpha=0.2, linewidth=0.7)
    # The first averages, over fewer values than the rest, would start with a spike. Of the others
    # some two hundred are enough: on a jagged line nobody can see the dashes.
    some = slice(window - 1, None, max(1, len(values) // 200))
    averages = run.smoothed(name, window)[some]
    axes.plot(
        steps[some],
        averages,
        color=colour,
        linestyle=DASHES[style % len(DASHES)],
        linewidth=1.6,
        marker=MARKERS[style % len(MARKERS)],
        markevery=max(1, len(averages) // 7),
        markersize=5,
        label=label,
    )
