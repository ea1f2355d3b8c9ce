"""Pages as templates make them, and numbers on them."""

import jinja2
import pytest
from markupsafe import Markup

from autograder.reports import pages


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (2.0, "2"),
        (2.5, "2.5"),
        (2.345, "2.35"),
        (0.0, "0"),
        (1 / 3, "0.33"),
        (10, "10"),
    ],
)
def test_a_number_has_at_most_two_decimals(value, shown):
    assert pages.number(value) == shown


def test_values_are_escaped_and_a_wrong_name_is_an_error(tmp_path):
    (tmp_path / "x.j2").write_text(
        "  {% if points %}\n{{ who }}|{{ points | number }}|{{ said | sentence }}|{{ code }}\n"
        "  {% endif %}\n"
    )
    page = pages.environment(tmp_path).get_template("x.j2")
    made = page.render(who="<b>\u202e", points=1.239, said="$x$ <", code=Markup("<i>"))
    who, points, said, code = made.split("|")
    assert (who, points, code) == ("&lt;b&gt;\ufffd", "1.24", "<i>\n")
    assert said.startswith("<math") and said.endswith(" &lt;")
    with pytest.raises(jinja2.UndefinedError):
        page.render(who="a", points=1)


def test_the_style_sheet_is_in_the_page():
    assert ".c-k" in pages.environment().globals["style"]
