"""All figures look alike: the same letters, light frames and grids, whatever they show."""

import io
import math

import matplotlib
import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex
from PIL import Image

from helpers import plotting
from helpers.plotting.latent import _apart
from helpers.plotting.style import COLOURS, DASHES, FONT, MARKERS
from tests.helpers.test_plotting import CODES, FIGURES, GRID, IMAGES, LABELS

ALL = FIGURES | {
    "functions": lambda: plotting.functions(GRID, {"a": {"f": GRID, "g": -GRID}}),
    "square": lambda: plotting.mapped_square([[1, 2], [0, 1]], points=CODES),
    "codes": lambda: plotting.code_map(
        torch.cartesian_prod(torch.arange(4.0), torch.arange(4.0)), torch.zeros(16, 28, 28)
    ),
}
# Which sides of a panel have a line: none around pictures, and two where there are axes.
SIDES = {"scatter": 4, "codes": 4, "scores": 1, "answers": None}
SIDES |= dict.fromkeys(("curves", "runs", "landscape", "fields", "paths", "trade-off"), 2)
SIDES |= dict.fromkeys(("calls", "functions", "square"), 2)
GRIDS = {"scatter": 0.25, "curves": 0.25, "runs": 0.25, "functions": 0.25, "square": 0.2}
# Of the titles; two lines are written smaller.
TITLES = {"paths": FONT}
# Of what is written at an axis; numbers below a quiz's pictures are many.
LABELS_OF = dict.fromkeys(("quiz", "answers"), FONT - 1)
TICKS = {"nearest": FONT - 2} | dict.fromkeys(("classes", "levels", "codes"), FONT - 1)


@pytest.mark.parametrize("name", ALL)
def test_letters_frames_and_grids_are_those_of_every_figure(name):
    # Whatever a notebook has set for figures of its own.
    with matplotlib.rc_context({"font.size": 17.0}):
        figure = ALL[name]()
    legends = [*figure.legends, *filter(None, (axes.get_legend() for axes in figure.axes))]
    for legend in legends:
        assert not legend.get_frame_on()
        assert {text.get_fontsize() for text in legend.get_texts()} == {FONT - 1}
    for axes in figure.axes:
        if axes.get_title():
            assert axes.title.get_fontsize() == TITLES.get(name, FONT + 1)
        for axis in (axes.xaxis, axes.yaxis):
            if axis.get_label_text():
                assert axis.label.get_fontsize() == LABELS_OF.get(name, FONT)
            if name in TICKS:
                assert {tick.get_fontsize() for tick in axis.get_ticklabels()} <= {TICKS[name]}
        sides = [side for side, spine in axes.spines.items() if spine.get_visible()]
        if SIDES.get(name, 0) is not None:
            assert len(sides) == SIDES.get(name, 0)
            assert {"top", "right"}.isdisjoint(sides) or len(sides) == 4
        lines = [*axes.get_xgridlines(), *axes.get_ygridlines()]
        shown = {line.get_alpha() for line in lines if line.get_visible()}
        assert shown == ({GRIDS[name]} if name in GRIDS and lines else set())


def test_one_scale_for_all_panels_of_paths_and_a_square_is_a_square():
    paths = torch.stack([CODES, 3 * CODES])
    first, second = plotting.flow_paths({"a": paths, "b": 2 * paths}).axes
    assert first.get_xlim() == second.get_xlim() and first.get_ylim() == second.get_ylim()
    figure = plotting.score_fields(CODES, {"a": CODES})
    for axes in (first, second, *figure.axes, *plotting.mapped_square(np.eye(2)).axes):
        assert axes.get_aspect() == 1
    assert {axes.get_box_aspect() for axes in ALL["scatter"]().axes} == {1}


def test_what_is_many_is_fine_and_lets_through_what_is_behind():
    """Clouds and bundles: small dots, thin lines, half transparent; their ends stand out."""
    clouds = [axes.lines[0] for axes in ALL["scatter"]().axes]
    clouds += [plotting.score_fields(CODES, {"a": CODES}, {"a": CODES}).axes[0].lines[0]]
    clouds += [ALL["square"]().axes[0].lines[-1]]
    for line in clouds:
        assert line.get_marker() == "." and line.get_linestyle() == "None"
        assert 2 <= line.get_markersize() <= 2.5 and line.get_alpha() == 0.5
    # A picture of thousands of dots is no file of thousands of circles.
    assert [line.get_rasterized() for line in clouds] == [True, True, True, False]
    *bundle, start, end = ALL["paths"]().axes[0].lines
    assert {(line.get_linewidth(), line.get_alpha()) for line in bundle} == {(0.7, 0.6)}
    assert (start.get_marker(), end.get_marker()) == ("o", "s")
    assert start.get_markersize() == end.get_markersize() == 2.5
    colours = {bundle[0].get_color(), start.get_color(), end.get_color()}
    assert len(colours) == 3 and colours <= {*COLOURS}
    raw, mean = ALL["curves"]().axes[0].lines[:2]
    assert raw.get_color() == mean.get_color() and raw.get_alpha() == 0.2
    assert raw.get_linewidth() < 1 < mean.get_linewidth()


