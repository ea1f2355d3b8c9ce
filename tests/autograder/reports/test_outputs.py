"""How each kind of output of a cell is shown, and what a page has room for."""

import pytest
from markupsafe import Markup
from nbformat.v4 import new_output

from autograder.reports import outputs
from tests.autograder.reports.conftest import png


def shown(*given, **room):
    return str(outputs.shown(given, outputs.Room(**room)))


def display(**data):
    return new_output("display_data", {name.replace("_", "/", 1): it for name, it in data.items()})


@pytest.mark.parametrize(
    ("output", "made"),
    [
        (new_output("stream", text="a <b>\n"), "<pre>a &lt;b&gt;\n</pre>"),
        ({"output_type": "stream", "text": ["a\n", "b"]}, "<pre>a\nb</pre>"),
        ({"output_type": "stream", "text": 5}, ""),
        (new_output("stream", text=" \n"), ""),
        (
            {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["one", "two"]},
            "<pre>one\ntwo</pre>",
        ),
        ({"output_type": "error", "ename": "E", "evalue": "v"}, "<pre>E: v</pre>"),
        (display(text_plain="x"), "<pre>x</pre>"),
        (display(text_html="<b>x</b>", text_plain="y"), '<div class="wide"><b>x</b></div>'),
        (
            display(text_markdown="*x*", text_plain="y"),
            '<div class="wide"><p><em>x</em></p>\n</div>',
        ),
        (display(text_latex="no formula", text_plain="y"), "<pre>no formula</pre>"),
        (display(), ""),
    ],
)
def test_each_kind_of_output(output, made):
    assert shown(output) == made


def test_a_picture_comes_before_its_text_and_html_before_markdown():
    made = shown(display(image_png=png(), text_html="<b>x</b>", text_plain="y"))
    assert made == f'<img alt="a picture from your notebook" src="data:image/png;base64,{png()}">'
    made = shown(display(text_html="<b>x</b>", text_markdown="*x*", text_latex="$x$"))
    assert "<b>" in made and "<em>" not in made and "<math" not in made
    made = shown(display(text_markdown="*x*", text_latex="$x$"))
    assert "<em>" in made and "<math" not in made
    made = shown(display(text_latex="$x$", text_plain="zzz"))
    assert made.startswith('<div class="wide">') and "<mi>x</mi>" in made and "zzz" not in made


def test_several_outputs_are_lines_and_empty_ones_are_none():
    one, nothing = new_output("stream", text="a"), new_output("stream", text="")
    assert shown(one, nothing, one) == "<pre>a</pre>\n<pre>a</pre>"
    assert shown() == ""


def test_a_long_text_is_folded_and_says_how_long_it_is():
    just, more = "x" * outputs.LONG, "x" * (outputs.LONG + 1)
    assert shown(new_output("stream", text=just)) == f"<pre>{just}</pre>"
    assert shown(new_output("stream", text=more)) == (
        f"<details><summary>1,501 characters of output</summary><pre>{more}</pre></details>"
    )


def test_a_page_has_room_for_so_much_and_says_when_it_is_full():
    one = new_output("stream", text="abcd")  # 15 characters of HTML
    assert shown(one, one, bytes=30) == "<pre>abcd</pre>\n<pre>abcd</pre>"
    full = f"<pre>abcd</pre>\n{outputs.LEFT_OUT}"
    assert shown(one, one, one, bytes=29) == full
    picture = display(image_png=png())
    assert shown(picture, pictures=1).count("<img") == 1
    assert shown(picture, picture, one, pictures=1).endswith(outputs.LEFT_OUT)
    assert shown(picture, picture, one, pictures=1).count("<img") == 1


def test_taking_room_leaves_less_and_refusing_leaves_it_all():
    room = outputs.Room(pictures=2, bytes=10)
    assert not room.take(Markup("x" * 11)) and not room.take(Markup("x"), pictures=3)
    assert (room.pictures, room.bytes) == (2, 10)
    assert room.take(Markup("xxx"), pictures=1) and (room.pictures, room.bytes) == (1, 7)
    assert room.take(Markup("x" * 7)) and (room.pictures, room.bytes) == (1, 0)
    assert outputs.Room().pictures == 60 and outputs.Room().bytes == 12_000_000


@pytest.mark.parametrize(
    "output",
    [
        new_output("stream", text="a"),
        {"output_type": "error", "ename": "E", "evalue": "v"},
        display(text_html="<b>x</b>"),
        display(text_markdown="*x*"),
        display(text_latex="$x$"),
        display(text_plain="x"),
    ],
)
def test_what_is_no_picture_takes_no_room_of_one(output):
    assert outputs.LEFT_OUT not in shown(output, output, pictures=0)
    room = outputs.Room(pictures=3)
    outputs.shown([output], room)
    assert room.pictures == 3


def test_the_time_for_cleaning_is_that_of_the_page():
    room = outputs.Room()
    before = room.cleaning.left
    outputs.shown([display(text_html="<b>x</b>"), display(text_markdown="*x*")], room)
    assert room.cleaning.left < before
    room.cleaning.left = 0.0
    made = outputs.shown([display(text_html="<b>x</b>"), display(text_latex="$x$")], room)
    assert made.count("<pre>") == 2 and "&lt;b&gt;" in made
