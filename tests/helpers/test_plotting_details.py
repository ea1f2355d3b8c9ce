"""What a picture says: labels, titles, ticks and sizes, where readers look for them."""

import math

import numpy as np
import pytest
import torch

from helpers import plotting
from helpers.errors import CourseError
from helpers.plotting import images, style
from helpers.plotting.style import COLOURS, DASHES, FONT, MARKERS
from helpers.training import History

IMAGES = torch.rand(7, 1, 28, 28, generator=torch.Generator().manual_seed(0))
PIXEL, MARGIN = images.INCHES_PER_PIXEL, images.MARGIN


def history(steps=50, **values):
    made = History()
    for step in range(steps):
        made.log(**{name: value + 0.01 * step for name, value in values.items()})
    return made


def ticks(axes):
    return [label.get_text() for label in axes.get_xticklabels()]


def sides(axes):
    """Where ticks and labels are drawn: (ticks above, labels above, ticks below, labels below)."""
    known = axes.xaxis.get_tick_params()
    return tuple(known[name] for name in ("top", "labeltop", "bottom", "labelbottom"))


def test_noise_levels_have_their_times_above_the_columns_and_titles_on_the_left():
    figure = plotting.noise_levels({"there": IMAGES, "back": IMAGES[:7]}, range(7))
    first, second = figure.axes
    assert [axes.get_ylabel() for axes in figure.axes] == ["there", "back"]
    assert ticks(first) == [str(n) for n in range(7)] and ticks(second) == []
    sheet = 7 * 29 - 1
    middles = [sheet / 7 * (n + 0.5) for n in range(7)]
    assert first.get_xticks().tolist() == pytest.approx(middles)
    assert sides(first) == (True, True, False, False)
    label = first.yaxis.label
    assert (label.get_rotation(), label.get_ha(), label.get_va(), label.get_fontsize()) == (
        *(0, "right", "center", FONT),
    )
    assert first.get_xticklabels()[0].get_fontsize() == FONT - 1
    left = MARGIN + len("there") * images.CHARACTER_WIDTH
    height = MARGIN + 0.25 + 2 * (28 * PIXEL + MARGIN)
    assert figure.get_size_inches().tolist() == pytest.approx(
        [left + sheet * PIXEL + MARGIN, height]
    )
    assert first.get_position().y0 > second.get_position().y1


def test_samples_over_epochs_have_a_row_for_each():
    figure = plotting.samples_over_epochs({1: IMAGES, 10: IMAGES[:3], "real": IMAGES}, columns=5)
    assert [axes.get_ylabel() for axes in figure.axes] == ["epoch 1", "epoch 10", "real"]
    widths = [axes.images[0].get_array().shape[1] for axes in figure.axes]
    assert widths == [5 * 29 - 1, 3 * 29 - 1, 5 * 29 - 1]
    label = figure.axes[0].yaxis.label
    assert (label.get_rotation(), label.get_ha(), label.get_va(), label.get_fontsize()) == (
        *(0, "right", "center", FONT),
    )
    left = MARGIN + len("epoch 10") * images.CHARACTER_WIDTH
    assert figure.get_size_inches().tolist() == pytest.approx(
        [left + (5 * 29 - 1) * PIXEL + MARGIN, 3 * (28 * PIXEL + MARGIN) + MARGIN]
    )
    tops = [axes.get_position().y1 for axes in figure.axes]
    assert tops == sorted(tops, reverse=True)


def test_the_nearest_images_are_below_with_their_distances():
    figure = plotting.nearest_images(IMAGES, IMAGES.flip(0), torch.arange(7.0) / 4, columns=4)
    assert [axes.get_ylabel() for axes in figure.axes] == ["sample", "nearest"] * 2
    assert ticks(figure.axes[1]) == ["0.0", "0.2", "0.5", "0.8"]
    assert ticks(figure.axes[3]) == ["1.0", "1.2", "1.5"] and ticks(figure.axes[0]) == []
    middles = [(n + 0.5) * 29 - 1 for n in range(4)]
    assert figure.axes[1].get_xticks().tolist() == pytest.approx(middles)
    assert figure.axes[1].get_xticklabels()[0].get_fontsize() == FONT - 2
    first = figure.axes[0].images[0].get_array()
    np.testing.assert_allclose(first[:, :28, 0], IMAGES[0, 0])
    below = figure.axes[1].images[0].get_array()
    np.testing.assert_allclose(below[:, :28, 0], IMAGES[6, 0])
    without = plotting.nearest_images(IMAGES, IMAGES)
    assert ticks(without.axes[1]) == [""] * 7
    step = 2 * 28 * PIXEL + PIXEL + MARGIN
    assert without.get_size_inches()[1] == pytest.approx(step + MARGIN)
    assert figure.get_size_inches()[1] == pytest.approx(
        2 * (2 * 28 * PIXEL + PIXEL + 0.8 * images.TITLE_HEIGHT) + MARGIN
    )