def test_names_of_classes_are_in_boxes_of_their_colours():
    (axes,) = plotting.latent_scatter({"": (CODES, LABELS)}).axes
    assert len(axes.texts) == len(axes.lines) == 10
    for text, line in zip(axes.texts, axes.lines, strict=True):
        assert (text.get_ha(), text.get_va(), text.get_weight()) == ("center", "center", "bold")
        assert text.get_fontsize() == FONT + 2
        box = text.get_bbox_patch()
        assert to_hex(box.get_edgecolor()) == to_hex(line.get_color())
        assert to_hex(box.get_facecolor()) == "#ffffff" and box.get_boxstyle().pad == 0.15
    both = plotting.latent_scatter({"a": (CODES, LABELS), "b": (CODES, LABELS)}).axes
    assert [axes.get_ylabel() for axes in both] == ["$z_2$", ""]
    assert [axes.get_xlabel() for axes in both] == ["$z_1$", "$z_1$"]


@pytest.mark.parametrize("start", [(0.0, 0.0), (0.01, 0.02)])
def test_names_that_are_too_near_are_pushed_apart_as_far_as_needed_and_no_further(start):
    span = np.array([2.0, 4.0])
    places = np.array([[0.0, 0.0], [2 * start[0], 4 * start[1]], [1.0, 3.0]])
    moved = _apart(places, span) / span
    assert np.hypot(*(moved[0] - moved[1])) == pytest.approx(0.07, abs=1e-6)
    # Both by as much, and the one that is far away not at all.
    assert moved[:2].sum(0) == pytest.approx(np.array(start))
    assert moved[2].tolist() == [0.5, 0.75]
    if start[0]:
        way = moved[1] - moved[0]
        assert way / np.hypot(*way) == pytest.approx(np.array(start) / np.hypot(*start))


def test_settings_are_named_beside_their_points():
    (axes,) = plotting.trade_off({0: (0.9, 0.5), 2: (0.6, 0.8)}, ("a", "b"), "eta").axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("a", "b")
    assert [text.get_text() for text in axes.texts] == ["eta = 0", "eta = 2"]
    assert [text.xy for text in axes.texts] == [(0.9, 0.5), (0.6, 0.8)]
    for text in axes.texts:
        assert (text.xyann, text.anncoords) == ((6, 6), "offset points")
        assert text.get_fontsize() == FONT - 1
    (line,) = axes.lines
    assert (line.get_marker(), line.get_linestyle()) == ("o", "-")
    # Room for what is written beside the last one.
    assert axes.margins() == (0.15, 0.15)


@pytest.mark.parametrize("draw", ["functions", "against_calls", "energy_landscape"])
def test_each_curve_has_its_own_look_and_after_the_last_they_begin_again(draw):
    names = [str(n) for n in range(8)]
    if draw == "functions":
        lines = plotting.functions(GRID, {"": {name: GRID for name in names}}).axes[0].lines
    elif draw == "against_calls":
        lines = plotting.against_calls({name: {1: 2.0, 5: 1.0} for name in names}).axes[0].lines
    else:
        figure = plotting.energy_landscape(GRID, {name: GRID for name in names[:4]}, GRID)
        lines = figure.axes[0].lines
    looks = [(line.get_color(), line.get_marker()) for line in lines]
    assert [colour for colour, _ in looks] == [*COLOURS, COLOURS[0]][: len(looks)]
    if draw != "energy_landscape":
        assert [marker for _, marker in looks] == [*MARKERS, MARKERS[0]]
        assert lines[1].get_linestyle() == DASHES[1] and lines[7].get_linestyle() == "-"
    else:
        assert len({line.get_linestyle() for line in lines}) == 4


def test_marks_of_a_curve_are_spread_and_not_on_those_of_the_next():
    panels = {"": {name: torch.zeros(320) for name in "abc"}}
    lines = plotting.functions(torch.arange(320.0), panels).axes[0].lines
    assert [line.get_markevery() for line in lines] == [(0, 40), (10, 40), (20, 40)]
    assert {(line.get_linewidth(), line.get_markersize()) for line in lines} == {(1.8, 4.5)}
    few = plotting.functions([1, 2, 3], {"": {name: [1, 2, 3] for name in "ab"}}).axes[0].lines
    assert [line.get_markevery() for line in few] == [(0, 1), (1, 1)]


