import math

import matplotlib
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from helpers import plotting
from helpers.errors import CourseError
from helpers.plotting import images
from helpers.training import History

GRID = torch.linspace(-2, 2, 81)
IMAGES = torch.rand(7, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def history(steps=50, **values):
    made = History()
    for step in range(steps):
        made.log(**{name: value + 0.01 * step for name, value in values.items()})
    return made


CODES = torch.randn(50, 2, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(50) % 10

FIGURES = {
    "scatter": lambda: plotting.latent_scatter({"a": (CODES, LABELS), "b": (CODES, LABELS)}),
    "grid": lambda: plotting.image_grid(IMAGES, title="seven"),
    "side by side": lambda: plotting.side_by_side({"real": IMAGES, "fake": IMAGES[:3]}),
    "classes": lambda: plotting.class_sheet(IMAGES[:6], ("coat", "ankle boot", "bag")),
    "nearest": lambda: plotting.nearest_images(IMAGES, IMAGES.flip(0), torch.arange(7.0)),
    "epochs": lambda: plotting.samples_over_epochs({1: IMAGES, 10: IMAGES}),
    "curves": lambda: plotting.learning_curves(history(d_loss=1.0, g_loss=0.5)),
    "runs": lambda: plotting.learning_curves({"a": history(d=1.0), "b": history(d=2.0, g=1.0)}),
    "landscape": lambda: plotting.energy_landscape(
        GRID, {"early": GRID**2, "late": GRID**4}, torch.exp(-(GRID**2)), {"walkers": IMAGES}
    ),
    "scores": lambda: plotting.score_histograms(GRID, {"noise": GRID + 5, "flipped": GRID}),
    "levels": lambda: plotting.noise_levels({"there": IMAGES, "back": IMAGES}, range(7)),
    "fields": lambda: plotting.score_fields(CODES, {"exact": -CODES, "trained": CODES}),
    "paths": lambda: plotting.flow_paths({"flow": torch.stack([CODES, CODES.flip(0)])}),
    "trade-off": lambda: plotting.trade_off({0: (0.9, 0.5), 1: (0.6, 0.8)}),
    "calls": lambda: plotting.against_calls({"DDIM": {5: 40.0, 50: 9.0}, "Euler": {5: 60.0}}),
    "quiz": lambda: plotting.real_or_fake(IMAGES, {"GAN": IMAGES}, seed=0, count=6).figure,
    "answers": lambda: plotting.real_or_fake(IMAGES, {"GAN": IMAGES}, seed=0, count=6).answers(),
}


def pixels(axes) -> np.ndarray:
    return axes.images[0].get_array()


class TestImages:
    @pytest.mark.parametrize(
        "images",
        [
            IMAGES,
            IMAGES.flatten(1),
            IMAGES[:, 0],
            IMAGES.numpy(),
            IMAGES.double(),
            IMAGES.clone().requires_grad_(),
        ],
    )
    def test_every_form_draws_the_same(self, images):
        sheet = pixels(plotting.image_grid(images, columns=7).axes[0])
        assert sheet.shape == (28, 7 * 29 - 1, 3)
        np.testing.assert_allclose(sheet[:, :28, 0], IMAGES[0, 0])
        np.testing.assert_allclose(sheet[:, 29:57, 2], IMAGES[1, 0])
        assert (sheet[:, 28] == 1).all()

    @pytest.mark.parametrize(
        ("columns", "rows_and_columns"), [(None, (3, 3)), (2, (4, 2)), (7, (1, 7)), (50, (1, 7))]
    )
    def test_columns(self, columns, rows_and_columns):
        rows, columns_drawn = rows_and_columns
        sheet = pixels(plotting.image_grid(IMAGES, columns).axes[0])
        assert sheet.shape[:2] == (rows * 29 - 1, columns_drawn * 29 - 1)

    def test_the_value_range(self):
        image = torch.tensor([-3.0, -1.0, 0.0, 1.0]).reshape(1, 2, 2)
        sheet = pixels(plotting.image_grid(image, value_range=(-1, 1)).axes[0])
        assert sheet[..., 0].flatten().tolist() == [0, 0, 0.5, 1]

    def test_uint8_pixels(self):
        image = torch.tensor([0, 51, 102, 255], dtype=torch.uint8).reshape(1, 2, 2)
        sheet = pixels(plotting.image_grid(image, value_range=(0, 255)).axes[0])
        np.testing.assert_allclose(sheet[..., 0].flatten(), [0, 0.2, 0.4, 1])

    def test_nan_is_red(self):
        image = torch.zeros(1, 2, 2)
        image[0, 0, 1] = math.nan
        sheet = pixels(plotting.image_grid(image).axes[0])
        assert tuple(sheet[0, 1]) == images.NAN_COLOUR

    @pytest.mark.parametrize("shape", [(0, 784), (784,), (2, 3, 28, 28), (5, 100), ()])
    def test_another_shape(self, shape):
        with pytest.raises(CourseError, match=r"give \(N, 784\), \(N, H, W\) or"):
            plotting.image_grid(torch.zeros(shape))

    def test_one_screen_pixel_in_two(self):
        figure = plotting.image_grid(IMAGES, columns=7)
        box = figure.axes[0].get_window_extent()
        assert (round(box.width), round(box.height)) == (2 * (7 * 29 - 1), 2 * 28)


class TestSideBySide:
    def test_titles_and_a_common_size(self):
        figure = plotting.side_by_side({"real": IMAGES, "fake": IMAGES[:3]})
        assert [axes.get_title() for axes in figure.axes] == ["real", "fake"]
        assert [pixels(axes).shape[1] for axes in figure.axes] == [86, 86]

    def test_nothing_to_show(self):
        with pytest.raises(CourseError, match="no images"):
            plotting.side_by_side({})


class TestClassSheet:
    def test_a_name_above_each_column(self):
        (axes,) = plotting.class_sheet(IMAGES[:6], ("coat", "ankle boot", "bag")).axes
        assert [label.get_text() for label in axes.get_xticklabels()] == [
            "coat",
            "ankle boot",
            "bag",
        ]
        assert pixels(axes).shape[:2] == (57, 86)
        # In the middle of the three columns of 28 pixels, with a white one between them.
        np.testing.assert_allclose(axes.get_xticks(), [14, 43, 72], atol=1)

    def test_names_are_inside_the_figure(self):
        figure = plotting.class_sheet(IMAGES[:2], ("a very long name indeed", "another long one"))
        figure.draw_without_rendering()
        width, height = figure.get_size_inches() * figure.dpi
        for label in figure.axes[0].get_xticklabels():
            box = label.get_window_extent()
            assert box.x0 >= 0 and box.y1 <= height

    def test_no_classes(self):
        with pytest.raises(CourseError, match="no classes"):
            plotting.class_sheet(IMAGES, ())


class TestNearestImages:
    def test_each_has_its_nearest_below(self):
        figure = plotting.nearest_images(IMAGES, 1 - IMAGES, torch.arange(7) / 3, columns=4)
        assert [axes.get_ylabel() for axes in figure.axes] == ["sample", "nearest"] * 2
        above, below = figure.axes[2:]
        np.testing.assert_allclose(pixels(above)[:, :28, 0], IMAGES[4, 0])
        np.testing.assert_allclose(pixels(below)[:, 29:57, 0], 1 - IMAGES[5, 0], atol=1e-6)
        assert [text.get_text() for text in below.get_xticklabels()] == ["1.3", "1.7", "2.0"]
        np.testing.assert_allclose(below.get_xticks(), [13.5, 42.5, 71.5], atol=0.5)
        assert above.get_xticklabels() == []

    def test_nothing_covers_anything(self):
        figure = plotting.nearest_images(IMAGES, IMAGES, torch.arange(7), columns=4)
        figure.draw_without_rendering()
        boxes = [axes.get_tightbbox() for axes in figure.axes]
        assert all(a.y0 >= b.y1 for a, b in zip(boxes, boxes[1:], strict=False))
        width, height = figure.get_size_inches() * figure.dpi
        assert min(box.x0 for box in boxes) >= 0 and min(box.y0 for box in boxes) >= 0
        assert max(box.x1 for box in boxes) <= width and max(box.y1 for box in boxes) <= height

    def test_without_distances(self):
        figure = plotting.nearest_images(IMAGES, IMAGES)
        assert [pixels(axes).shape[:2] for axes in figure.axes] == [(28, 202)] * 2

    @pytest.mark.parametrize("sizes", [(7, 6, 7), (7, 7, 6)])
    def test_not_as_many_of_each(self, sizes):
        samples, nearest, distances = sizes
        with pytest.raises(CourseError, match="give as many of each"):
            plotting.nearest_images(IMAGES[:samples], IMAGES[:nearest], torch.zeros(distances))


class TestSamplesOverEpochs:
    def test_a_row_an_epoch(self):
        figure = plotting.samples_over_epochs(
            {1: IMAGES, 20: IMAGES[:2], "best": IMAGES}, columns=3
        )
        assert [axes.get_ylabel() for axes in figure.axes] == ["epoch 1", "epoch 20", "best"]
        assert [pixels(axes).shape[1] for axes in figure.axes] == [86, 57, 86]

    def test_labels_are_inside_the_figure(self):
        figure = plotting.samples_over_epochs({"a learning rate of 0.01": IMAGES, 1: IMAGES})
        figure.draw_without_rendering()
        assert all(axes.yaxis.label.get_window_extent().x0 >= 0 for axes in figure.axes)

    def test_nothing_to_show(self):
        with pytest.raises(CourseError, match="no samples"):
            plotting.samples_over_epochs({})


class TestLearningCurves:
    def lines(self, axes):
        return [line for line in axes.lines if not line.get_label().startswith("_")]

    def test_one_history(self):
        (axes,) = plotting.learning_curves(history(d_loss=1.0, g_loss=0.5)).axes
        assert [line.get_label() for line in self.lines(axes)] == ["d_loss", "g_loss"]
        assert len(axes.lines) == 4

    def test_several_histories(self):
        runs = {"a": history(d=1.0, g=1.0), "b": history(d=2.0), "c": history(d=3.0, g=3.0)}
        figure = plotting.learning_curves(runs)
        assert [axes.get_title() for axes in figure.axes] == ["d", "g"]
        first, second = figure.axes
        assert [line.get_label() for line in self.lines(first)] == ["a", "b", "c"]
        assert [line.get_label() for line in self.lines(second)] == ["a", "c"]
        assert [text.get_text() for text in figure.legends[0].texts] == ["a", "b", "c"]

    def test_a_run_looks_the_same_in_every_panel(self):
        runs = {"a": history(d=1.0), "b": history(d=2.0, g=1.0)}
        first, second = plotting.learning_curves(runs).axes
        assert self.lines(first)[1].get_linestyle() == self.lines(second)[0].get_linestyle()

    def test_lines_are_told_apart_without_colour(self):
        runs = {str(i): history(d=float(i)) for i in range(7)}
        (axes,) = plotting.learning_curves(runs, names=["d"]).axes
        assert len({line.get_marker() for line in self.lines(axes)}) == 7

    def test_no_smoothing(self):
        (axes,) = plotting.learning_curves(history(d=1.0), smooth=1).axes
        (line,) = axes.lines
        np.testing.assert_allclose(line.get_ydata(), history(d=1.0).series("d"))

    def test_the_average_starts_where_its_window_is_full(self):
        (axes,) = plotting.learning_curves(history(d=1.0), smooth=10).axes
        average = self.lines(axes)[0]
        assert average.get_xdata()[0] == 9
        assert average.get_ydata()[0] == pytest.approx(1.045)

    @pytest.mark.parametrize("value", [math.nan, math.inf])
    @pytest.mark.parametrize("steps", [1, 60])
    @pytest.mark.filterwarnings("error")
    def test_a_run_that_diverged(self, value, steps):
        runs = {"good": history(steps, d=1.0), "diverged": history(steps, d=value)}
        assert plotting.learning_curves(runs)._repr_png_()
        assert plotting.learning_curves(runs["diverged"])._repr_png_()

    @pytest.mark.parametrize("histories", [History(), {}, {"a": History()}])
    def test_nothing_to_show(self, histories):
        with pytest.raises(CourseError, match="log the losses while training"):
            plotting.learning_curves(histories)

    def test_an_unknown_name(self):
        with pytest.raises(CourseError, match="'f'"):
            plotting.learning_curves(history(d=1.0), names=["f"])
        with pytest.raises(CourseError, match="'f'"):
            plotting.learning_curves({"a": history(d=1.0)}, names=["f"])


class TestQuiz:
    black, grey, white = (torch.full((20, 784), value) for value in (0.0, 0.5, 1.0))

    def quiz(self, seed=0, count=18):
        fake = {"GAN": self.grey, "DCGAN": self.white}
        return plotting.real_or_fake(self.black, fake, seed=seed, count=count)

    def test_the_answers_are_true(self):
        quiz = self.quiz()
        shade = {0.0: "real", 0.5: "GAN", 1.0: "DCGAN"}
        assert [shade[pixels(axes)[0, 0, 0]] for axes in quiz.figure.axes] == list(quiz.labels)

    def test_every_source_has_its_share(self):
        labels = self.quiz(count=20).labels
        assert [labels.count(name) for name in ("real", "GAN", "DCGAN")] == [7, 7, 6]

    def test_the_question_does_not_tell(self):
        figure = self.quiz().figure
        assert [axes.get_xlabel() for axes in figure.axes] == [str(i + 1) for i in range(18)]
        assert not any(
            spine.get_visible() for axes in figure.axes for spine in axes.spines.values()
        )

    def test_the_answers_do(self):
        quiz = self.quiz()
        for i, axes in enumerate(quiz.answers().axes):
            assert axes.get_xlabel() == f"{i + 1} {quiz.labels[i]}"
            assert axes.spines["left"].get_visible() == (quiz.labels[i] == "real")

    def test_the_seed_decides(self):
        assert self.quiz(1).labels == self.quiz(1).labels != self.quiz(2).labels

    def test_it_shows_its_question(self):
        assert self.quiz()._repr_png_() == self.quiz().figure._repr_png_()

    def test_too_few_images(self):
        with pytest.raises(CourseError, match="20 images of 'real': give at least 34"):
            self.quiz(count=100)

    def test_no_generator(self):
        with pytest.raises(CourseError, match="no generated images"):
            plotting.real_or_fake(self.black, {}, seed=0)


class TestLatentScatter:
    def test_every_class_is_named_at_its_median(self):
        figure = plotting.latent_scatter({"codes": (CODES, LABELS)}, classes=list("abcdefghij"))
        (axes,) = figure.axes
        assert [text.get_text() for text in axes.texts] == list("abcdefghij")
        place = np.median(CODES[LABELS == 0].numpy(), axis=0)
        np.testing.assert_allclose(axes.texts[0].get_position(), place, rtol=1e-6)
        assert sum(len(line.get_xdata()) for line in axes.lines) == 50

    def test_names_do_not_cover_each_other(self):
        codes = torch.cat([torch.rand(60, 2), torch.tensor([[-4.0, -4.0], [5.0, 5.0]])])
        figure = plotting.latent_scatter({"": (codes, torch.tensor([0, 1, 2] * 20 + [3, 4]))})
        at = [np.array(text.get_position()) for text in figure.axes[0].texts]
        gaps = [np.hypot(*(a - b)) for i, a in enumerate(at) for b in at[:i]]
        assert min(gaps) > 0.06 * 9

    def test_arrays_and_a_few_classes(self):
        figure = plotting.latent_scatter({"": (CODES.numpy()[:3], np.array([1, 1, 7]))})
        assert [text.get_text() for text in figure.axes[0].texts] == ["1", "7"]

    @pytest.mark.parametrize(
        ("codes", "labels"),
        [(CODES[:, :1], LABELS), (CODES, LABELS[:3]), (CODES[0], LABELS), (CODES.T, LABELS)],
    )
    def test_other_shapes(self, codes, labels):
        with pytest.raises(CourseError, match="latent_scatter got codes of shape"):
            plotting.latent_scatter({"codes": (codes, labels)})

    def test_nothing(self):
        with pytest.raises(CourseError, match="latent_scatter got no codes"):
            plotting.latent_scatter({})


def test_the_unit_of_learning_curves():
    for unit, first in (("step", 0), ("epoch", 1)):
        figure = plotting.learning_curves(history(loss=1.0), smooth=1, unit=unit)
        assert figure.axes[0].get_xlabel() == unit
        assert figure.axes[0].lines[0].get_xdata()[0] == first


class TestLandscapes:
    def test_energies_begin_at_0_and_the_density_is_as_given(self):
        figure = plotting.energy_landscape(GRID, GRID**2 - 7, GRID + 2)
        left, right = figure.axes
        assert left.lines[0].get_ydata().min() == 0
        np.testing.assert_allclose(right.lines[0].get_ydata(), GRID.numpy() + 2, rtol=1e-6)

    def test_samples_are_densities_too(self):
        figure = plotting.energy_landscape(GRID, GRID**2, GRID, {"a": torch.zeros(50, 1)})
        bars = figure.axes[1].patches
        assert sum(bar.get_height() * bar.get_width() for bar in bars) == pytest.approx(1)

    def test_other_lengths(self):
        with pytest.raises(CourseError, match="81 points and curves of"):
            plotting.energy_landscape(GRID, GRID[:3], GRID)


class TestScores:
    def test_a_panel_for_each_with_both_histograms(self):
        figure = plotting.score_histograms(GRID, {"a": GRID, "b": GRID + 1}, xlabel="energy")
        assert len(figure.axes) == 2
        assert figure.axes[-1].get_xlabel() == "energy"
        names = [text.get_text() for text in figure.axes[1].get_legend().get_texts()]
        assert names == ["digits", "b"]

    def test_nan_is_left_out_and_equal_scores_are_drawn(self):
        plotting.score_histograms(torch.zeros(5), {"a": torch.full((3,), math.nan)})._repr_png_()

    def test_nothing_to_compare(self):
        with pytest.raises(CourseError, match="nothing to compare"):
            plotting.score_histograms(GRID, {})


class TestCodeMap:
    LEVELS = torch.tensor([-1.0, 0.0, 1.0])

    @pytest.mark.parametrize("swap", [False, True], ids=["row by row", "column by column"])
    def test_an_image_is_where_its_code_is_in_the_scatter(self, swap):
        codes = torch.cartesian_prod(self.LEVELS, self.LEVELS)
        codes = codes.flip(1) if swap else codes
        images = torch.zeros(9, 2, 2)
        images[(codes == torch.tensor([1.0, -1.0])).all(1)] = 1.0  # far right, at the bottom
        axes = plotting.code_map(codes, images).axes[0]
        sheet = axes.images[0].get_array()
        assert sheet[-1, -1, 0] == 1 and sheet[0, 0, 0] == sheet[-1, 0, 0] == sheet[0, -1, 0] == 0
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("$z_1$", "$z_2$")
        assert [text.get_text() for text in axes.get_yticklabels()] == ["1.00", "0.00", "-1.00"]

    @pytest.mark.parametrize("shape", [(8, 2), (9, 3), (9,)])
    def test_codes_that_are_no_grid(self, shape):
        with pytest.raises(CourseError, match="code_map got codes of shape"):
            plotting.code_map(torch.zeros(shape), torch.zeros(9, 2, 2))


class TestDiffusion:
    def test_a_straight_path_has_the_length_of_a_line_and_a_detour_more(self):
        line = torch.linspace(0, 1, 5)[:, None, None] * torch.tensor([[3.0, 4.0], [1.0, 0.0]])
        assert plotting.straightness(line) == pytest.approx(1)
        corner = torch.tensor([[[0.0, 0.0]], [[1.0, 0.0]], [[1.0, 1.0]]])
        assert plotting.straightness(corner) == pytest.approx(math.sqrt(2))

    def test_arrows_keep_their_direction_and_share_a_scale(self):
        figure = plotting.score_fields(CODES, {"one": -CODES, "far": 100 * -CODES})
        first, second = (axes.collections[0] for axes in figure.axes)
        angle = np.arctan2(first.V, first.U)
        assert np.allclose(angle, np.arctan2(-CODES[:, 1], -CODES[:, 0]), atol=1e-5)
        assert np.allclose(second.U / first.U, 10, rtol=1e-4)

    def test_a_logarithmic_axis_has_numbers_even_for_a_short_range(self):
        figure = plotting.against_calls({"DDIM": {5: 44.0, 50: 21.0}})
        (axes,) = figure.axes
        figure.draw_without_rendering()
        low, high = axes.get_ylim()
        shown = [t for t in axes.get_yticks() if low * 0.9 <= t <= high * 1.2]
        assert shown and [label.get_text() for label in axes.get_xticklabels()] == ["5", "50"]

    @pytest.mark.parametrize(
        ("draw", "words"),
        [
            (lambda: plotting.noise_levels({"a": IMAGES}, range(3)), "an image for each level"),
            (lambda: plotting.noise_levels({}, []), "an image for each level"),
            (lambda: plotting.score_fields(CODES, {}), "a vector for each point"),
            (lambda: plotting.score_fields(CODES, {"a": CODES[:3]}), "a vector for each point"),
            (lambda: plotting.score_fields(GRID, {"a": GRID}), r"give \(N, 2\)"),
            (lambda: plotting.flow_paths({"a": CODES}), r"\(steps \+ 1, N, 2\)"),
            (lambda: plotting.flow_paths({}), "no paths"),
            (lambda: plotting.trade_off({}), "no points"),
            (lambda: plotting.against_calls({}), "no curves"),
        ],
    )
    def test_a_mistake_is_one_sentence(self, draw, words):
        with pytest.raises(CourseError, match=words):
            draw()


def test_every_public_name_is_there():
    assert len(set(plotting.__all__)) == len(plotting.__all__) > 20
    for name in plotting.__all__:
        assert getattr(plotting, name) is not None


@pytest.mark.parametrize("name", FIGURES)
class TestEveryFigure:
    def test_it_draws_itself_as_png(self, name):
        assert FIGURES[name]()._repr_png_().startswith(b"\x89PNG")

    def test_pyplot_does_not_know_of_it(self, name):
        before = dict(matplotlib.rcParams)
        assert isinstance(FIGURES[name](), Figure)
        import matplotlib.pyplot as plt

        assert plt.get_fignums() == []
        assert dict(matplotlib.rcParams) == before