def test_a_class_sheet_names_its_columns_above():
    figure = plotting.class_sheet(IMAGES[:6], ("coat", "ankle boot", "bag"))
    (axes,) = figure.axes
    assert ticks(axes) == ["coat", "ankle boot", "bag"]
    sheet = 3 * 29 - 1
    assert axes.get_xticks().tolist() == pytest.approx([sheet / 3 * (n + 0.5) for n in range(3)])
    assert sides(axes) == (True, True, False, False)
    label = axes.get_xticklabels()[1]
    assert (label.get_rotation(), label.get_ha(), label.get_rotation_mode()) == (
        *(images.SLANT, "left", "anchor"),
    )
    assert label.get_fontsize() == FONT - 1
    room = 10 * images.CHARACTER_WIDTH * math.sin(math.radians(images.SLANT))
    assert figure.get_size_inches().tolist() == pytest.approx(
        [sheet * PIXEL + 2 * MARGIN + room, (2 * 29 - 1) * PIXEL + 2 * MARGIN + room]
    )


def test_grids_side_by_side_have_titles_and_gaps():
    figure = plotting.side_by_side({"real": IMAGES, "fake": IMAGES[:3]})
    assert [axes.get_title() for axes in figure.axes] == ["real", "fake"]
    assert figure.axes[0].title.get_fontsize() == FONT + 1
    wide = 3 * 29 - 1
    assert figure.get_size_inches().tolist() == pytest.approx(
        [
            2 * wide * PIXEL + images.GAP + 2 * MARGIN,
            images.TITLE_HEIGHT + wide * PIXEL + 2 * MARGIN,
        ]
    )
    assert plotting.image_grid(IMAGES).axes[0].get_title() == ""
    assert plotting.image_grid(IMAGES).get_size_inches()[1] == pytest.approx(
        wide * PIXEL + 2 * MARGIN
    )
    for axes in figure.axes:
        assert not any(spine.get_visible() for spine in axes.spines.values())
        assert ticks(axes) == []


def test_a_short_curve_has_a_marker_at_each_point():
    figure = plotting.learning_curves(history(loss=1.0), smooth=45)
    (line,) = [line for line in figure.axes[0].lines if not line.get_label().startswith("_")]
    assert len(line.get_xdata()) == 6 and line.get_markevery() == 1


def test_one_history_is_a_panel_with_a_line_for_each_name():
    figure = plotting.learning_curves(history(d_loss=1.0, g_loss=0.5), unit="epoch")
    (axes,) = figure.axes
    assert (axes.get_xlabel(), axes.get_title()) == ("epoch", "")
    smooth = [line for line in axes.lines if not line.get_label().startswith("_")]
    raw = [line for line in axes.lines if line.get_label().startswith("_")]
    assert [line.get_label() for line in smooth] == ["d_loss", "g_loss"] and len(raw) == 2
    # An epoch is counted from 1; the first averages begin where a window is full.
    assert raw[0].get_xdata()[0] == 1 and smooth[0].get_xdata()[0] == 2
    assert raw[0].get_ydata()[:2].tolist() == [1.0, 1.01]
    assert smooth[0].get_ydata()[0] == pytest.approx(1.005)
    assert len(smooth[0].get_xdata()) == 49 and smooth[0].get_xdata()[-1] == 50
    for n, line in enumerate(smooth):
        assert (line.get_color(), line.get_marker()) == (COLOURS[n], MARKERS[n])
        assert line.get_markevery() == 7 and line.get_linewidth() == 1.6
    assert smooth[1].get_linestyle() == DASHES[1]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["d_loss", "g_loss"]


def test_several_histories_are_a_panel_for_each_name():
    runs = {"a": history(d=1.0), "b": history(d=2.0, g=1.0), "c": history(d=3.0)}
    figure = plotting.learning_curves(runs, smooth=1)
    assert [axes.get_title() for axes in figure.axes] == ["d", "g"]
    assert [axes.get_xlabel() for axes in figure.axes] == ["step", "step"]
    first, second = figure.axes
    assert [line.get_label() for line in first.lines] == ["a", "b", "c"]
    assert [line.get_label() for line in second.lines] == ["b"]
    # A run looks the same in every panel; steps are counted from 0.
    assert second.lines[0].get_color() == first.lines[1].get_color() == COLOURS[1]
    assert first.lines[0].get_xdata()[0] == 0 and len(first.lines[0].get_xdata()) == 50
    assert figure.get_size_inches().tolist() == pytest.approx([9.2, 3.6])
    assert plotting.learning_curves(history(d=1.0)).get_size_inches()[0] == pytest.approx(6.4)
    long = plotting.learning_curves(history(1000, d=1.0)).axes[0].lines
    assert len(long[0].get_xdata()) == 1000 and len(long[1].get_xdata()) == 193
    chosen = plotting.learning_curves(runs, names=["g"])
    assert [axes.get_title() for axes in chosen.axes] == ["g"]