@pytest.mark.parametrize(("count", "size", "edge"), [(12, 9, 1.6), (13, 5, 1)])
def test_points_are_crosses_above_the_curves_and_large_where_they_are_few(count, size, edge):
    dots = (torch.arange(float(count)), torch.zeros(count))
    panels, points = {"": {"curve": GRID}}, {"": {name: dots for name in "abcd"}}
    axes = plotting.functions(GRID, panels, points=points).axes[0]
    curve, *crosses = axes.lines
    assert [line.get_marker() for line in crosses] == ["x", "+", "*", "x"]
    for line in crosses:
        assert (line.get_linestyle(), line.get_color()) == ("None", "black")
        assert (line.get_markersize(), line.get_markeredgewidth()) == (size, edge)
        assert line.get_zorder() > curve.get_zorder()
        assert line.get_xdata().tolist() == list(range(count))


def test_the_width_of_functions_and_their_legends_below():
    for count, width in ((1, 5.2), (2, 7.8)):
        figure = plotting.functions(GRID, {str(n): {"f": GRID} for n in range(count)})
        assert figure.get_size_inches().tolist() == pytest.approx([width, 3.8])
    (axes,) = plotting.functions(GRID, {"": {"f": GRID}}).axes
    assert axes.get_xlabel() == "$x$"
    axes.figure.draw_without_rendering()
    box, panel = axes.get_legend().get_window_extent(), axes.get_window_extent()
    assert box.y1 < panel.y0  # it covers no curve
    assert abs(sum(box.intervalx) - sum(panel.intervalx)) < 4


def test_a_mapped_square_has_its_cells_and_names_its_sides():
    left, right = plotting.mapped_square([[2.0, 1.0], [0.0, 3.0]]).axes
    assert (left.get_xlabel(), left.get_ylabel()) == ("$x$", "$y$")
    assert (right.get_xlabel(), right.get_ylabel()) == ("$u$", "$v$")
    for axes, ends in ((left, [(1, 0), (0, 1)]), (right, [(2, 0), (1, 3)])):
        cuts = [line for line in axes.lines if line.get_marker() == "None"]
        assert len(cuts) == 12  # at 0, 1/5, ..., 1, both ways
        (patch,) = axes.patches
        assert to_hex(patch.get_facecolor()) == COLOURS[4].lower() and patch.get_alpha() == 0.45
        assert to_hex(patch.get_edgecolor()) == "#000000"
        for line in cuts:
            assert line.get_linewidth() == 0.6 and line.get_color() == "black"
        arrows, names = axes.texts[::2], axes.texts[1::2]
        assert [text.get_text() for text in names] == ["first side", "second side"]
        assert [text.get_color() for text in names] == [*COLOURS[:2]]
        for arrow, name, end in zip(arrows, names, ends, strict=True):
            assert tuple(arrow.xy) == tuple(name.xy) == end and arrow.xyann == (0, 0)
            assert arrow.arrowprops["color"] == name.get_color() and arrow.get_text() == ""
            assert arrow.arrowprops["arrowstyle"] == "-|>"
            assert arrow.arrow_patch.get_linewidth() == 2.2
            assert (name.xyann, name.anncoords) == ((6, 6), "offset points")
            assert name.get_fontsize() == FONT - 1
        # From the back: points, the square, its cells, its sides, their names.
        heights = [axes.lines[-1], patch, cuts[0], arrows[0], names[0]]
        assert [each.get_zorder() for each in heights] == [1, 2, 3, 4, 5]
    cells = [line.get_xydata()[:, 0] for line in left.lines if line.get_marker() == "None"]
    assert sorted({round(x[0], 6) for x in cells}) == [0, 0.2, 0.4, 0.6, 0.8, 1]


