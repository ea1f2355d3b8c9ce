"""What a chart draws: its bars, their numbers and names, the axis."""

from xml.etree import ElementTree

import pytest

from autograder.reports import charts


def drawn(made):
    """(rectangles, texts, lines, title) of an SVG."""
    svg = ElementTree.fromstring(str(made))
    numbers = [
        {name: float(rect.get(name)) for name in ("x", "y", "width", "height")}
        for rect in svg.iter("rect")
    ]
    texts = [(each.text, float(each.get("x")), float(each.get("y"))) for each in svg.iter("text")]
    return numbers, texts, [dict(line.attrib) for line in svg.iter("line")], svg.find("title").text


def test_bars_have_their_heights_numbers_and_labels():
    bars, texts, (axis,), title = drawn(
        charts.bars([3, 0, 6, 1], ["a", "b", "c", "d"], "How many", "of what")
    )
    assert title == "How many"
    room = charts.HEIGHT - charts.BELOW - charts.ABOVE
    assert [bar["height"] for bar in bars] == [room / 2, 0, room, pytest.approx(room / 6, abs=0.1)]
    base = charts.HEIGHT - charts.BELOW
    assert all(bar["y"] + bar["height"] == pytest.approx(base, abs=0.1) for bar in bars)
    assert bars[2]["y"] == charts.ABOVE
    # Side by side with a gap, within the axis.
    step = (charts.WIDTH - 2 * charts.LEFT) / 4
    assert [bar["x"] for bar in bars] == [charts.LEFT + 2 + i * step for i in range(4)]
    assert {bar["width"] for bar in bars} == {step - 4}
    assert axis["y1"] == axis["y2"] == str(base)
    assert (int(axis["x1"]), int(axis["x2"])) == (charts.LEFT, charts.WIDTH - charts.LEFT)
    # A bar of nothing has no number; each has its label below the middle.
    middles = [charts.LEFT + (i + 0.5) * step for i in range(4)]
    assert [(text, x) for text, x, y in texts if y < base] == [
        *(("3", middles[0]), ("6", middles[2]), ("1", middles[3]))
    ]
    below = [(text, x, y) for text, x, y in texts if y > base]
    assert below[:4] == [(name, x, base + 14) for name, x in zip("abcd", middles, strict=True)]
    assert below[4:] == [("of what", charts.WIDTH / 2, charts.HEIGHT - 4)]


def test_a_class_without_anybody_has_bars_of_no_height():
    bars, *_ = drawn(charts.bars([0, 0], ["a", "b"], "t", "axis"))
    assert [bar["height"] for bar in bars] == [0, 0]


@pytest.mark.parametrize(
    ("value", "width"), [(0.0, 0), (0.25, 20), (1.0, 80), (-0.5, 0), (1.5, 80)]
)
def test_a_share_is_the_filled_part_of_its_frame(value, width):
    (bar, frame), _, _, title = drawn(charts.share(value, "a quarter"))
    assert (bar["width"], bar["x"], title) == (width, 0, "a quarter")
    assert (frame["x"], frame["width"]) == (0.5, 79)