def test_paths_a_trade_off_and_calls():
    paths = torch.stack([torch.zeros(70, 2), torch.ones(70, 2), torch.tensor([[2.0, 0.0]] * 70)])
    assert plotting.straightness(paths) == pytest.approx(2**0.5)
    (axes,) = plotting.flow_paths({"flow": paths}).axes
    assert axes.get_title() == "flow\nlength 1.414 of a line"
    assert len(axes.lines) == 60 + 2
    assert [line.get_label() for line in axes.lines[-2:]] == ["noise", "end"]
    (axes,) = plotting.trade_off({0: (0.9, 0.5), 1.5: (0.6, 0.8)}).axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("recall", "precision")
    assert [text.get_text() for text in axes.texts] == ["w = 0", "w = 1.5"]
    assert axes.lines[0].get_xydata().tolist() == [[0.9, 0.5], [0.6, 0.8]]
    (axes,) = plotting.against_calls({"DDIM": {50: 9.0, 5: 40.0}, "Euler": {1000: 60.0}}).axes
    assert axes.get_xscale() == "log" and axes.get_yscale() == "linear"
    assert ticks(axes) == ["5", "50", "1,000"] and axes.get_ylim()[0] == 0
    assert axes.lines[0].get_xydata().tolist() == [[5, 40], [50, 9]]
    assert axes.get_ylabel() == "Fréchet distance"
    assert axes.get_xlabel() == "calls of the network for a picture"
    (axes,) = plotting.against_calls({"DDIM": {5: 91.0, 50: 9.0}}, "x").axes
    assert axes.get_yscale() == "log" and axes.get_ylabel() == "x"
    assert {10, 20, 50} <= {round(tick) for tick in axes.get_yticks()}
    assert not {30, 40} & {round(tick) for tick in axes.get_yticks()}


def test_as_many_samplers_as_there_are_colours_can_be_told_apart():
    (axes,) = plotting.against_calls({str(n): {1: 2.0, 5: 1.0} for n in range(7)}).axes
    looks = {(line.get_color(), line.get_marker()) for line in axes.lines}
    assert looks == {*zip(COLOURS, MARKERS, strict=True)}


