"""Plot learning curves."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from helpers.errors import CourseError
from helpers.plotting.style import COLOURS, DASHES, FONT, MARKERS, Picture
from helpers.training import History


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