def test_a_map_of_codes_has_five_numbers_at_their_pictures():
    codes = torch.cartesian_prod(torch.arange(9.0), torch.arange(9.0) * 10)
    (axes,) = plotting.code_map(codes, torch.zeros(81, 28, 28)).axes
    middles = [(i + 0.5) * 29 - 1 for i in (0, 2, 4, 6, 8)]
    assert axes.get_xticks().tolist() == pytest.approx(middles)
    assert axes.get_yticks().tolist() == pytest.approx(middles)
    across = [label.get_text() for label in axes.get_xticklabels()]
    up = [label.get_text() for label in axes.get_yticklabels()]
    assert across == ["0.00", "2.00", "4.00", "6.00", "8.00"]
    assert up == ["80.00", "60.00", "40.00", "20.00", "0.00"]
    sheet = 9 * 29 - 1
    assert axes.images[0].get_array().shape[:2] == (sheet, sheet)
    size = sheet * plotting.images.INCHES_PER_PIXEL
    assert axes.figure.get_size_inches().tolist() == pytest.approx([size + 1, size + 0.8])
    (one,) = plotting.code_map(torch.zeros(1, 2), torch.zeros(1, 28, 28)).axes
    assert [label.get_text() for label in one.get_xticklabels()] == ["0.00"]


def test_samples_of_a_landscape_are_behind_its_density_and_told_apart_in_print():
    groups = {name: torch.zeros(40) for name in "abcd"}
    _, right = plotting.energy_landscape(GRID, GRID, 1 - GRID.abs() / 2, groups).axes
    bars = [container[0] for container in right.containers]
    assert [bar.get_hatch() for bar in bars] == [None, "///", "...", None]
    assert [to_hex(bar.get_facecolor()) for bar in bars] == [
        colour.lower() for colour in COLOURS[-2:-6:-1]
    ]
    assert {bar.get_alpha() for bar in bars} == {0.55}
    assert {len(container) for container in right.containers} == {60}
    ends = [(c[0].get_x(), c[-1].get_x() + c[-1].get_width()) for c in right.containers]
    assert ends == [pytest.approx((-2, 2))] * 4
    (line,) = right.lines
    assert (line.get_color(), line.get_linewidth()) == ("black", 1.8)
    assert line.get_zorder() > bars[0].get_zorder()


def test_a_density_leaves_room_above_for_its_legend():
    _, right = plotting.energy_landscape(GRID, GRID, 1 - GRID.abs() / 2).axes
    top, highest = right.get_ylim()[1], right.lines[0].get_ydata().max()
    assert top == pytest.approx(1.4 * 1.05 * highest)


def test_scores_are_bars_and_an_outline_over_the_range_of_both():
    figure = plotting.score_histograms(GRID, {"a": GRID + 1, "none": torch.full((3,), math.nan)})
    for axes, high in zip(figure.axes, (3, 2), strict=True):
        known = axes.containers[0] if axes.containers else axes.patches[:80]
        assert len(known) == 80
        assert {to_hex(bar.get_facecolor()) for bar in known} == {"#bfbfbf"}
        assert known[0].get_x() == pytest.approx(-2)
        assert known[-1].get_x() + known[-1].get_width() == pytest.approx(high)
        assert sum(bar.get_height() * bar.get_width() for bar in known) == pytest.approx(1)
        assert axes.get_yticks().tolist() == []
        figure.draw_without_rendering()
        # The names are beside the panel, where they cover no score.
        assert axes.get_legend().get_window_extent().x0 >= axes.get_window_extent().x1
    outline = figure.axes[0].patches[-1]
    assert not outline.get_fill() and outline.get_linewidth() == 1.6
    assert to_hex(outline.get_edgecolor()) == COLOURS[1].lower()
    names = [[t.get_text() for t in axes.get_legend().get_texts()] for axes in figure.axes]
    assert names == [["digits", "a"], ["digits"]]
    assert [axes.get_xlabel() for axes in figure.axes] == ["", "score"]


def test_arrows_are_as_long_as_the_root_of_what_they_stand_for():
    points = torch.tensor([[0.0, 0.0], [3.0, 4.0], [1.0, 1.0]])
    field = torch.tensor([[0.0, 0.0], [0.0, 4.0], [1.0, 0.0]])
    figure = plotting.score_fields(points, {"a": field, "b": torch.zeros(3, 2)}, {"a": points})
    (arrows,), (none,) = ([*axes.collections] for axes in figure.axes)
    assert arrows.U.tolist() == pytest.approx([0, 0, 0.5])
    assert arrows.V.tolist() == pytest.approx([0, 1, 0])
    assert none.U.tolist() == none.V.tolist() == [0, 0, 0]
    assert (arrows.scale, arrows.width) == (18, 0.005)
    assert to_hex(arrows.get_facecolor()[0]) == COLOURS[0].lower()
    behind = figure.axes[0].lines[0]
    assert to_hex(behind.get_color()) == COLOURS[4].lower()
    # Where nothing points anywhere, nothing is divided by 0.
    calm = plotting.score_fields(points, {"": torch.zeros(3, 2)}).axes[0].collections[0]
    assert calm.U.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("values", "scale"),
    [((10.0, 1.0), "linear"), ((10.1, 1.0), "log"), ((10.0, 0.0), "linear"), ((5, 5), "linear")],
)
def test_an_axis_of_more_than_a_decade_is_logarithmic(values, scale):
    (axes,) = plotting.against_calls({"a": {1: values[0]}, "b": {9: values[1]}}).axes
    assert axes.get_yscale() == scale
    assert bool(axes.get_ylim()[0] == 0) is (scale == "linear")
    assert axes.xaxis.get_ticklocs(minor=True).size == axes.yaxis.get_ticklocs(minor=True).size == 0
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b"]