def test_fields_share_a_scale():
    points = torch.tensor([[0.0, 0.0], [3.0, 4.0]])
    figure = plotting.score_fields(
        points, {"a": points, "b": 4 * points}, samples={"b": torch.ones(5, 2)}
    )
    first, second = figure.axes
    assert (first.get_title(), second.get_title()) == ("a", "b")
    assert len(first.lines) == 0 and second.lines[0].get_xydata().tolist() == [[1, 1]] * 5
    # Lengths are roots of those given, the longest of all panels as it is.
    arrows = [axes.collections[0] for axes in figure.axes]
    lengths = [math.hypot(each.U[1], each.V[1]) for each in arrows]
    assert lengths == pytest.approx([0.5, 1.0])
    assert first.get_xlim() == (0, 3) and first.get_ylim() == (0, 4)


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: plotting.learning_curves(History()), "learning_curves got nothing to draw: log"),
        (
            lambda: plotting.learning_curves({"a": history(d=1.0)}, names=["d", "g"]),
            "learning_curves found no 'g' in any history: log it.",
        ),
        (
            lambda: plotting.noise_levels({"a": IMAGES}, range(6)),
            r"noise_levels got rows of \[7\] images and 6 levels: give an image for each level.",
        ),
        (lambda: plotting.noise_levels({}, []), r"noise_levels got rows of \[\] images and 0"),
        (
            lambda: plotting.score_fields(torch.zeros(3, 2), {"a": torch.zeros(2, 2)}),
            r"score_fields got 3 points and fields of \[2\] vectors: give a vector for each",
        ),
        (
            lambda: plotting.score_fields(torch.zeros(3, 3), {}),
            r"score_fields got an array of shape \(3, 3\): give \(N, 2\).",
        ),
        (lambda: plotting.flow_paths({}), "flow_paths got no paths: give it {title: paths}."),
        (
            lambda: plotting.flow_paths({"a": torch.zeros(1, 4, 2)}),
            r"flow_paths got paths of shape \(1, 4, 2\): give \(steps \+ 1, N, 2\).",
        ),
        (lambda: plotting.trade_off({}), "trade_off got no points: give it {setting:"),
        (lambda: plotting.against_calls({}), "against_calls got no curves: give it {sampler:"),
        (
            lambda: plotting.energy_landscape([1, 2], {"a": [1, 2, 3]}, [1, 2]),
            r"energy_landscape got 2 points and curves of \[2, 3\] values: give one value",
        ),
        (
            lambda: plotting.score_histograms([1.0], {}),
            "score_histograms got nothing to compare: give it {title: scores}.",
        ),
        (lambda: plotting.functions([1], {}, "x"), "functions got nothing to draw: give it {title"),
        (
            lambda: plotting.functions([1, 2], {"a": {"f": [1]}}, "x"),
            "functions got 2 places and 1 values of 'f': give one value for each place.",
        ),
        (
            lambda: plotting.functions([1], {"a": {"f": [1]}}, "x", log=["b"]),
            "functions has no panel 'b'; it has a.",
        ),
        (
            lambda: plotting.mapped_square([1, 2, 3]),
            r"mapped_square got a matrix of 3 numbers: give it \(2, 2\).",
        ),
        (
            lambda: plotting.mapped_square([1, 0, 0, 1], points=[1.0]),
            r"mapped_square got points of 1 numbers: give it \(N, 2\).",
        ),
        (lambda: plotting.side_by_side({}), "side_by_side got no images: give it {title: images}."),
        (
            lambda: plotting.samples_over_epochs({}),
            "samples_over_epochs got no samples: give it {epoch: images}.",
        ),
        (
            lambda: plotting.nearest_images(IMAGES, IMAGES[:6], [1.0]),
            "nearest_images got 7 samples, 6 nearest images and 1 distances: give as many of each.",
        ),
        (lambda: plotting.class_sheet(IMAGES, ()), "class_sheet got no classes: give it the name"),
        (
            lambda: plotting.image_grid(torch.zeros(3, 5)),
            r"helpers.plotting got images of shape \(3, 5\): give \(N, 784\), \(N, H, W\) or",
        ),
        (lambda: plotting.image_grid(torch.zeros(0, 4, 4)), r"got images of shape \(0, 4, 4\)"),
        (lambda: plotting.latent_scatter({}), "latent_scatter got no codes: give it {title: "),
        (
            lambda: plotting.latent_scatter({"a": (torch.zeros(4, 2), torch.zeros(3))}),
            r"latent_scatter got codes of shape \(4, 2\) and labels of shape \(3,\): give",
        ),
        (
            lambda: plotting.code_map(torch.zeros(5, 2), IMAGES[:5]),
            r"code_map got codes of shape \(5, 2\) and 5 images: give \(n \* n, 2\), and an image",
        ),
        (
            lambda: plotting.real_or_fake(IMAGES, {}, seed=0),
            "real_or_fake got no generated images: give it {generator: images}.",
        ),
        (
            lambda: plotting.real_or_fake(IMAGES, {"GAN": IMAGES[:2]}, seed=0, count=6),
            "real_or_fake got 2 images of 'GAN': give at least 3.",
        ),
    ],
)
def test_what_cannot_be_drawn_is_said_in_a_sentence(draw, words):
    with pytest.raises(CourseError, match=words):
        draw()


def test_a_quiz_has_its_share_of_each_and_frames_what_is_real():
    fakes = {"GAN": torch.zeros(7, 28, 28), "VAE": torch.ones(7, 28, 28)}
    quiz = plotting.real_or_fake(IMAGES, fakes, seed=0, count=7)
    counts = {name: quiz.labels.count(name) for name in ("real", "GAN", "VAE")}
    assert counts == {"real": 3, "GAN": 2, "VAE": 2}
    assert quiz.labels == plotting.real_or_fake(IMAGES, fakes, seed=0, count=7).labels
    assert quiz.labels != plotting.real_or_fake(IMAGES, fakes, seed=1, count=7).labels
    assert [axes.get_xlabel() for axes in quiz.figure.axes] == [str(n + 1) for n in range(7)]
    for number, (axes, label) in enumerate(zip(quiz.answers().axes, quiz.labels, strict=True), 1):
        assert axes.get_xlabel() == f"{number} {label}"
        framed = {spine.get_visible() for spine in axes.spines.values()}
        assert framed == {label == "real"}
        assert axes.xaxis.label.get_weight() == ("bold" if label == "real" else "normal")
        shown = axes.images[0].get_array()
        assert label == "real" or {*np.unique(shown)} == {0.0 if label == "GAN" else 1.0}
    assert not any(s.get_visible() for axes in quiz.figure.axes for s in axes.spines.values())


