"""Formulas as MathML, drawn as they were meant or not at all."""

import re
from xml.etree import ElementTree as ET

import pytest

from autograder.reports.mathml import _built, mathml


@pytest.mark.parametrize("name", ["aligned", "gathered", "alignedat", "equation"])
def test_environments_of_other_names_are_drawn(name):
    made = mathml(rf"$$\begin{{{name}}}a &= b\\c &= d\end{{{name}}}$$")
    assert made is not None and made.count("<mtr>") == 2 and "\\" not in made


@pytest.mark.parametrize(
    ("tex", "letter"),
    [
        (r"\mathbf{x}", "\U0001d431"),
        (r"\mathbb{R}", "\u211d"),
        (r"\mathbb{E}", "\U0001d53c"),
        (r"\mathcal{L}", "\u2112"),
        (r"\mathcal{N}", "\U0001d4a9"),
        (r"\mathfrak{H}", "\u210c"),
        (r"\mathfrak{g}", "\U0001d524"),
        (r"\mathsf{T}", "\U0001d5b3"),
        (r"\mathtt{a}", "\U0001d68a"),
    ],
)
def test_letters_of_other_alphabets_are_characters_of_their_own(tex, letter):
    assert f">{letter}<" in mathml(f"${tex}$")


def test_upright_letters_stay_upright_and_digits_what_they_are():
    made = mathml(r"$\mathrm{KL}$")
    assert 'mathvariant="normal"' in made and "K" in made and "L" in made
    assert 'mathvariant="normal"' not in mathml("$K$")
    assert "+" in mathml(r"$\mathcal{+}$")


def test_one_dollar_is_in_the_line_and_two_are_a_block():
    assert 'display="inline"' in mathml("$x$") and 'display="block"' in mathml("$$x$$")
    assert 'display="block"' in mathml("\\begin{align}a &= b\\end{align}")
    # The order of attributes differs from one process to another.
    assert 'xmlns="http://www.w3.org/1998/Math/MathML"' in mathml("$x$").split(">")[0]


@pytest.mark.parametrize("tex", [r"$\nosuch x$", r"$\frac$", "$a & b$", "$" + "{" * 200 + "$"])
def test_what_cannot_be_drawn_faithfully_is_not_drawn(tex):
    assert mathml(tex) is None


def test_a_formula_as_deep_as_a_hundred_elements_is_not_drawn():
    def deep(n):
        return mathml("$" + r"\sqrt{" * n + "x" + "}" * n + "$")

    assert deep(20) is not None and deep(120) is None


BOLD, UPRIGHT = "\U0001d431", "normal"


@pytest.mark.parametrize(
    ("variant", "letter", "drawn"),
    [
        ("bold", "x", "\U0001d431"),
        ("script", "B", "\u212c"),
        ("script", "a", "\U0001d4b6"),
        ("bold-script", "a", "\U0001d4ea"),
        ("fraktur", "C", "\u212d"),
        ("bold-fraktur", "a", "\U0001d586"),
        ("double-struck", "N", "\u2115"),
        ("double-struck", "a", "\U0001d552"),
        ("sans-serif", "a", "\U0001d5ba"),
        ("monospace", "a", "\U0001d68a"),
        ("bold-italic", "a", "\U0001d482"),
        ("bold", "\u03b1", "\U0001d6c2"),  # a Greek letter
        ("bold", "1", "\U0001d7cf"),
        ("bold", "\u00e9", "\u00e9"),  # has no other form
        ("bold", "+x", "+\U0001d431"),
        ("italic", "x", "x"),
        ("", "x", "x"),
    ],
)
def test_each_alphabet_has_characters_of_its_own(variant, letter, drawn):
    element = ET.Element("mi", {"mathvariant": variant})
    element.text = letter
    built = _built(element, 5)
    assert built.text == drawn and "mathvariant" not in built.attrib


@pytest.mark.parametrize("tag", ["mi", "mo"])
@pytest.mark.parametrize("text", ["&", "\\x", "&amp;"])
def test_what_was_not_understood_is_refused_wherever_it_stands(tag, text):
    element = ET.Element(tag)
    element.text = text
    with pytest.raises(ValueError, match=re.escape(text.removesuffix("amp;"))):
        _built(element, 5)


def test_only_what_is_allowed_is_built_and_not_too_deeply():
    row = ET.Element("mrow", {"class": "x", "displaystyle": "true", "href": "y"})
    ET.SubElement(row, "mtext").text = "&amp; \u00e9 &lt;"
    ET.SubElement(row, "mspace", {"width": "1em"})
    built = _built(row, 2)
    assert built.attrib == {"displaystyle": "true"}
    assert [(each.tag, each.text, each.attrib) for each in built] == [
        ("mtext", "& \u00e9 <", {}),
        ("mspace", None, {"width": "1em"}),
    ]
    with pytest.raises((ValueError, TypeError)):
        _built(row, 1)
    with pytest.raises(ValueError, match="maction"):
        _built(ET.Element("maction"), 9)
    ET.SubElement(row, "maction")
    with pytest.raises((ValueError, TypeError)):
        _built(row, 9)


def test_the_dollars_of_a_formula_are_no_part_of_it():
    assert mathml("$$x$$").replace("block", "inline") == mathml("$x$")
    assert mathml(r"\begin{equation}x\end{equation}") is not None