@pytest.mark.parametrize(("count", "columns", "rows"), [(2, 2, 1), (8, 4, 2), (9, 5, 2)])
def test_a_quiz_is_about_twice_as_wide_as_high(count, columns, rows):
    quiz = plotting.real_or_fake(IMAGES, {"GAN": IMAGES}, seed=0, count=count)
    size = quiz.figure.get_size_inches().tolist()
    assert size == pytest.approx([1.15 * columns, 1.35 * rows])
    (place,) = {axes.get_subplotspec().get_geometry()[:2] for axes in quiz.figure.axes}
    assert place == (rows, columns)
    framed = [axes for axes in quiz.answers().axes if axes.spines["top"].get_visible()]
    assert len(framed) == math.ceil(count / 2)
    for spine in framed[0].spines.values():
        assert spine.get_linewidth() == 4 and to_hex(spine.get_edgecolor()) == COLOURS[0].lower()


def test_a_quiz_needs_one_picture_of_each_share_and_keeps_to_its_range():
    fake = {"GAN": IMAGES[:3]}
    assert len(plotting.real_or_fake(IMAGES[:3], fake, seed=0, count=6).labels) == 6
    assert (
        len(plotting.real_or_fake(torch.rand(9, 4, 4), {"GAN": torch.rand(9, 4, 4)}, 0).labels)
        == 18
    )
    dark = plotting.real_or_fake(IMAGES, {"GAN": IMAGES}, seed=0, count=4, value_range=(0, 2))
    assert max(axes.images[0].get_array().max() for axes in dark.figure.axes) <= 0.5
    assert {axes.images[0].get_interpolation() for axes in dark.figure.axes} == {"nearest"}


def test_a_picture_is_white_and_as_sharp_as_two_dots_for_a_pixel():
    raw = plotting.image_grid(IMAGES, columns=7)._repr_png_()
    picture = Image.open(io.BytesIO(raw)).convert("RGB")
    assert picture.getpixel((0, 0)) == (255, 255, 255)
    assert abs(picture.width - (2 * (7 * 29 - 1) + 10)) <= 3
    assert abs(picture.height - (2 * 28 + 10)) <= 3


GREY = torch.full((12, 28, 28), 0.5)
RANGED = {
    "grid": lambda **more: plotting.image_grid(GREY, **more),
    "side by side": lambda **more: plotting.side_by_side({"a": GREY, "b": GREY}, **more),
    "epochs": lambda **more: plotting.samples_over_epochs({1: GREY, 2: GREY}, **more),
    "nearest": lambda **more: plotting.nearest_images(GREY, GREY, **more),
    "classes": lambda **more: plotting.class_sheet(GREY, "abc", **more),
    "levels": lambda **more: plotting.noise_levels({"a": GREY, "b": GREY}, range(12), **more),
    "quiz": lambda **more: plotting.real_or_fake(GREY, {"a": GREY}, 0, 4, **more).figure,
}


@pytest.mark.parametrize("name", RANGED)
def test_black_and_white_are_what_the_caller_says_in_every_panel(name):
    def shades(**more):
        sheets = [axes.images[0].get_array() for axes in RANGED[name](**more).axes]
        return {float(sheet[0, 0, 0]) for sheet in sheets}

    assert shades(value_range=(0, 2)) == {0.25} and shades(value_range=(-1, 1)) == {0.75}
    assert shades() == ({0.75} if name == "levels" else {0.5})


@pytest.mark.parametrize(
    ("name", "usual"), [("grid", 4), ("side by side", 4), ("epochs", 10), ("nearest", 10)]
)
def test_how_many_images_are_beside_each_other(name, usual):
    for more, columns in (({}, usual), ({"columns": 5}, 5), ({"columns": 99}, 12)):
        sheets = [axes.images[0].get_array() for axes in RANGED[name](**more).axes]
        assert max(sheet.shape[1] for sheet in sheets) == columns * 29 - 1
        if name == "nearest":
            assert len(sheets) == 2 * math.ceil(12 / columns)
