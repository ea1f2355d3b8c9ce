"""Curves over a grid, and the mapped square."""

import math

import numpy as np
import pytest
import torch

from helpers import plotting
from helpers.errors import CourseError

GRID = torch.linspace(-2, 2, 81)
PANELS = {"densities": {"data": GRID**2, "model": GRID + 5}, "ratio": {"logit": GRID**3}}


def png(figure):
    import matplotlib.pyplot as plt

    assert plt.get_fignums() == []
    return figure._repr_png_()


class TestFunctions:
    def test_a_panel_for_each_title_and_a_line_for_each_label(self):
        figure = plotting.functions(GRID, PANELS, xlabel="place")
        assert [axes.get_title() for axes in figure.axes] == ["densities", "ratio"]
        assert [axes.get_xlabel() for axes in figure.axes] == ["place", "place"]
        first, second = figure.axes[0].lines
        assert (first.get_label(), second.get_label()) == ("data", "model")
        np.testing.assert_allclose(second.get_ydata(), GRID + 5)
        assert png(figure).startswith(b"\x89PNG")

    def test_curves_are_told_apart_without_colour(self):
        many = {"all": {str(i): GRID * i for i in range(7)}}
        lines = plotting.functions(GRID, many).axes[0].lines
        looks = {(str(line.get_linestyle()), line.get_marker()) for line in lines}
        assert len(looks) == 7
        assert {"-", "--", "-.", ":"} <= {line for line, _ in looks}
        assert len({line.get_markevery()[0] for line in lines}) == 7

    def test_points_ranges_and_logarithms(self):
        figure = plotting.functions(
            GRID,
            PANELS,
            points={"ratio": {"seen": (torch.zeros(3), torch.ones(3))}},
            ranges={"ratio": (-1, 4)},
            log=["densities"],
        )
        left, right = figure.axes
        assert (left.get_yscale(), right.get_yscale()) == ("log", "linear")
        assert right.get_ylim() == (-1, 4)
        assert right.lines[-1].get_label() == "seen"
        assert [text.get_text() for text in right.get_legend().get_texts()] == ["logit", "seen"]

    @pytest.mark.parametrize("values", [GRID * math.nan, GRID / 0, GRID.double(), GRID.tolist()])
    def test_whatever_a_student_has_computed(self, values):
        assert png(plotting.functions(GRID, {"": {"curve": values}}))

    def test_another_length(self):
        with pytest.raises(CourseError, match="81 places and 80 values of 'curve'"):
            plotting.functions(GRID, {"": {"curve": GRID[1:]}})

    @pytest.mark.parametrize("panels", [{}, {"empty": {}}])
    def test_nothing_to_draw(self, panels):
        with pytest.raises(CourseError, match="nothing to draw"):
            plotting.functions(GRID, panels)

    @pytest.mark.parametrize(
        "more", [dict(points={"x": {}}), dict(ranges={"x": (0, 1)}), dict(log=["x"])]
    )
    def test_an_unknown_panel(self, more):
        with pytest.raises(CourseError, match="no panel 'x'; it has densities, ratio"):
            plotting.functions(GRID, PANELS, **more)


class TestMappedSquare:
    MATRIX = torch.tensor([[1.0, 1.0], [1.0, -1.0]])

    def corners(self, axes):
        return axes.patches[0].get_xy()[:4]

    def test_the_square_and_its_image(self):
        left, right = plotting.mapped_square(self.MATRIX).axes
        assert (left.get_title(), right.get_title()) == ("area 1", "area 2")
        assert (left.get_xlabel(), right.get_ylabel()) == ("$x$", "$v$")
        np.testing.assert_allclose(self.corners(right), [[0, 0], [1, 1], [2, 0], [1, -1]])

    def test_points_go_along(self):
        points = torch.tensor([[1.0, 0.0], [2.0, 3.0]])
        figure = plotting.mapped_square([[1, 0.5], [0, 1]], (("a", "b"), ("c", "d")), points)
        (moved,) = [line for line in figure.axes[1].lines if line.get_marker() == "."]
        np.testing.assert_allclose(moved.get_xydata(), [[1, 0], [3.5, 3]])
        assert png(figure).startswith(b"\x89PNG")

    @pytest.mark.parametrize(
        ("matrix", "points", "words"),
        [(np.eye(3), None, "matrix of 9 numbers"), (np.eye(2), np.zeros(3), "points of 3")],
    )
    def test_other_shapes(self, matrix, points, words):
        with pytest.raises(CourseError, match=words):
            plotting.mapped_square(matrix, points=points)