def test_a_map_of_codes_is_ordered_by_its_codes():
    codes = torch.tensor([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    tones = torch.tensor([0.1, 0.2, 0.3, 0.4]).reshape(4, 1, 1).expand(4, 28, 28)
    sheet = plotting.code_map(codes, tones).axes[0].images[0].get_array()
    corners = [sheet[0, 0, 0], sheet[0, -1, 0], sheet[-1, 0, 0], sheet[-1, -1, 0]]
    assert corners == pytest.approx([0.3, 0.4, 0.2, 0.1])  # z1 to the right, z2 upwards
    grid = torch.cartesian_prod(*[torch.linspace(-1, 1, 9)] * 2)
    (axes,) = plotting.code_map(grid, torch.zeros(81, 28, 28)).axes
    assert ticks(axes) == ["-1.00", "-0.50", "0.00", "0.50", "1.00"]


def test_energies_begin_at_0_and_densities_leave_room():
    grid = torch.linspace(-1, 1, 11)
    figure = plotting.energy_landscape(
        grid, {"early": grid**2 + 3, "late": grid**4}, 1 - grid**2, {"walkers": [0.0, 0.1]}
    )
    left, right = figure.axes
    assert [line.get_label() for line in left.lines] == ["early", "late"]
    assert left.lines[0].get_ydata().min() == 0 and left.lines[0].get_ydata().max() == 1
    assert left.get_title() == "energy (its lowest value at 0)" and right.get_title() == "density"
    assert [line.get_label() for line in right.lines] == ["density, by integration"]
    assert right.lines[0].get_ydata().max() == 1 and right.get_xlabel() == "$x$"
    names = [text.get_text() for text in right.get_legend().get_texts()]
    assert sorted(names) == ["density, by integration", "walkers"]
    alone = plotting.energy_landscape(grid, grid**2, 1 - grid**2)
    assert alone.axes[0].get_legend() is None and alone.axes[0].lines[0].get_label().startswith("_")


def test_ten_classes_have_a_colour_each_and_each_colour_its_marker_and_dash():
    assert len(set(style.SHADES)) == 10
    assert len(set(style.COLOURS)) == len(set(style.MARKERS)) == len(set(style.DASHES)) == 7


PLANE, CLASSES = torch.rand(12, 2, generator=torch.Generator().manual_seed(1)), torch.arange(12) % 3
OVER = torch.linspace(0, 1, 20)


@pytest.mark.parametrize(
    "draw, one, more",
    [
        (lambda n: plotting.latent_scatter(of(n, (PLANE, CLASSES))), (4.6, 4.6), (4.6, 0)),
        (lambda n: plotting.score_fields(PLANE, of(n, PLANE)), (3.6, 3.7), (3.6, 0)),
        (lambda n: plotting.flow_paths(of(n, torch.stack([PLANE] * 2))), (3.6, 3.9), (3.6, 0)),
        (lambda n: plotting.score_histograms(OVER, of(n, OVER)), (9, 2.1), (0, 1.3)),
        (lambda n: plotting.energy_landscape(OVER, OVER, OVER), (10, 3.4), (0, 0)),
        (lambda n: plotting.trade_off({w: (w, w) for w in range(1, n + 1)}), (5.2, 4), (0, 0)),
        (lambda n: plotting.against_calls(of(n, {1: 2.0, 5: 1.0})), (6, 3.8), (0, 0)),
    ],
    ids=["codes", "fields", "paths", "scores", "landscape", "trade-off", "calls"],
)
def test_a_figure_grows_by_each_panel(draw, one, more):
    """As wide and high, in inches, as a reader sees it; its parts stay as large as they were."""
    for count in (1, 3):
        size = [a + (count - 1) * b for a, b in zip(one, more, strict=True)]
        assert draw(count).get_size_inches().tolist() == pytest.approx(size)


def of(count, value):
    return {str(n): value for n in range(count)}


def test_curves_of_one_panel_are_wider_than_those_of_several():
    one, two = history(a=1.0), history(a=1.0, b=2.0)
    assert plotting.learning_curves(two).get_size_inches().tolist() == pytest.approx([6.4, 3.6])
    both = plotting.learning_curves({"x": two, "y": one}).get_size_inches().tolist()
    assert both == pytest.approx([9.2, 3.6])
